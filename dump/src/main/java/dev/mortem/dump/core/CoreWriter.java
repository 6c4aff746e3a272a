package dev.mortem.dump.core;

import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.dump.copy.DumpCopier;
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
 * Writes ELF cores that gdb and lldb open (gABI chapters 4 and 5; core(5)), of any machine that a
 * snapshot may have. The size pass and the offset pass are {@link CoreLayout}'s; the write pass is the
 * {@link DumpCopier}'s.
 *
 * <p>Beside what a {@link DumpCopier} holds stand the bytes before the memory, twice while they are put
 * together: 56 bytes a region and the threads' notes, some 4 to 12 KB each.
 */
public final class CoreWriter implements DumpWriter {
    private final DumpCopier copier;

    public CoreWriter() {
        this(System::nanoTime);
    }

    /**
     * @param nanoClock what {@link WrittenDump#duration} is measured with, in nanoseconds
     */
    public CoreWriter(LongSupplier nanoClock) {
        this(nanoClock, UnaryOperator.identity());
    }

    /** @param channels what is written to in place of the file: a test has disks of its own */
    CoreWriter(LongSupplier nanoClock, UnaryOperator<FileChannel> channels) {
        this.copier = new DumpCopier(nanoClock, channels);
    }

    @Override
    public WrittenDump write(
            ProcessSnapshot snapshot, Path target, WriteOptions options, WriteListener listener)
            throws IOException {
        return copier.write(
                snapshot.memory(),
                () -> CoreLayout.of(snapshot).content(),
                target,
                options,
                listener);
    }

    @Override
    public long expectedSizeBytes(ProcessSnapshot snapshot) {
        try {
            return CoreLayout.of(snapshot).content().expectedSizeBytes();
        } catch (IOException cannotBeWritten) {
            return 0; // nothing will be: write says why
        }
    }
}
