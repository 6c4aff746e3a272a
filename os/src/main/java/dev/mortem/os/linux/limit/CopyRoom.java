package dev.mortem.os.linux.limit;

/** Whether a frozen copy of a process may be taken. */
public sealed interface CopyRoom {
    /**
     * It may.
     *
     * @param watermarkBytes what must stay free of the memory that limits; below, the copy must go. The
     *     watch knows this and the watermarks of all other limits
     * @param limitedBy what limits first, as it stands in a sentence: "memory of cgroup /shop (limit 512
     *     MiB, 120 MiB free)"
     * @param watch to be asked while the copy is held
     */
    record Room(long watermarkBytes, String limitedBy, MemoryWatch watch) implements CopyRoom {}

    /**
     * It must not.
     *
     * @param why one sentence for people: what was found, what is needed, what they can do
     */
    record NoRoom(String why) implements CopyRoom {}
}
