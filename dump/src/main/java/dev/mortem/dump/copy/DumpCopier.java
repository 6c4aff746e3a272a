package dev.mortem.dump.copy;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.dump.container.PageBuffer;
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
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/**
 * The write pass of every dump.
 *
 * <p>Memory is read by the calling thread and written by another, from buffers outside of the heap
 * that the kernel and the compressor work on as they are. What is zero or untouched is a hole; what is
 * absent from the snapshot has no bytes in the file; what turns out unreadable is zeros, and a {@link
 * Gap}.
 *
 * <p>What a write holds, however large the process is: 4 chunks of 1 MiB; 1 MiB where direct I/O
 * gathers blocks; 1.1 MiB of compressed bytes and zeros, and some 2 MiB of zstd's own at level 1: less
 * than 9 MiB, beside the {@link DumpContent}. Keeps nothing between calls.
 */
public final class DumpCopier {
    private static final int PAGE_BYTES = 4096;
    private static final String UNREADABLE = "could not be read while the dump was written";

    private final LongSupplier nanoClock;
    private final UnaryOperator<FileChannel> channels;

    /**
     * @param nanoClock what {@link WrittenDump#duration} is measured with, in nanoseconds
     * @param channels what is written to in place of the file: a test has disks of its own
     */
    public DumpCopier(LongSupplier nanoClock, UnaryOperator<FileChannel> channels) {
        this.nanoClock = nanoClock;
        this.channels = channels;
    }

    /** What makes a dump's content: the size pass and the offset pass of a format. */
    @FunctionalInterface
    public interface ContentSource {
        DumpContent content() throws IOException;
    }

    /** Writes it; the contract is that of {@link dev.mortem.dump.write.DumpWriter#write}. */
    public WrittenDump write(
            MemoryReader memory,
            ContentSource source,
            Path target,
            WriteOptions options,
            WriteListener listener)
            throws IOException {
        long startedAt = nanoClock.getAsLong();
        DumpContent content = source.content();
        try (PartialFile file = PartialFile.create(target, options.direct())) {
            Written written = writeTo(file, memory, content, options, listener);
            file.complete();
            Duration duration = Duration.ofNanos(nanoClock.getAsLong() - startedAt);
            return new WrittenDump(
                    target, written.sizeBytes, written.allocatedBytes, written.gaps, duration);
        }
    }

    private record Written(long sizeBytes, long allocatedBytes, List<Gap> gaps) {}

    private Written writeTo(
            PartialFile file,
            MemoryReader memory,
            DumpContent content,
            WriteOptions options,
            WriteListener listener)
            throws IOException {
        FileChannel channel = channels.apply(file.channel());
        try (DumpOutput output = DumpOutput.of(file, channel, options.direct());
                ChunkSink sink =
                        options.compress() ? new ZstdSink(output) : new SparseSink(output)) {
            List<Gap> gaps = copy(memory, content, sink, listener);
            long sizeBytes = sink.finish(content.sizeBytes());
            return new Written(sizeBytes, output.allocatedBytes(), gaps);
        }
    }

    private static List<Gap> copy(
            MemoryReader memory, DumpContent content, ChunkSink sink, WriteListener listener)
            throws IOException {
        try (ChunkPipe pipe = new ChunkPipe(sink)) {
            head(content.head(), pipe);
            MemoryCopy copy = new MemoryCopy(memory, pipe, content.populatedBytes(), listener);
            for (MemoryPlan plan : content.plans()) {
                copy.region(plan);
            }
            pipe.finish();
            return copy.gaps;
        }
    }

    private static void head(byte[] head, ChunkPipe pipe) throws IOException {
        for (int done = 0; done < head.length; done += ChunkPipe.CHUNK_BYTES) {
            int chunk = Math.min(head.length - done, ChunkPipe.CHUNK_BYTES);
            PageBuffer buffer = pipe.buffer();
            buffer.bytes(chunk).put(head, done, chunk);
            pipe.submit(done, buffer, chunk);
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

        private void region(MemoryPlan plan) throws IOException {
            long bias = plan.fileOffset() - plan.region().range().start();
            for (AddressRange range : plan.data()) {
                long at = range.start();
                long left = range.sizeBytes();
                while (left > 0) {
                    int chunk = (int) Math.min(left, ChunkPipe.CHUNK_BYTES);
                    PageBuffer buffer = pipe.buffer();
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
        private void fill(long address, PageBuffer buffer, int sizeBytes) {
            int done = memory.read(address, buffer.segment(0, sizeBytes));
            while (done < sizeBytes) {
                long missing = address + done;
                long nextPage = Addresses.alignDown(missing, PAGE_BYTES) + PAGE_BYTES;
                int next = (int) Math.min(sizeBytes, nextPage - address);
                buffer.clear(done, next);
                gap(missing, next - done);
                done = next
                        + (next < sizeBytes
                                ? memory.read(address + next, buffer.segment(next, sizeBytes))
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
