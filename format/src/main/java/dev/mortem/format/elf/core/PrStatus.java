package dev.mortem.format.elf.core;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.LinuxRegisters;
import dev.mortem.base.snapshot.RegisterContext;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/**
 * NT_PRSTATUS, struct elf_prstatus: one thread (include/linux/elfcore.h). Offsets with 64-bit and
 * with 32-bit longs:
 *
 * <pre>
 *   0   0  pr_info.si_signo, si_code, si_errno: int each
 *  12  12  pr_cursig: short
 *  16  16  pr_sigpend, pr_sighold: long each
 *  32  24  pr_pid, pr_ppid, pr_pgrp, pr_sid: int each
 *  48  40  pr_utime, pr_stime, pr_cutime, pr_cstime: two longs each
 * 112  72  pr_reg: see {@link LinuxRegisters}
 *          pr_fpvalid: int, then padding to the largest alignment
 * </pre>
 *
 * The head is the same on every Linux; what follows differs by CPU.
 *
 * @param signal pr_cursig: the one that ended the process, in every thread of a kernel's core; 0
 *     where none did
 * @param threadId pr_pid
 * @param registers empty where the CPU is not one of ours or the size is not its own
 */
public record PrStatus(
        int signal,
        long threadId,
        long parentId,
        Duration userTime,
        Duration kernelTime,
        Optional<RegisterContext> registers) {
    /** Reads one; where only the registers are broken, they are left out with a Diagnostic. */
    public static PrStatus read(ByteSource content, CoreAbi abi, Diagnostics diagnostics)
            throws MalformedException {
        int pid = pidOffset(abi);
        int times = timesOffset(abi);
        return new PrStatus(
                content.u2("pr_cursig", 12),
                content.u4("pr_pid", pid),
                content.u4("pr_ppid", pid + 4),
                time(content, "pr_utime", times, abi),
                time(content, "pr_stime", times + 2 * abi.wordSizeBytes(), abi),
                registers(content, abi, diagnostics));
    }

    /** The note of a thread of which there is none yet. */
    public byte[] write(CoreAbi abi) {
        byte[] note = new byte[sizeBytes(abi)];
        ByteBuffer target = ByteBuffer.wrap(note).order(abi.order());
        target.putInt(0, signal);
        target.putShort(12, (short) signal);
        int pid = pidOffset(abi);
        target.putInt(pid, (int) threadId);
        target.putInt(pid + 4, (int) parentId);
        putTime(target, timesOffset(abi), userTime, abi);
        putTime(target, timesOffset(abi) + 2 * abi.wordSizeBytes(), kernelTime, abi);
        registers.ifPresent(known -> LinuxRegisters.write(known, target, headSizeBytes(abi)));
        return note;
    }

    /** A copy of a note that was read, with these registers; all else stays as it is. */
    public static byte[] withRegisters(byte[] note, RegisterContext registers, CoreAbi abi) {
        byte[] copy = note.clone();
        if (copy.length == sizeBytes(abi)) {
            ByteBuffer target = ByteBuffer.wrap(copy).order(abi.order());
            LinuxRegisters.write(registers, target, headSizeBytes(abi));
        }
        return copy;
    }

    /** The size of the whole note; of a CPU that is not ours, of its head. */
    public static int sizeBytes(CoreAbi abi) {
        int head = headSizeBytes(abi);
        return abi.cpu()
                .map(cpu -> {
                    int end = head + LinuxRegisters.sizeBytes(cpu) + 4; // pr_fpvalid
                    int alignment = Math.max(abi.wordSizeBytes(), cpu.registerSizeBytes());
                    return (end + alignment - 1) & -alignment;
                })
                .orElse(head);
    }

    private static Optional<RegisterContext> registers(
            ByteSource content, CoreAbi abi, Diagnostics diagnostics) throws MalformedException {
        if (abi.cpu().isEmpty()) {
            return Optional.empty();
        }
        Cpu cpu = abi.cpu().get();
        if (content.sizeBytes() != sizeBytes(abi)) {
            diagnostics.report(
                    content.malformed(
                            "pr_reg",
                            0,
                            "%,d bytes".formatted(content.sizeBytes()),
                            "%,d for %s".formatted(sizeBytes(abi), cpu.label())),
                    "the registers of this thread are unknown");
            return Optional.empty();
        }
        ByteSource set = content.from("pr_reg", headSizeBytes(abi));
        return Optional.of(LinuxRegisters.read(set, cpu));
    }

    private static Duration time(ByteSource content, String field, int offset, CoreAbi abi)
            throws MalformedException {
        long seconds = content.unsigned(field, offset, abi.wordSizeBytes());
        long micros = content.unsigned(
                field + ".tv_usec", offset + abi.wordSizeBytes(), abi.wordSizeBytes());
        boolean sane = seconds >= 0 && seconds <= Integer.MAX_VALUE;
        return sane
                ? Duration.ofSeconds(seconds).plusNanos(micros % 1_000_000 * 1_000)
                : Duration.ZERO;
    }

    private static void putTime(ByteBuffer target, int offset, Duration time, CoreAbi abi) {
        abi.putWord(target, offset, time.toSeconds());
        abi.putWord(target, offset + abi.wordSizeBytes(), time.toNanosPart() / 1_000);
    }

    private static int pidOffset(CoreAbi abi) {
        return abi.elfClass().pick(24, 32);
    }

    private static int timesOffset(CoreAbi abi) {
        return abi.elfClass().pick(40, 48);
    }

    private static int headSizeBytes(CoreAbi abi) {
        return abi.elfClass().pick(72, 112);
    }
}
