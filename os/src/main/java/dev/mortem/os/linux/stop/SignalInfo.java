package dev.mortem.os.linux.stop;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.os.linux.table.Signals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * siginfo_t as PTRACE_GETSIGINFO gives it to a 64-bit tracer, whatever the tracee: asm-generic/siginfo.h
 * with the union at offset 16.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; lives for one call
public record SignalInfo(byte[] raw) {
    /** elf.h: "SIGI". */
    private static final long NT_SIGINFO = 0x5349_4749L;

    /**
     * The note as the kernel's core would have it.
     *
     * @param narrow whether the tracee is a 32-bit program, whose siginfo_t has its union at offset 12
     *     and addresses of 4 bytes (compat_siginfo_t)
     */
    RawNote note(boolean narrow) throws MalformedException {
        if (!narrow) {
            return new RawNote("CORE", NT_SIGINFO, raw);
        }
        ByteSource wide = source();
        ByteBuffer compat = ByteBuffer.allocate(raw.length).order(ByteOrder.LITTLE_ENDIAN);
        compat.putInt(wide.s4("si_signo", 0)).putInt(wide.s4("si_errno", 4));
        compat.putInt(wide.s4("si_code", 8));
        compat.putInt(wide.s4("union", 16));
        if (!isFault()) {
            compat.putInt(wide.s4("si_uid", 20)); // a sender: pid and uid, 4 bytes each
        }
        return new RawNote("CORE", NT_SIGINFO, compat.array());
    }

    /** What it says, of a signal to that thread. */
    public CrashReason.Signal reason(long threadId) throws MalformedException {
        ByteSource info = source();
        int number = info.s4("si_signo", 0);
        int code = info.s4("si_code", 8);
        boolean sent = code <= 0; // SI_USER, SI_QUEUE, SI_TKILL
        return new CrashReason.Signal(
                number,
                OptionalInt.of(code),
                isFault() ? OptionalLong.of(info.u8("si_addr", 16)) : OptionalLong.empty(),
                sent ? OptionalLong.of(info.u4("si_pid", 16)) : OptionalLong.empty(),
                threadId);
    }

    /** Whether the kernel raised it for what the thread itself did. */
    private boolean isFault() throws MalformedException {
        ByteSource info = source();
        return info.s4("si_code", 8) > 0 && Signals.hasAddress(info.s4("si_signo", 0));
    }

    private ByteSource source() {
        return ByteSource.ofBytes("NT_SIGINFO", raw, ByteOrder.LITTLE_ENDIAN);
    }
}
