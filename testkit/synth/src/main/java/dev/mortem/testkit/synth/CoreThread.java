package dev.mortem.testkit.synth;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** One thread of a {@link CoreSynth}: what its NT_PRSTATUS and the notes behind it say. */
public final class CoreThread {
    final ElfTarget target;
    final int threadId;
    final Map<String, Label> registers = new HashMap<>();
    Optional<byte[]> floatingPoint = Optional.empty();
    Optional<byte[]> xstate = Optional.empty();
    int signal;
    int processId;
    int parentId;
    long userMicroseconds;
    long systemMicroseconds;

    public CoreThread(ElfTarget target, int threadId) {
        this.target = target;
        this.threadId = threadId;
        this.processId = threadId;
    }

    /** A register by its name in {@link ElfTarget#registers}; those never set are 0. */
    public CoreThread register(String name, Label value) {
        if (!target.registers().contains(name)) {
            throw new IllegalArgumentException(name + " is none of " + target.registers());
        }
        registers.put(name, value);
        return this;
    }

    public CoreThread register(String name, long value) {
        return register(name, Label.of(value));
    }

    /** pr_cursig. */
    public CoreThread signal(int number) {
        signal = number;
        return this;
    }

    /** pr_ppid. */
    public CoreThread parent(int id) {
        parentId = id;
        return this;
    }

    /** pr_utime and pr_stime. */
    public CoreThread times(long userMicros, long systemMicros) {
        userMicroseconds = userMicros;
        systemMicroseconds = systemMicros;
        return this;
    }

    /** The descriptor of NT_FPREGSET. */
    public CoreThread floatingPoint(byte... descriptor) {
        floatingPoint = Optional.of(descriptor.clone());
        return this;
    }

    /** The descriptor of NT_X86_XSTATE. */
    public CoreThread xstate(byte... descriptor) {
        xstate = Optional.of(descriptor.clone());
        return this;
    }

    /**
     * struct elf_prstatus (linux/elfcore.h): signal information, ids, four times, the registers,
     * pr_fpvalid.
     */
    byte[] status() {
        Layout out = target.layout();
        out.u4(signal).u4(0).u4(0).u2(signal).u2(0).word(0).word(0);
        out.u4(threadId).u4(parentId).u4(processId).u4(processId);
        time(out, userMicroseconds);
        time(out, systemMicroseconds);
        time(out, 0);
        time(out, 0);
        for (String name : target.registers()) {
            out.word(registers.getOrDefault(name, Label.of(0)));
        }
        out.u4(floatingPoint.isPresent() ? 1 : 0);
        return out.align(target.wordBytes()).build();
    }

    private static void time(Layout out, long micros) {
        out.word(micros / 1_000_000).word(micros % 1_000_000);
    }
}
