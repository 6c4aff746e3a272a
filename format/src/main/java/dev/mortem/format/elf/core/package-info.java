/**
 * What Linux writes into the notes of a core file: for each structure its layout, reader and writer
 * side by side.
 *
 * <p>Sources: Linux include/uapi/linux/elfcore.h, include/uapi/linux/elf.h, fs/binfmt_elf.c and the
 * asm/elf.h and asm/ptrace.h of each CPU; core(5), getauxval(3). Nothing here decides what a signal
 * means, or which note belongs to which thread: that is the core reader's part.
 *
 * <p>Read {@link dev.mortem.format.elf.core.CoreNotes} for the numbers, {@link
 * dev.mortem.format.elf.core.CoreAbi} for what the layouts depend on, then in the kernel's order
 * {@link dev.mortem.format.elf.core.PrStatus} with {@link
 * dev.mortem.base.snapshot.LinuxRegisters}, {@link dev.mortem.format.elf.core.PrPsInfo}, {@link
 * dev.mortem.format.elf.core.SigInfo}, {@link dev.mortem.format.elf.core.AuxiliaryVector}, {@link
 * dev.mortem.format.elf.core.MappedFiles}. Floating point and vector registers (NT_FPREGSET,
 * NT_X86_XSTATE, NT_ARM_*) are kept as they are.
 */
package dev.mortem.format.elf.core;
