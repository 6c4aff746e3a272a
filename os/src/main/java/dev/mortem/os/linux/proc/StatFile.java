package dev.mortem.os.linux.proc;

import java.time.Duration;
import java.util.Optional;

/**
 * /proc/PID/stat or /proc/PID/task/TID/stat (proc_pid_stat(5)).
 *
 * @param name what the program calls itself, at most 15 bytes; may contain blanks and parentheses
 * @param state R, S, D, Z, T (stopped), t (traced), X (dead), I (idle kernel thread)
 * @param flags the PF_ bits of linux/sched.h
 * @param userTicks 1/100 s, as all times here
 * @param startTicks since the machine started
 */
public record StatFile(
        String name,
        String state,
        long parentPid,
        long flags,
        long userTicks,
        long kernelTicks,
        long startTicks) {
    /** USER_HZ of the ABI (asm-generic/param.h), whatever the kernel itself ticks at. */
    public static final int TICKS_PER_SECOND = 100;

    private static final long PF_KTHREAD = 0x0020_0000;

    /** Empty for a line that is cut or in no form we know. */
    public static Optional<StatFile> parse(String text) {
        int open = text.indexOf('(');
        int close = text.lastIndexOf(')');
        if (open < 0 || close < open || close + 2 > text.length()) {
            return Optional.empty();
        }
        // the fields behind the name: the first, "state", is number 3 in the manual
        String[] fields = text.substring(close + 2).trim().split(" ");
        if (fields.length < 20) {
            return Optional.empty();
        }
        return Optional.of(new StatFile(
                text.substring(open + 1, close),
                fields[0],
                field(fields, 4),
                field(fields, 9),
                field(fields, 14),
                field(fields, 15),
                field(fields, 22)));
    }

    public boolean isKernelThread() {
        return (flags & PF_KTHREAD) != 0;
    }

    /** Whether it has ended, and only its exit status is left. */
    public boolean isDead() {
        return state.equals("Z") || state.equals("X");
    }

    public Duration userTime() {
        return ofTicks(userTicks);
    }

    public Duration kernelTime() {
        return ofTicks(kernelTicks);
    }

    public static Duration ofTicks(long ticks) {
        return Duration.ofMillis(ticks * (1000 / TICKS_PER_SECOND));
    }

    /** By the manual's number, which counts from 1 and starts with pid and name. */
    private static long field(String[] fields, int number) {
        return Numbers.parseUnsigned(fields[number - 3]).orElse(0);
    }
}
