package dev.mortem.format.elf.core;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * NT_PRPSINFO, struct elf_prpsinfo: the process (include/linux/elfcore.h). Three layouts, told
 * apart by their size: 136 bytes with 64-bit longs; with 32-bit longs 124 bytes where a user id has
 * 16 bits (x86, x32, arm, sparc, s390) and 128 where it has 32 (MIPS, PowerPC).
 *
 * <pre>
 * 136 128 124
 *   0   0   0  pr_state, pr_sname, pr_zomb, pr_nice: char each
 *   8   4   4  pr_flag: long
 *  16   8   8  pr_uid, pr_gid
 *  24  16  12  pr_pid, pr_ppid, pr_pgrp, pr_sid: int each
 *  40  32  28  pr_fname: 16 bytes
 *  56  48  44  pr_psargs: 80 bytes
 * </pre>
 *
 * @param state pr_sname: the scheduler's letter, '.' where unknown
 * @param processId pr_pid: the thread group's
 * @param fileName pr_fname: the executable's name, at most 15 bytes
 * @param arguments pr_psargs: the command line with spaces between, at most 79 bytes
 */
public record PrPsInfo(
        char state,
        long userId,
        long groupId,
        long processId,
        long parentId,
        String fileName,
        String arguments) {
    private static final int FNAME_BYTES = 16;
    private static final int PSARGS_BYTES = 80;

    public static PrPsInfo read(ByteSource content) throws MalformedException {
        Layout layout = Layout.ofSize(content);
        return new PrPsInfo(
                (char) content.u1("pr_sname", 1),
                layout.userId(content, 0),
                layout.userId(content, 1),
                content.u4("pr_pid", layout.pid),
                content.u4("pr_ppid", layout.pid + 4),
                content.cString("pr_fname", layout.fileName, FNAME_BYTES),
                content.cString("pr_psargs", layout.fileName + FNAME_BYTES, PSARGS_BYTES));
    }

    public byte[] write(CoreAbi abi) {
        Layout layout = Layout.of(abi);
        byte[] note = new byte[layout.sizeBytes];
        ByteBuffer target = abi.wrap(note);
        target.put(0, (byte) Math.max(0, "RSDTZW".indexOf(state)));
        target.put(1, (byte) state);
        layout.putUserId(target, 0, userId);
        layout.putUserId(target, 1, groupId);
        target.putInt(layout.pid, (int) processId);
        target.putInt(layout.pid + 4, (int) parentId);
        put(target, layout.fileName, fileName, FNAME_BYTES);
        put(target, layout.fileName + FNAME_BYTES, arguments, PSARGS_BYTES);
        return note;
    }

    private static void put(ByteBuffer target, int offset, String text, int sizeBytes) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        target.put(offset, Arrays.copyOf(bytes, Math.min(bytes.length, sizeBytes - 1)));
    }

    private enum Layout {
        LONG_64(136, 16, 4, 24, 40),
        LONG_32(128, 8, 4, 16, 32),
        LONG_32_SHORT_USER(124, 8, 2, 12, 28);

        private final int sizeBytes;
        private final int user;
        private final int userIdSizeBytes;
        private final int pid;
        private final int fileName;

        Layout(int sizeBytes, int user, int userIdSizeBytes, int pid, int fileName) {
            this.sizeBytes = sizeBytes;
            this.user = user;
            this.userIdSizeBytes = userIdSizeBytes;
            this.pid = pid;
            this.fileName = fileName;
        }

        static Layout ofSize(ByteSource content) throws MalformedException {
            for (Layout layout : values()) {
                if (layout.sizeBytes == content.sizeBytes()) {
                    return layout;
                }
            }
            throw content.malformed(
                    "NT_PRPSINFO",
                    0,
                    "%,d bytes".formatted(content.sizeBytes()),
                    "124, 128 or 136");
        }

        static Layout of(CoreAbi abi) {
            if (abi.wordSizeBytes() == 8) {
                return LONG_64;
            }
            return abi.cpu().isPresent() ? LONG_32_SHORT_USER : LONG_32;
        }

        long userId(ByteSource content, int index) throws MalformedException {
            return content.unsigned(
                    "pr_uid or pr_gid", user + (long) index * userIdSizeBytes, userIdSizeBytes);
        }

        void putUserId(ByteBuffer target, int index, long id) {
            int offset = user + index * userIdSizeBytes;
            if (userIdSizeBytes == 2) {
                target.putShort(offset, (short) id);
            } else {
                target.putInt(offset, (int) id);
            }
        }
    }
}
