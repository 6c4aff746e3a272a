package dev.mortem.os.linux.inject;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * One seccomp filter, asked what it would say of a call: a program of classic BPF over struct
 * seccomp_data (seccomp(2), "Filters"; linux/filter.h, linux/bpf_common.h).
 *
 * <p>Jumps only go forward, so that a run takes no more steps than there are instructions; one that
 * does what the kernel would not have accepted is answered with KILL.
 */
final class SeccompFilter {
    /** linux/seccomp.h: what a filter answers, in the upper half; the smaller signed number wins. */
    static final int KILL = 0x80000000;

    private static final int KILL_THREAD = 0;
    static final int ERRNO = 0x00050000;
    static final int TRACE = 0x7ff00000;
    static final int LOG = 0x7ffc0000;
    static final int ALLOW = 0x7fff0000;
    private static final int ACTION = 0xffff0000;

    /** linux/audit.h: AUDIT_ARCH_X86_64. */
    private static final int ARCHITECTURE = 0xc000003e;

    private static final int INSTRUCTION_BYTES = 8;
    private static final int DATA_BYTES = 64;
    private static final int MEMORY_WORDS = 16;

    /** A call as a filter sees it. */
    record Call(long number, long pc, List<Long> arguments) {
        ByteBuffer data() {
            ByteBuffer data = ByteBuffer.allocate(DATA_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            data.putInt((int) number).putInt(ARCHITECTURE).putLong(pc);
            arguments.forEach(data::putLong);
            return data;
        }
    }

    private final ByteBuffer program;

    /** @param program struct sock_filter after struct sock_filter, 8 bytes each */
    SeccompFilter(byte[] program) {
        this.program = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The action of all filters together. */
    static int action(List<SeccompFilter> filters, Call call) {
        return filters.stream()
                .mapToInt(filter -> filter.run(call.data()) & ACTION)
                .min()
                .orElse(ALLOW);
    }

    /** Whether a process that makes such a call without us survives it. */
    static boolean isHarmless(int action) {
        return action == ALLOW || action == LOG || action == ERRNO || action == TRACE;
    }

    private int run(ByteBuffer data) {
        int[] memory = new int[MEMORY_WORDS];
        int a = 0;
        int x = 0;
        int count = program.capacity() / INSTRUCTION_BYTES;
        for (int at = 0; at < count; at++) {
            int code = program.getShort(at * INSTRUCTION_BYTES) & 0xffff;
            int whenTrue = program.get(at * INSTRUCTION_BYTES + 2) & 0xff;
            int whenFalse = program.get(at * INSTRUCTION_BYTES + 3) & 0xff;
            int k = program.getInt(at * INSTRUCTION_BYTES + 4);
            int source = (code & 0x08) == 0 ? k : x; // BPF_K or BPF_X
            switch (code & 0x07) {
                case 0x00, 0x01 -> { // BPF_LD, BPF_LDX
                    if (!isLoadable(code, k)) {
                        return KILL;
                    }
                    int value = load(code, k, data, memory);
                    a = (code & 0x01) == 0 ? value : a;
                    x = (code & 0x01) == 0 ? x : value;
                }
                case 0x02, 0x03 -> { // BPF_ST, BPF_STX
                    if (k < 0 || k >= MEMORY_WORDS) {
                        return KILL;
                    }
                    memory[k] = (code & 0x01) == 0 ? a : x;
                }
                case 0x04 -> {
                    if ((code & 0xf0) == 0x30 && source == 0) {
                        return KILL_THREAD; // what the kernel makes of a division by zero
                    }
                    a = compute(code & 0xf0, a, source);
                }
                case 0x05 -> { // BPF_JMP
                    int step = (code & 0xf0) == 0
                            ? k
                            : jumps(code & 0xf0, a, source) ? whenTrue : whenFalse;
                    if (step < 0 || step >= count - at) {
                        return KILL;
                    }
                    at += step;
                }
                case 0x06 -> { // BPF_RET
                    return (code & 0x18) == 0x10 ? a : k;
                }
                default -> { // BPF_MISC: TAX, TXA
                    x = (code & 0x80) == 0 ? a : x;
                    a = (code & 0x80) == 0 ? a : x;
                }
            }
        }
        return KILL;
    }

    private static boolean isLoadable(int code, int k) {
        return switch (code & 0xe0) {
            case 0x20 -> k >= 0 && k <= DATA_BYTES - Integer.BYTES; // BPF_ABS
            case 0x60 -> k >= 0 && k < MEMORY_WORDS; // BPF_MEM
            default -> true; // BPF_IMM, BPF_LEN
        };
    }

    private static int load(int code, int k, ByteBuffer data, int[] memory) {
        return switch (code & 0xe0) {
            case 0x20 -> data.getInt(k);
            case 0x60 -> memory[k];
            case 0x80 -> DATA_BYTES;
            default -> k;
        };
    }

    private static int compute(int operation, int a, int source) {
        return switch (operation) {
            case 0x00 -> a + source;
            case 0x10 -> a - source;
            case 0x20 -> a * source;
            case 0x30 -> Integer.divideUnsigned(a, source);
            case 0x40 -> a | source;
            case 0x50 -> a & source;
            case 0x60 -> a << source; // the lower five bits, in the kernel as in Java
            case 0x70 -> a >>> source;
            case 0x80 -> -a;
            case 0xa0 -> a ^ source;
            default -> 0;
        };
    }

    private static boolean jumps(int operation, int a, int source) {
        return switch (operation) {
            case 0x10 -> a == source;
            case 0x20 -> Integer.compareUnsigned(a, source) > 0;
            case 0x30 -> Integer.compareUnsigned(a, source) >= 0;
            default -> (a & source) != 0;
        };
    }
}
