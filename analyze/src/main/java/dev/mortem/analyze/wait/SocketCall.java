package dev.mortem.analyze.wait;

import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.MemoryReader;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * socketcall(2) of 32-bit x86: one call for all that sockets do, with their arguments in memory
 * (include/uapi/linux/net.h, SYS_*). glibc of many distributions makes it to run on old kernels too.
 */
final class SocketCall {
    private static final long NUMBER = 102;
    private static final int ARGUMENTS_MAX = 6;

    private SocketCall() {}

    static boolean isIn(CallSite site) {
        return site.cpu() == Cpu.X86 && site.number() == NUMBER;
    }

    /** As the call of its own that newer kernels have for it; unchanged where it does not wait. */
    static CallSite of(CallSite site, MemoryReader memory) {
        long kind = site.argument(0).orElse(0);
        OptionalLong array = site.argument(1);
        long number = number(kind);
        if (number == NUMBER || array.isEmpty()) {
            return site;
        }
        List<OptionalLong> arguments = new ArrayList<>();
        for (int index = 0; index < ARGUMENTS_MAX; index++) {
            arguments.add(
                    index < count(kind)
                            ? memory.u4(array.getAsLong() + 4L * index)
                            : OptionalLong.empty());
        }
        return new CallSite(site.cpu(), number, arguments);
    }

    /** In syscall_32.tbl: accept has none of its own, nor have send and recv. */
    private static long number(long kind) {
        return switch ((int) Math.min(kind, Integer.MAX_VALUE)) {
            case 3 -> 362; // connect
            case 5, 18 -> 364; // accept4
            case 9, 11 -> 369; // sendto
            case 10, 12 -> 371; // recvfrom
            case 16 -> 370; // sendmsg
            case 17 -> 372; // recvmsg
            case 19 -> 337; // recvmmsg
            case 20 -> 345; // sendmmsg
            default -> NUMBER;
        };
    }

    private static int count(long kind) {
        return switch ((int) Math.min(kind, Integer.MAX_VALUE)) {
            case 3, 5, 16, 17 -> 3;
            case 9, 10, 18, 20 -> 4;
            case 19 -> 5;
            default -> ARGUMENTS_MAX;
        };
    }
}
