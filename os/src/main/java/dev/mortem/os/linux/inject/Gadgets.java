package dev.mortem.os.linux.inject;

import dev.mortem.base.limit.Limit;
import dev.mortem.os.linux.call.ProcessMemory;
import dev.mortem.os.linux.proc.Mapping;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Instructions of the target's own code that injection borrows. Nothing is written into code.
 *
 * <p>Seen: glibc's libc.so.6 and ld.so, musl's libc.so, Go's runtime and static glibc programs have both;
 * a static musl program that handles no signals has no rt_sigreturn.
 *
 * @param call the address of a system call that returns to its caller right after
 * @param callBytes what stands there
 * @param restorer the address of a call of rt_sigreturn(2)
 * @param restorerBytes what stands there
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Gadgets(long call, byte[] callBytes, long restorer, byte[] restorerBytes) {
    static final Limit SEARCHED = new Limit(
            "code searched for system calls",
            512L << 20,
            "bytes",
            "the largest programs of servers have some 200 MiB of code; a second at most");

    private static final int CHUNK_BYTES = 1 << 18;

    /**
     * Looks through the executable mappings, those first that are known to have both.
     *
     * @param memory an open /proc/PID/mem; the process may run meanwhile
     */
    public static Optional<Gadgets> find(
            InjectionTable table, long memory, List<Mapping> mappings) {
        List<Mapping> code = mappings.stream()
                .filter(mapping -> mapping.permissions().equals("r-x"))
                .sorted(Comparator.comparingInt(Gadgets::rank))
                .toList();
        Search call = new Search(table.callAndReturn());
        Search restorer = new Search(table.restorers());
        byte[] chunk = new byte[CHUNK_BYTES];
        long left = SEARCHED.defaultMax();
        for (Mapping mapping : code) {
            long end = mapping.range().end();
            long at = mapping.range().start();
            while (at < end && left > 0 && !(call.isDone() && restorer.isDone())) {
                int wanted = (int) Math.min(CHUNK_BYTES, end - at);
                int read = ProcessMemory.read(memory, at, chunk, 0, wanted);
                call.look(chunk, read, at);
                restorer.look(chunk, read, at);
                if (read < wanted || at + read == end) {
                    break;
                }
                at += read - Search.OVERLAP_BYTES; // one that a chunk's end cuts is in the next
                left -= read;
            }
        }
        return call.isDone() && restorer.isDone()
                ? Optional.of(new Gadgets(
                        call.address.getAsLong(),
                        call.found,
                        restorer.address.getAsLong(),
                        restorer.found))
                : Optional.empty();
    }

    /** Whether both still stand where they stood: the process may have unloaded a library. */
    boolean stillThere(long memory) {
        return isAt(memory, call, callBytes) && isAt(memory, restorer, restorerBytes);
    }

    private static boolean isAt(long memory, long address, byte[] wanted) {
        byte[] there = new byte[wanted.length];
        return ProcessMemory.read(memory, address, there, 0, there.length) == there.length
                && Arrays.equals(there, wanted);
    }

    private static int rank(Mapping mapping) {
        String path = mapping.path().orElse("");
        String name = path.substring(path.lastIndexOf('/') + 1);
        if (name.startsWith("libc.") || name.startsWith("libc-") || name.startsWith("ld-")) {
            return 0;
        }
        return path.equals("[vdso]") ? 1 : 2;
    }

    /** Looks for the first of some byte strings. */
    private static final class Search {
        private static final int OVERLAP_BYTES = 16;

        private final List<byte[]> wanted;
        private OptionalLong address = OptionalLong.empty();
        private byte[] found = new byte[0];

        private Search(List<byte[]> wanted) {
            this.wanted = wanted;
        }

        private boolean isDone() {
            return address.isPresent();
        }

        private void look(byte[] chunk, int sizeBytes, long chunkAddress) {
            for (byte[] bytes : wanted) {
                int at = isDone() ? -1 : indexOf(chunk, sizeBytes, bytes);
                if (at >= 0) {
                    address = OptionalLong.of(chunkAddress + at);
                    found = bytes;
                }
            }
        }

        private static int indexOf(byte[] chunk, int sizeBytes, byte[] bytes) {
            byte first = bytes[0];
            for (int at = 0; at <= sizeBytes - bytes.length; at++) {
                if (chunk[at] == first
                        && Arrays.equals(chunk, at, at + bytes.length, bytes, 0, bytes.length)) {
                    return at;
                }
            }
            return -1;
        }
    }
}
