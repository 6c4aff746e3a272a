package dev.mortem.os.linux.inject;

import dev.mortem.base.snapshot.Cpu;

import java.util.HexFormat;
import java.util.List;

/**
 * What injection needs to know of a CPU: where registers lie in NT_PRSTATUS, the numbers of the calls
 * that it makes, and the bytes of the instructions that it borrows.
 *
 * <p>x86-64: struct user_regs_struct (sys/user.h), asm/unistd_64.h. arm64: struct user_pt_regs
 * (asm/ptrace.h), asm-generic/unistd.h. <b>The arm64 row is from the headers and has not been run</b>:
 * {@link #hasBeenRun} keeps it from being used on anybody's process. Immutable.
 */
public final class InjectionTable {
    public static final InjectionTable X86_64 = new InjectionTable(
            Cpu.X86_64,
            new Registers(216, 128, 152, 80, 80, 120, List.of(112, 104, 96, 56, 72, 64)),
            new Calls(56, 61, 157, 231, 436, 15),
            List.of("0f05c3"),
            List.of("48c7c00f0000000f05", "b80f0000000f05"),
            true);

    public static final InjectionTable ARM64 = new InjectionTable(
            Cpu.ARM64,
            new Registers(272, 256, 248, 0, 64, -1, List.of(0, 8, 16, 24, 32, 40)),
            new Calls(220, 260, 167, 94, 436, 139),
            List.of("010000d4c0035fd6"),
            List.of("681180d2010000d4"),
            false);

    /**
     * Byte offsets in NT_PRSTATUS.
     *
     * @param sizeBytes of the whole set
     * @param result where a call's result comes back
     * @param callNumber where a call's number goes
     * @param interrupted the number of the call that the thread is in, or -1; itself -1 where the
     *     set has none (arm64 keeps it in NT_ARM_SYSTEM_CALL)
     * @param arguments of a call, in order
     */
    public record Registers(
            int sizeBytes,
            int pc,
            int sp,
            int result,
            int callNumber,
            int interrupted,
            List<Integer> arguments) {}

    /** Numbers of the calls that are made. */
    public record Calls(
            int cloneTask, int wait4, int prctl, int exitGroup, int closeRange, int sigreturn) {}

    private final Cpu cpu;
    private final Registers registers;
    private final Calls calls;
    private final List<byte[]> callAndReturn;
    private final List<byte[]> restorers;
    private final boolean hasBeenRun;

    private InjectionTable(
            Cpu cpu,
            Registers registers,
            Calls calls,
            List<String> callAndReturn,
            List<String> restorers,
            boolean hasBeenRun) {
        this.cpu = cpu;
        this.registers = registers;
        this.calls = calls;
        this.callAndReturn =
                callAndReturn.stream().map(HexFormat.of()::parseHex).toList();
        this.restorers = restorers.stream().map(HexFormat.of()::parseHex).toList();
        this.hasBeenRun = hasBeenRun;
    }

    /** The row of the CPU that this Java runs on. */
    public static InjectionTable ofThisCpu() {
        return "aarch64".equals(System.getProperty("os.arch")) ? ARM64 : X86_64;
    }

    public Cpu cpu() {
        return cpu;
    }

    public Registers registers() {
        return registers;
    }

    public Calls calls() {
        return calls;
    }

    /** Forms of: make a system call, then return to the address on the stack or in the link register. */
    List<byte[]> callAndReturn() {
        return callAndReturn;
    }

    /** Forms of: rt_sigreturn(2). */
    List<byte[]> restorers() {
        return restorers;
    }

    /** Whether injection was tried on this CPU. */
    public boolean hasBeenRun() {
        return hasBeenRun;
    }
}
