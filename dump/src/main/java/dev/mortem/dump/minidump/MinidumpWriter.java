package dev.mortem.dump.minidump;

import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.dump.copy.DumpCopier;
import dev.mortem.dump.reduce.ReducedSnapshot;
import dev.mortem.dump.write.DumpWriter;
import dev.mortem.dump.write.WriteListener;
import dev.mortem.dump.write.WriteOptions;
import dev.mortem.dump.write.WrittenDump;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/**
 * Writes minidumps that WinDbg, Breakpad's tools and lldb open (minidumpapiset.h; minidump_format.h), of
 * little-endian x86-64, x86, arm64 and arm. The size pass and the offset pass are {@link
 * MinidumpLayout}'s, the write pass is the {@link DumpCopier}'s.
 *
 * <p>What a minidump has no place for stands in streams of our own, so that the core of a process that was
 * kept as a full minidump is the core that it would have been (docs/minidump.md).
 */
public final class MinidumpWriter implements DumpWriter {
    /** Of the pieces of memory: a minidump's may begin anywhere; words are kept whole. */
    private static final int ALIGNMENT = 16;

    private final DumpCopier copier;
    private final MinidumpOptions options;

    public MinidumpWriter(MinidumpOptions options) {
        this(options, System::nanoTime, UnaryOperator.identity());
    }

    /**
     * @param nanoClock what {@link WrittenDump#duration} is measured with, in nanoseconds
     * @param channels what is written to in place of the file: a test has disks of its own
     */
    MinidumpWriter(
            MinidumpOptions options, LongSupplier nanoClock, UnaryOperator<FileChannel> channels) {
        this.options = options;
        this.copier = new DumpCopier(nanoClock, channels);
    }

    @Override
    public WrittenDump write(
            ProcessSnapshot snapshot, Path target, WriteOptions write, WriteListener listener)
            throws IOException {
        ProcessSnapshot reduced = reduced(snapshot);
        return copier.write(
                reduced.memory(),
                () -> MinidumpLayout.of(reduced, options),
                target,
                write,
                listener);
    }

    @Override
    public long expectedSizeBytes(ProcessSnapshot snapshot) {
        try {
            return MinidumpLayout.of(reduced(snapshot), options).expectedSizeBytes();
        } catch (IOException cannotBeWritten) {
            return 0; // nothing will be: write says why
        }
    }

    private ProcessSnapshot reduced(ProcessSnapshot snapshot) {
        return ReducedSnapshot.of(snapshot, options.flags(), ALIGNMENT);
    }
}
