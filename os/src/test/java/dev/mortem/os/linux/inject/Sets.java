package dev.mortem.os.linux.inject;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Register sets of x86-64 for tests; offsets in struct user_regs_struct (sys/user.h). */
final class Sets {
    static final int R10 = 56;
    static final int RAX = 80;
    static final int RDX = 96;
    static final int RSI = 104;
    static final int RDI = 112;
    static final int ORIG_RAX = 120;
    static final int RIP = 128;
    static final int CS = 136;
    static final int RSP = 152;

    private Sets() {}

    /** Every register has a value of its own, 0x1000 + its offset; a thread of 64-bit code. */
    static byte[] distinct() {
        ByteBuffer set = ByteBuffer.allocate(27 * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int offset = 0; offset < set.capacity(); offset += Long.BYTES) {
            set.putLong(offset, 0x1000 + offset);
        }
        return set.putLong(CS, 0x33).array();
    }

    /** In a system call that has ended with a result. */
    static GeneralRegisters inCall(long call, long result) {
        byte[] set = distinct();
        ByteBuffer.wrap(set)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(ORIG_RAX, call)
                .putLong(RAX, result);
        return new GeneralRegisters(InjectionTable.X86_64, set);
    }

    /** One register of a set. */
    static long at(byte[] set, int offset) {
        return ByteBuffer.wrap(set).order(ByteOrder.LITTLE_ENDIAN).getLong(offset);
    }
}
