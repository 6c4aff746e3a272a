package dev.mortem.os.linux.event;

import dev.mortem.os.ProcessEvent.Disposition;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.proc.ProcFolder;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What a process has made of its signals, from SigCgt and SigIgn of /proc/PID/status (proc_pid_status(5)).
 *
 * <p>Asked each time, for a program may change it at any moment: a crash handler that has done its work sets
 * the default back and lets the fault strike again. A signal that the kernel forces on a thread which blocks
 * or ignores it is set to the default before its tracer is asked (force_sig_info_to_task), so that what the
 * file says by then is what will happen. Belongs to one thread.
 */
final class Dispositions implements AutoCloseable {
    /** The file has some 1.5 KiB; many groups of a user make it longer, and the masks stand near its end. */
    private static final int FILE_BYTES_MAX = 16 * 1024;

    private static final byte[] CAUGHT = "\nSigCgt:\t".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] IGNORED = "\nSigIgn:\t".getBytes(StandardCharsets.US_ASCII);
    private static final int MASK_DIGITS = 16;

    private final Kernel kernel;
    private final long descriptor;
    private final ByteBuffer content = ByteBuffer.allocateDirect(FILE_BYTES_MAX);

    /** Opens the file once: a pid that is used again is another file. */
    Dispositions(Kernel kernel, ProcFolder proc, long pid) {
        this.kernel = kernel;
        this.descriptor = kernel.openForReading(proc.of(pid).resolve("status"));
    }

    /** What a signal meets; DEFAULT where that cannot be read any more. */
    Disposition of(int signal) {
        int size = (int) Math.max(0, descriptor < 0 ? 0 : kernel.pread(descriptor, content));
        long bit = 1L << (signal - 1);
        if ((mask(content, size, CAUGHT) & bit) != 0) {
            return Disposition.HANDLER;
        }
        return (mask(content, size, IGNORED) & bit) != 0
                ? Disposition.IGNORED
                : Disposition.DEFAULT;
    }

    /** The mask behind a name; none where the name is not there. */
    static long mask(ByteBuffer text, int size, byte[] name) {
        for (int at = 0; at + name.length + MASK_DIGITS <= size; at++) {
            if (text.get(at) == '\n' && isAt(text, at, name)) {
                return hex(text, at + name.length);
            }
        }
        return 0;
    }

    private static boolean isAt(ByteBuffer text, int at, byte[] name) {
        for (int index = 0; index < name.length; index++) {
            if (text.get(at + index) != name[index]) {
                return false;
            }
        }
        return true;
    }

    private static long hex(ByteBuffer text, int at) {
        long mask = 0;
        for (int index = 0; index < MASK_DIGITS; index++) {
            mask = mask << 4 | (Character.digit(text.get(at + index), 16) & 0xf);
        }
        return mask;
    }

    @Override
    public void close() {
        if (descriptor >= 0) {
            kernel.close(descriptor);
        }
    }
}
