package dev.mortem.os.linux.limit;

import dev.mortem.os.linux.proc.ProcFolder;

import java.util.Optional;
import java.util.OptionalLong;

/** The memory of the whole machine: /proc/meminfo (proc_meminfo(5)). Belongs to one thread. */
final class MachineMemory implements MemoryPlace {
    /** The file counts in KiB; beyond this the bytes are no longer a number of 63 bits. */
    private static final long KIB_MAX = Long.MAX_VALUE / 1024;

    private final SmallFile meminfo;
    private final long totalBytes;

    private MachineMemory(SmallFile meminfo, long totalBytes) {
        this.meminfo = meminfo;
        this.totalBytes = totalBytes;
    }

    /** Empty when the file says too little: MemAvailable is there since Linux 3.14. */
    static Optional<MachineMemory> of(ProcFolder proc) {
        SmallFile meminfo = new SmallFile(proc.root().resolve("meminfo"));
        String text = meminfo.text().orElse("");
        OptionalLong total = bytes(text, "MemTotal:");
        if (total.isEmpty() || bytes(text, "MemAvailable:").isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new MachineMemory(meminfo, total.getAsLong()));
    }

    @Override
    public String name() {
        return "memory of the machine";
    }

    @Override
    public long limitBytes() {
        return totalBytes;
    }

    /** The kernel's own estimate: free pages and what it can drop without swapping. */
    @Override
    public OptionalLong headroomBytes(long enoughBytes) {
        return meminfo.text()
                .map(text -> bytes(text, "MemAvailable:"))
                .orElse(OptionalLong.empty());
    }

    /** A size of meminfo by its name with the colon. */
    static OptionalLong bytes(String meminfo, String name) {
        OptionalLong kib = SmallFile.value(meminfo, name);
        return kib.isPresent() && kib.getAsLong() <= KIB_MAX
                ? OptionalLong.of(kib.getAsLong() * 1024)
                : OptionalLong.empty();
    }
}
