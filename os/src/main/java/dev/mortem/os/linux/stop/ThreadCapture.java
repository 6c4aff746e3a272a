package dev.mortem.os.linux.stop;

import dev.mortem.base.snapshot.RawNote;
import dev.mortem.os.linux.call.Ptrace;
import dev.mortem.os.linux.inject.GeneralRegisters;
import dev.mortem.os.linux.inject.InjectionTable;
import dev.mortem.os.linux.stop.TracedThreads.Traced;
import dev.mortem.os.linux.table.RegisterLayout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What ptrace tells of one standing thread, raw: made sense of when the target runs again.
 *
 * @param owedSignal the signal that it stands at the delivery of; 0 for none
 * @param general NT_PRSTATUS; empty for a thread that could not be stopped
 * @param notes the other register sets
 * @param signal of the signal that it is owed
 */
record ThreadCapture(
        long tid,
        int owedSignal,
        Optional<byte[]> general,
        List<RawNote> notes,
        Optional<SignalInfo> signal) {
    /** FXSAVE, which NT_FPREGSET holds on x86-64, is the first part of XSAVE (Intel SDM 1, 13.4.1). */
    private static final int FXSAVE_BYTES = 512;

    /** Reads a thread that stands; lets {@code thread} know its registers, for it to be let go well. */
    static ThreadCapture of(Ptrace ptrace, Traced thread) {
        long tid = thread.tid();
        if (thread.isStuck()) {
            return new ThreadCapture(tid, 0, Optional.empty(), List.of(), Optional.empty());
        }
        Optional<byte[]> general = ptrace.registers(tid, Ptrace.NT_PRSTATUS);
        InjectionTable table = InjectionTable.ofThisCpu();
        general.filter(set -> set.length == table.registers().sizeBytes())
                .ifPresent(set -> thread.keep(new GeneralRegisters(table, set)));
        Optional<RegisterLayout> layout = general.flatMap(set -> RegisterLayout.ofSize(set.length));
        return new ThreadCapture(
                tid,
                thread.owedSignal(),
                general,
                layout.isPresent() ? notes(ptrace, tid, layout.get()) : List.of(),
                thread.owedSignal() == 0
                        ? Optional.empty()
                        : ptrace.signalInfo(tid).map(SignalInfo::new));
    }

    private static List<RawNote> notes(Ptrace ptrace, long tid, RegisterLayout layout) {
        List<RawNote> notes = new ArrayList<>();
        switch (layout) {
            case X86_64 -> {
                Optional<byte[]> xsave = ptrace.registers(tid, Ptrace.NT_X86_XSTATE);
                Optional<byte[]> fxsave = xsave.filter(bytes -> bytes.length >= FXSAVE_BYTES)
                        .map(bytes -> Arrays.copyOf(bytes, FXSAVE_BYTES))
                        .or(() -> ptrace.registers(tid, Ptrace.NT_PRFPREG));
                fxsave.ifPresent(bytes -> notes.add(core(Ptrace.NT_PRFPREG, bytes)));
                xsave.ifPresent(bytes -> notes.add(linux(Ptrace.NT_X86_XSTATE, bytes)));
            }
            case X86 -> {
                // a 32-bit tracee's NT_PRFPREG has a form of its own: 108 bytes of FSAVE
                ptrace.registers(tid, Ptrace.NT_PRFPREG)
                        .ifPresent(bytes -> notes.add(core(Ptrace.NT_PRFPREG, bytes)));
                ptrace.registers(tid, Ptrace.NT_X86_XSTATE)
                        .ifPresent(bytes -> notes.add(linux(Ptrace.NT_X86_XSTATE, bytes)));
            }
            case ARM64, ARM -> {
                ptrace.registers(tid, Ptrace.NT_PRFPREG)
                        .ifPresent(bytes -> notes.add(core(Ptrace.NT_PRFPREG, bytes)));
                ptrace.registers(tid, Ptrace.NT_ARM_TLS)
                        .ifPresent(bytes -> notes.add(linux(Ptrace.NT_ARM_TLS, bytes)));
            }
        }
        return notes;
    }

    private static RawNote core(long type, byte[] content) {
        return new RawNote("CORE", type, content);
    }

    private static RawNote linux(long type, byte[] content) {
        return new RawNote("LINUX", type, content);
    }

    /** The note of that type; empty where the thread has none. */
    Optional<byte[]> note(long type) {
        return notes.stream()
                .filter(note -> note.type() == type)
                .map(RawNote::content)
                .findFirst();
    }
}
