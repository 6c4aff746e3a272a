/**
 * Call frame information: for each pc, where the caller's registers are. DWARF 5, section 6.4, in
 * {@code .debug_frame}; the Linux Standard Base's variant of it in {@code .eh_frame}.
 *
 * <p>It tells rules and does not execute them: it reads no registers and no process. All addresses are
 * those of the module as linked (svma).
 *
 * <p>Reading order: {@link dev.mortem.format.dwarf.cfi.FrameTable} finds the entry for a pc, with the
 * binary search table of {@link dev.mortem.format.dwarf.cfi.EhFrameHeader} where there is one; {@link
 * dev.mortem.format.dwarf.cfi.FrameSection} reads {@link dev.mortem.format.dwarf.cfi.Cie} and {@link
 * dev.mortem.format.dwarf.cfi.Fde}; {@link dev.mortem.format.dwarf.cfi.FrameProgram} runs an entry's
 * instructions and gives {@link dev.mortem.format.dwarf.cfi.FrameRow}s of one {@link
 * dev.mortem.format.dwarf.cfi.CfaRule} and a {@link dev.mortem.format.dwarf.cfi.RegisterRule} per
 * register. {@link dev.mortem.format.dwarf.cfi.PointerEncoding} reads the pointers of both exception
 * sections.
 */
package dev.mortem.format.dwarf.cfi;
