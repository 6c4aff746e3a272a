package dev.mortem.analyze.descriptor;

import dev.mortem.analyze.wait.Wait;
import dev.mortem.analyze.wait.Wait.Party;
import dev.mortem.analyze.wait.Wait.Role;
import dev.mortem.base.kernel.DescriptorTarget;
import dev.mortem.base.kernel.FileLock;
import dev.mortem.base.kernel.KernelObjects;
import dev.mortem.base.snapshot.MemoryReader;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** flock(2) and fcntl(2), in words: which file, which bytes, who holds them. */
final class LockWords {
    /** sys/file.h. */
    private static final int LOCK_EX = 2;

    /** fcntl.h of 64-bit Linux: wait for a lock of the process, of the open file. */
    private static final int F_SETLKW = 7;

    private static final int F_OFD_SETLKW = 38;

    /** fcntl.h: l_type of a write lock, l_whence of a position from the file's start. */
    private static final int F_WRLCK = 1;

    private static final int SEEK_SET = 0;

    private final OpenDescriptors open;
    private final List<FileLock> locks;
    private final MemoryReader memory;

    LockWords(OpenDescriptors open, Optional<KernelObjects> objects, MemoryReader memory) {
        this.open = open;
        this.locks = objects.map(KernelObjects::locks).orElse(List.of());
        this.memory = memory;
    }

    /** @param end empty for the end of the file */
    private record Wanted(boolean flock, boolean exclusive, long start, OptionalLong end) {
        boolean conflicts(FileLock held) {
            boolean sameFamily = flock == held.kind().equals("flock");
            boolean reaches = (end.isEmpty() || held.start() <= end.getAsLong())
                    && (held.end().isEmpty() || start <= held.end().getAsLong());
            return sameFamily && reaches && (exclusive || held.exclusive());
        }

        /** "a write lock", "a read lock on bytes 5 to 14". */
        String text() {
            String what = exclusive ? "a write lock" : "a read lock";
            boolean whole = start == 0 && end.isEmpty();
            return whole
                    ? what
                    : what
                            + (end.isPresent()
                                    ? " on bytes " + start + " to " + end.getAsLong() + " of"
                                    : " on the bytes from " + start + " of");
        }
    }

    Optional<Wait> describe(Wait wait, Wait.Call call, Optional<DescriptorTarget.File> file) {
        if (file.isEmpty()) {
            return Optional.empty();
        }
        Optional<Wanted> wanted = call.name().equals("flock")
                ? Optional.of(new Wanted(
                        true,
                        (call.argument(1).orElse(LOCK_EX) & LOCK_EX) != 0,
                        0,
                        OptionalLong.empty()))
                : record(call);
        String what = wanted.map(Wanted::text).orElse("a lock");
        String path = (what.endsWith(" of") ? " " : " on ") + file.get().path();
        Optional<FileLock> held = wanted.flatMap(lock -> locks.stream()
                .filter(other -> file.get().id().filter(other.file()::equals).isPresent())
                .filter(lock::conflicts)
                .findFirst());
        return Optional.of(wait.as(
                wait.kind(),
                what + path + held.map(this::holder).orElse("") + " (" + call.text() + ")",
                held.flatMap(FileLock::holder)
                        .filter(other -> !open.isOwn(other))
                        .map(other -> new Party(Role.PROCESS, open.name(other)))));
    }

    private String holder(FileLock lock) {
        return lock.holder()
                .map(other -> " held by " + open.name(other))
                .orElse(" held through an open file (OFD lock), whose process is not known");
    }

    /**
     * struct flock of 64-bit Linux: l_type and l_whence of 2 bytes, l_start at 8, l_len at 16; a length
     * of 0 reaches to the end of the file, a negative one lies in front of the start (fcntl(2)).
     */
    private Optional<Wanted> record(Wait.Call call) {
        long command = call.argument(1).orElse(-1);
        if ((command != F_SETLKW && command != F_OFD_SETLKW)
                || call.argument(2).isEmpty()
                || memory.machine().pointerSizeBytes() != 8) {
            return Optional.empty();
        }
        long address = call.argument(2).getAsLong();
        OptionalLong type = memory.unsigned(address, 2);
        OptionalLong whence = memory.unsigned(address + 2, 2);
        OptionalLong start = memory.u8(address + 8);
        OptionalLong length = memory.u8(address + 16);
        if (type.isEmpty()
                || whence.orElse(-1) != SEEK_SET
                || start.orElse(-1) < 0
                || length.isEmpty()) {
            return Optional.empty();
        }
        long from = start.getAsLong();
        long bytes = length.getAsLong();
        boolean backwards = bytes < 0;
        if (from + bytes < 0) {
            return Optional.empty(); // out of any file
        }
        return Optional.of(new Wanted(
                false,
                type.getAsLong() == F_WRLCK,
                backwards ? from + bytes : from,
                bytes == 0
                        ? OptionalLong.empty()
                        : OptionalLong.of(backwards ? from - 1 : from + bytes - 1)));
    }
}
