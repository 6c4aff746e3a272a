package dev.mortem.dump.core;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryReader;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The memory that a core holds, read in place from the mapped file. A read is a binary search; one
 * of up to 8 bytes allocates nothing but its answer. Safe for any thread while the file is open.
 */
final class CoreMemory implements MemoryReader {
    private final Machine machine;
    private final long[] starts;
    private final ByteSource[] contents;

    /** Only what has bytes; neighbours in memory that are neighbours in the file are one. */
    CoreMemory(Machine machine, ByteSource core, List<CoreSegments.Segment> segments) {
        this.machine = machine;
        List<Run> runs = new ArrayList<>();
        for (CoreSegments.Segment segment : segments) {
            long sizeBytes = Math.min(
                    segment.content().sizeBytes(), unsignedSize(segment.range().sizeBytes()));
            if (sizeBytes == 0) {
                continue;
            }
            Run next = new Run(
                    segment.range().start(),
                    segment.content().fileOffset() - core.fileOffset(),
                    sizeBytes);
            boolean joins = !runs.isEmpty() && runs.getLast().isFollowedBy(next);
            runs.add(joins ? runs.removeLast().with(next) : next);
        }
        this.starts = new long[runs.size()];
        this.contents = new ByteSource[runs.size()];
        for (int index = 0; index < runs.size(); index++) {
            Run run = runs.get(index);
            starts[index] = run.start;
            contents[index] = core.atMost("memory", run.offset, run.sizeBytes);
        }
    }

    private record Run(long start, long offset, long sizeBytes) {
        boolean isFollowedBy(Run next) {
            return start + sizeBytes == next.start && offset + sizeBytes == next.offset;
        }

        Run with(Run next) {
            return new Run(start, offset, sizeBytes + next.sizeBytes);
        }
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
            int chunk = (int) Math.min(sizeBytes - done, contents[run].sizeBytes() - offset);
            try {
                contents[run].copyTo("memory", offset, target, targetOffset + done, chunk);
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
        boolean direct =
                Integer.bitCount(sizeBytes) == 1 && contents[run].sizeBytes() - offset >= sizeBytes;
        if (!direct) {
            return MemoryReader.super.unsigned(address, sizeBytes);
        }
        try {
            return OptionalLong.of(contents[run].unsigned("memory", offset, sizeBytes));
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
        ByteSource here = contents[run].atMost(name, offset, range.sizeBytes());
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
        boolean inside =
                high >= 0 && Addresses.isBelow(address - starts[high], contents[high].sizeBytes());
        return inside ? high : -1;
    }

    private static long unsignedSize(long sizeBytes) {
        return sizeBytes < 0 ? Long.MAX_VALUE : sizeBytes;
    }
}
