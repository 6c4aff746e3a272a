package dev.mortem.format.elf.core;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.elf.ElfMachine;

import java.nio.ByteBuffer;
import java.util.OptionalLong;

/**
 * NT_SIGINFO, siginfo_t: 128 bytes (include/uapi/asm-generic/siginfo.h). si_signo at 0, si_errno at
 * 4, si_code at 8, the last two the other way round on MIPS; then, aligned to a pointer, what the
 * signal brings: si_addr of a fault, or si_pid and si_uid of a sender.
 *
 * @param address si_addr; empty for signals that have none, and for a fault the kernel knows none
 *     of (SI_KERNEL: on x86 a general protection fault)
 * @param senderPid si_pid; empty where the kernel sent it
 */
public record SigInfo(int signal, int code, OptionalLong address, OptionalLong senderPid) {
    public static final int SIZE_BYTES = 128;

    public static final int SI_USER = 0;
    public static final int SI_QUEUE = -1;
    public static final int SI_TIMER = -2;
    public static final int SI_TKILL = -6;
    public static final int SI_KERNEL = 0x80;

    public static final int SIGILL = 4;
    public static final int SIGTRAP = 5;
    public static final int SIGABRT = 6;
    public static final int SIGBUS = 7;
    public static final int SIGFPE = 8;
    public static final int SIGSEGV = 11;
    public static final int SIGSTOP = 19;

    public static SigInfo read(ByteSource content, CoreAbi abi) throws MalformedException {
        int signal = content.s4("si_signo", 0);
        int code = content.s4("si_code", codeOffset(abi));
        int fields = abi.elfClass().pick(12, 16);
        OptionalLong address = OptionalLong.empty();
        OptionalLong sender = OptionalLong.empty();
        if (isFault(signal) && code > 0 && code != SI_KERNEL) {
            address = OptionalLong.of(content.unsigned("si_addr", fields, abi.wordSizeBytes()));
        } else if (hasSender(code)) {
            sender = OptionalLong.of(content.u4("si_pid", fields));
        }
        return new SigInfo(signal, code, address, sender);
    }

    public byte[] write(CoreAbi abi) {
        byte[] note = new byte[SIZE_BYTES];
        ByteBuffer target = abi.wrap(note);
        int fields = abi.elfClass().pick(12, 16);
        target.putInt(0, signal);
        target.putInt(codeOffset(abi), code);
        senderPid.ifPresent(pid -> target.putInt(fields, (int) pid));
        address.ifPresent(at -> abi.putWord(target, fields, at));
        return note;
    }

    private static int codeOffset(CoreAbi abi) {
        return abi.machine() == ElfMachine.EM_MIPS ? 4 : 8;
    }

    private static boolean isFault(int signal) {
        return signal == SIGSEGV
                || signal == SIGBUS
                || signal == SIGILL
                || signal == SIGFPE
                || signal == SIGTRAP;
    }

    /** si_code of kill, sigqueue and tgkill, of which abort is one. */
    private static boolean hasSender(int code) {
        return code == SI_USER || code == SI_QUEUE || code == SI_TKILL;
    }
}
