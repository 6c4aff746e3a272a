package dev.mortem.dump.core;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.dump.write.DumpWriter;
import dev.mortem.dump.write.Gap;
import dev.mortem.dump.write.PartialFile;
import dev.mortem.dump.write.WriteListener;
import dev.mortem.dump.write.WriteOptions;
import dev.mortem.dump.write.WrittenDump;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Writes ELF cores that gdb and lldb open (gABI chapters 4 and 5; core(5)), of any machine that a
 * snapshot may have. The size pass and the offset pass are {@link CoreLayout}'s; here is the write
 * pass.
 *
 * <p>Memory is read by the calling thread and written by another. What is zero or untouched is a
 * hole; what is absent from the snapshot has no bytes in the file; what turns out unreadable is
 * zeros, and a {@link Gap}.
 */
public final class CoreWriter implements DumpWriter {
    private static final int PAGE_BYTES = 4096;
    private static final String UNREADABLE = "could not be read while the dump was written";

    private final LongSupplier nanoClock;

    public CoreWriter() {
        this(System::nanoTime);
    }

    /**
     * @param nanoClock what {@link WrittenDump#duration} is measured with, in nanoseconds
     */
    public CoreWriter(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    @Override
    public WrittenDump write(
            ProcessSnapshot snapshot, Path target, WriteOptions options, WriteListener listener)
            throws IOException {
        long startedAt = nanoClock.getAsLong();
        CoreLayout layout = CoreLayout.of(snapshot);
        List<Gap> gaps;
        long sizeBytes;
        try (PartialFile file = PartialFile.create(target)) {
            try {
                gaps = writeAll(snapshot.memory(), layout, file.channel(), options, listener);
                sizeBytes = file.channel().size();
            } catch (IOException failed) {
                throw file.explained(failed, file.channel().size());
            }
            file.complete();
        }
        Duration duration = Duration.ofNanos(nanoClock.getAsLong() - startedAt);
        return new WrittenDump(target, sizeBytes, gaps, duration);
    }

    @Override
    public long expectedSizeBytes(ProcessSnapshot snapshot) {
        try {
            CoreLayout layout = CoreLayout.of(snapshot);
            return layout.memoryOffset() + layout.populatedBytes();
        } catch (IOException cannotBeWritten) {
            return 0; // nothing will be: write says why
        }
    }

    private static List<Gap> writeAll(
            MemoryReader memory,
            CoreLayout layout,
            FileChannel channel,
            WriteOptions options,
            WriteListener listener)
            throws IOException {
        try (ChunkSink sink =
                options.compress() ? new ZstdSink(channel) : new SparseSink(channel)) {
            sink.write(0, layout.head(), layout.head().length, new BitSet());
            MemoryCopy copy;
            try (ChunkPipe pipe = new ChunkPipe(sink)) {
                copy = new MemoryCopy(memory, pipe, layout.populatedBytes(), listener);
                for (CoreLayout.Plan plan : layout.plans()) {
                    copy.region(plan);
                }
                pipe.finish();
            }
            sink.finish(layout.sizeBytes());
            return copy.gaps;
        }
    }

    /** Reads the memory in chunks and remembers what was missing. */
    private static final class MemoryCopy {
        private final MemoryReader memory;
        private final ChunkPipe pipe;
        private final long totalBytes;
        private final WriteListener listener;
        private final List<Gap> gaps = new ArrayList<>();
        private long doneBytes;

        private MemoryCopy(
                MemoryReader memory, ChunkPipe pipe, long totalBytes, WriteListener listener) {
            this.memory = memory;
            this.pipe = pipe;
            this.totalBytes = totalBytes;
            this.listener = listener;
        }

        private void region(CoreLayout.Plan plan) throws IOException {
            long bias = plan.fileOffset() - plan.region().range().start();
            for (AddressRange range : plan.data()) {
                long at = range.start();
                long left = range.sizeBytes();
                while (left > 0) {
                    int chunk = (int) Math.min(left, ChunkPipe.CHUNK_BYTES);
                    byte[] buffer = pipe.buffer();
                    fill(at, buffer, chunk);
                    pipe.submit(at + bias, buffer, chunk);
                    at += chunk;
                    left -= chunk;
                    doneBytes += chunk;
                    listener.progress(doneBytes, totalBytes);
                }
            }
        }

        /** Reads page by page past what is unreadable. */
        private void fill(long address, byte[] buffer, int sizeBytes) {
            int done = memory.read(address, buffer, 0, sizeBytes);
            while (done < sizeBytes) {
                long missing = address + done;
                long nextPage = Addresses.alignDown(missing, PAGE_BYTES) + PAGE_BYTES;
                int next = (int) Math.min(sizeBytes, nextPage - address);
                Arrays.fill(buffer, done, next, (byte) 0);
                gap(missing, next - done);
                done = next
                        + (next < sizeBytes
                                ? memory.read(address + next, buffer, next, sizeBytes - next)
                                : 0);
            }
        }

        private void gap(long address, long sizeBytes) {
            boolean goesOn = !gaps.isEmpty()
                    && gaps.getLast().address() + gaps.getLast().sizeBytes() == address;
            if (goesOn) {
                Gap before = gaps.removeLast();
                gaps.add(new Gap(before.address(), before.sizeBytes() + sizeBytes, UNREADABLE));
            } else {
                gaps.add(new Gap(address, sizeBytes, UNREADABLE));
            }
        }
    }
}
