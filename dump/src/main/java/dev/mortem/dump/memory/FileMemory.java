package dev.mortem.dump.memory;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryReader;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;

/**
 * The memory that a dump holds, read in place from the mapped file. A read is a binary search; one
 * of up to 8 bytes allocates nothing but its answer. Safe for any thread while the file is open.
 */
public final class FileMemory implements MemoryReader {
    /**
     * A run of bytes of the process that follow one another in the file.
     *
     * @param start address of the first
     * @param fileOffset where it lies
     * @param sizeBytes how many are in the file, from 1 on
     */
    public record Run(long start, long fileOffset, long sizeBytes) {
        boolean isFollowedBy(Run next) {
            return start + sizeBytes == next.start && fileOffset + sizeBytes == next.fileOffset;
        }

        Run with(Run next) {
            return new Run(start, fileOffset, sizeBytes + next.sizeBytes);
        }

        private Run from(long address) {
            long skipped = address - start;
            return new Run(address, fileOffset + skipped, sizeBytes - skipped);
        }

        private long last() {
            return start + (sizeBytes - 1);
        }
    }

    private final Machine machine;
    private final ByteSource file;
    // of each run by ascending address: numbers in arrays, because a full dump may have millions
    private final long[] starts;
    private final long[] fileOffsets;
    private final long[] sizesBytes;

    private FileMemory(Machine machine, ByteSource file, List<Run> runs) {
        this.machine = machine;
        this.file = file;
        this.starts = new long[runs.size()];
        this.fileOffsets = new long[runs.size()];
        this.sizesBytes = new long[runs.size()];
        for (int index = 0; index < runs.size(); index++) {
            Run run = runs.get(index);
            boolean outside = !Addresses.isBelow(run.fileOffset, file.sizeBytes());
            starts[index] = run.start;
            fileOffsets[index] = run.fileOffset;
            sizesBytes[index] =
                    outside ? 0 : Math.min(run.sizeBytes, file.sizeBytes() - run.fileOffset);
        }
    }

    /**
     * The memory of these runs, in any order. Where two cover an address, the one that starts lower
     * answers; of two that start at one address, the longer.
     *
     * @param file in which the runs' offsets count
     */
    public static FileMemory of(Machine machine, ByteSource file, Collection<Run> runs) {
        return new FileMemory(machine, file, disjoint(runs));
    }

    /**
     * By ascending address, without overlaps; neighbours in memory that are neighbours in the file are
     * one.
     */
    public static List<Run> disjoint(Collection<Run> runs) {
        List<Run> sorted = new ArrayList<>(runs);
        sorted.sort((a, b) -> {
            int byStart = Long.compareUnsigned(a.start, b.start);
            return byStart != 0 ? byStart : Long.compare(b.sizeBytes, a.sizeBytes);
        });
        List<Run> kept = new ArrayList<>();
        for (Run run : sorted) {
            if (run.sizeBytes <= 0) {
                continue;
            }
            Run next = run;
            if (!kept.isEmpty() && !Addresses.isBelow(kept.getLast().last(), run.start)) {
                if (!Addresses.isBelow(kept.getLast().last(), run.last())) {
                    continue;
                }
                next = run.from(kept.getLast().last() + 1);
            }
            boolean joins = !kept.isEmpty() && kept.getLast().isFollowedBy(next);
            kept.add(joins ? kept.removeLast().with(next) : next);
        }
        return kept;
    }

    @Override
    public Machine machine() {
        return machine;
    }

    @Override
    public int read(long address, byte[] target, int targetOffset, int sizeBytes) {
        int done = 0;
        while (done < sizeBytes) {
            long at = address + done;
            int run = runAt(at);
            if (run < 0) {
                break;
            }
            long offset = at - starts[run];
            int chunk = (int) Math.min(sizeBytes - done, sizesBytes[run] - offset);
            try {
                file.copyTo(
                        "memory", fileOffsets[run] + offset, target, targetOffset + done, chunk);
            } catch (MalformedException cutWhileMapped) {
                break; // the file became shorter under us: absent, as what was never in it
            }
            done += chunk;
        }
        return done;
    }

    @Override
    public OptionalLong unsigned(long address, int sizeBytes) {
        int run = runAt(address);
        if (run < 0) {
            return OptionalLong.empty();
        }
        long offset = address - starts[run];
        boolean direct = Integer.bitCount(sizeBytes) == 1 && sizesBytes[run] - offset >= sizeBytes;
        if (!direct) {
            return MemoryReader.super.unsigned(address, sizeBytes);
        }
        try {
            return OptionalLong.of(file.unsigned("memory", fileOffsets[run] + offset, sizeBytes));
        } catch (MalformedException cutWhileMapped) {
            return OptionalLong.empty();
        }
    }

    @Override
    public ByteSource view(String name, AddressRange range, int maxBytes) {
        int run = runAt(range.start());
        if (run < 0) {
            return ByteSource.ofBytes(name, new byte[0], machine.order());
        }
        long offset = range.start() - starts[run];
        ByteSource here = file.atMost(
                name,
                fileOffsets[run] + offset,
                Addresses.min(range.sizeBytes(), sizesBytes[run] - offset));
        long wanted = Addresses.min(range.sizeBytes(), maxBytes);
        boolean goesOn = here.sizeBytes() < wanted && runAt(range.start() + here.sizeBytes()) >= 0;
        return goesOn ? MemoryReader.super.view(name, range, maxBytes) : here;
    }

    /** Index of the run that has the byte; negative where it is absent. */
    private int runAt(long address) {
        int low = 0;
        int high = starts.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (Addresses.isBelow(address, starts[middle])) {
                high = middle - 1;
            } else {
                low = middle + 1;
            }
        }
        boolean inside = high >= 0 && Addresses.isBelow(address - starts[high], sizesBytes[high]);
        return inside ? high : -1;
    }
}
