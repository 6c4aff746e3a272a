package dev.mortem.dump.minidump;

import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.format.elf.core.CoreNotes;
import dev.mortem.format.minidump.CpuContext;
import dev.mortem.format.minidump.CpuContext.FloatPart;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * Floating point and vector registers of a thread from the notes of Linux: FXSAVE is the first part of
 * XSAVE (Intel SDM volume 1, 13.4.1); struct user_fpsimd_state of arm64 and user_vfp of arm (asm/ptrace.h,
 * asm/user.h) have the registers first, then their status.
 */
final class ContextParts {
    /** Whose note a whole context is, of a dump of Windows. */
    static final String OWNER_MINIDUMP = "MINIDUMP";

    static final long CONTEXT = 1;

    private static final int FXSAVE_BYTES = 512;
    private static final int MXCSR_OFFSET = 24;
    private static final int FSAVE_BYTES = 108;

    private ContextParts() {}

    /** The thread's context; empty where no register is known. */
    static Optional<byte[]> context(ThreadSnapshot thread) {
        Optional<byte[]> whole = note(thread, OWNER_MINIDUMP, CONTEXT);
        return whole.or(() -> thread.registers()
                .filter(known -> !known.equals(RegisterContext.none(known.cpu())))
                .flatMap(registers -> CpuContext.toWrite(registers.cpu())
                        .map(layout -> layout.write(registers, of(thread, registers.cpu())))));
    }

    private static Map<FloatPart, byte[]> of(ThreadSnapshot thread, Cpu cpu) {
        Map<FloatPart, byte[]> parts = new EnumMap<>(FloatPart.class);
        Optional<byte[]> floats = note(thread, CoreNotes.OWNER_CORE, CoreNotes.NT_FPREGSET);
        Optional<byte[]> xsave = note(thread, CoreNotes.OWNER_LINUX, CoreNotes.NT_X86_XSTATE)
                .filter(content -> content.length >= FXSAVE_BYTES);
        switch (cpu) {
            case X86_64 ->
                floats.filter(content -> content.length == FXSAVE_BYTES)
                        .or(() -> xsave)
                        .ifPresent(content -> {
                            parts.put(FloatPart.AMD64_FXSAVE, content);
                            parts.put(FloatPart.AMD64_MXCSR, from(content, MXCSR_OFFSET));
                        });
            case X86 -> {
                floats.filter(content -> content.length == FSAVE_BYTES)
                        .ifPresent(content -> parts.put(FloatPart.X86_FSAVE, content));
                note(thread, CoreNotes.OWNER_LINUX, CoreNotes.NT_PRXFPREG)
                        .or(() -> xsave)
                        .ifPresent(content -> parts.put(FloatPart.X86_FXSAVE, content));
            }
            case ARM64 ->
                floats.filter(content -> content.length >= 520).ifPresent(content -> {
                    parts.put(FloatPart.ARM64_VECTORS, content);
                    parts.put(FloatPart.ARM64_FPSR, from(content, 512));
                    parts.put(FloatPart.ARM64_FPCR, from(content, 516));
                });
            case ARM ->
                note(thread, CoreNotes.OWNER_LINUX, CoreNotes.NT_ARM_VFP)
                        .filter(content -> content.length >= 260)
                        .ifPresent(content -> {
                            parts.put(FloatPart.ARM_VFP, content);
                            parts.put(FloatPart.ARM_FPSCR, from(content, 256));
                        });
            case PC_AND_SP_64, PC_AND_SP_32 -> {} // nothing of theirs is written
        }
        return parts;
    }

    private static byte[] from(byte[] content, int offset) {
        return Arrays.copyOfRange(content, offset, offset + 4);
    }

    private static Optional<byte[]> note(ThreadSnapshot thread, String owner, long type) {
        return thread.notes().stream()
                .filter(note -> note.is(owner, type))
                .findFirst()
                .map(RawNote::content);
    }
}
