package dev.mortem.analyze.wait;

import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.RegisterContext;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The system call that a thread stands in, with its arguments (Linux man-pages, syscall(2),
 * "Architecture calling conventions").
 *
 * <p>x86 keeps the number in orig_rax, which is -1 for a thread that runs. Arm has no such register:
 * its number register holds whatever the program left there, so only the instruction tells. The
 * kernel sets a thread that a signal takes out of a call back to the instruction itself, with the
 * first argument restored (arch/arm64/kernel/signal.c, do_signal); of a call that ends with EINTR
 * instead the first argument is lost.
 *
 * <p>A wait with a time limit that a stop has broken into, by a debugger or an earlier dump, goes on as
 * restart_syscall(2), with its registers as they were but for the number. That still stands in the
 * instruction before the call, where the C library makes it by a constant.
 *
 * @param number of the call; that of restart_syscall where nothing tells which goes on
 * @param arguments six, each known or not
 */
public record CallSite(Cpu cpu, long number, List<OptionalLong> arguments) {
    private static final long NUMBER_MAX = 1023;
    private static final int SYSCALL = 0x050f;
    private static final int INT_80 = 0x80cd;
    private static final int SYSENTER = 0x340f;
    private static final long SVC = 0xd400_0001L;
    private static final long ARM_SVC = 0xef00_0000L;
    private static final int THUMB_SVC = 0xdf00;
    private static final long THUMB_BIT = 0x20;
    private static final long EINTR = -4;

    /** mov imm32, %eax. */
    private static final int MOV_EAX = 0xb8;

    private static final int MOV_EAX_BYTES = 5;

    public CallSite {
        arguments = List.copyOf(arguments);
    }

    /** The argument; empty where its register is not known. */
    public OptionalLong argument(int index) {
        return arguments.get(index);
    }

    /**
     * The call; empty for a thread in none.
     *
     * @param code memory with the code of the modules, where that can be had
     */
    public static Optional<CallSite> of(RegisterContext registers, MemoryReader code) {
        return switch (registers.cpu()) {
            case X86_64 -> x86(registers, code, "orig_rax", "rdi", "rsi", "rdx", "r10", "r8", "r9");
            case X86 -> x86(registers, code, "orig_eax", "ebx", "ecx", "edx", "esi", "edi", "ebp");
            case ARM64 -> arm64(registers, code);
            case ARM -> arm(registers, code);
            case PC_AND_SP_64, PC_AND_SP_32 -> Optional.empty();
        };
    }

    private static Optional<CallSite> x86(
            RegisterContext registers, MemoryReader code, String number, String... arguments) {
        OptionalLong call = registers.get(number);
        OptionalLong pc = registers.pc();
        if (call.isEmpty()
                || pc.isEmpty()
                || call.getAsLong() < 0
                || call.getAsLong() > NUMBER_MAX) {
            return Optional.empty();
        }
        // Where the code is at hand, the instruction must stand in front of pc; int 0x80 in a
        // 64-bit
        // program has the numbers of 32-bit ones.
        OptionalLong before = code.unsigned(pc.getAsLong() - 2, 2);
        boolean calls = before.isEmpty()
                || before.getAsLong() == SYSCALL
                || (registers.cpu() == Cpu.X86
                        && (before.getAsLong() == INT_80 || before.getAsLong() == SYSENTER));
        if (!calls) {
            return Optional.empty();
        }
        CallSite site = site(registers, call.getAsLong(), false, arguments);
        if (site.isRestarted()) {
            return Optional.of(site.restarted(code, pc.getAsLong() - 2));
        }
        return Optional.of(SocketCall.isIn(site) ? SocketCall.of(site, code) : site);
    }

    /** Whether it is another call that goes on, and nothing told which. */
    boolean isRestarted() {
        return SystemCalls.isRestart(cpu, number);
    }

    private CallSite restarted(MemoryReader code, long instruction) {
        OptionalLong opcode = code.unsigned(instruction - MOV_EAX_BYTES, 1);
        OptionalLong constant = code.unsigned(instruction - MOV_EAX_BYTES + 1, 4);
        return is(opcode, MOV_EAX)
                        && constant.isPresent()
                        && SystemCalls.find(cpu, constant.getAsLong())
                                .filter(SystemCalls.Call::canRestart)
                                .isPresent()
                ? new CallSite(cpu, constant.getAsLong(), arguments)
                : this;
    }

    private static Optional<CallSite> arm64(RegisterContext registers, MemoryReader code) {
        OptionalLong pc = registers.pc();
        OptionalLong number = registers.get("x8");
        if (pc.isEmpty() || number.isEmpty()) {
            return Optional.empty();
        }
        boolean at = is(code.u4(pc.getAsLong()), SVC);
        boolean behind = is(code.u4(pc.getAsLong() - 4), SVC) && is(registers.get("x0"), EINTR);
        return at || behind
                ? Optional.of(site(
                        registers, number.getAsLong(), !at, "x0", "x1", "x2", "x3", "x4", "x5"))
                : Optional.empty();
    }

    private static Optional<CallSite> arm(RegisterContext registers, MemoryReader code) {
        OptionalLong pc = registers.pc();
        OptionalLong number = registers.get("r7");
        if (pc.isEmpty() || number.isEmpty()) {
            return Optional.empty();
        }
        boolean thumb = (registers.get("cpsr").orElse(0) & THUMB_BIT) != 0;
        int size = thumb ? 2 : 4;
        long svc = thumb ? THUMB_SVC : ARM_SVC;
        boolean at = is(code.unsigned(pc.getAsLong(), size), svc);
        boolean behind = is(code.unsigned(pc.getAsLong() - size, size), svc)
                && is(registers.get("r0"), EINTR & 0xffff_ffffL);
        return at || behind
                ? Optional.of(site(
                        registers, number.getAsLong(), !at, "r0", "r1", "r2", "r3", "r4", "r5"))
                : Optional.empty();
    }

    private static boolean is(OptionalLong found, long expected) {
        return found.isPresent() && found.getAsLong() == expected;
    }

    private static CallSite site(
            RegisterContext registers, long number, boolean firstLost, String... arguments) {
        List<OptionalLong> values = Stream.of(arguments)
                .map(name -> firstLost && name.equals(arguments[0])
                        ? OptionalLong.empty()
                        : registers.get(name))
                .toList();
        return new CallSite(registers.cpu(), number, values);
    }
}
