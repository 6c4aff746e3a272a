package dev.mortem.dump.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.dump.FullDisk;
import dev.mortem.dump.core.PatternSnapshot.Page;
import dev.mortem.dump.write.WriteListener;
import dev.mortem.dump.write.WriteOptions;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** A write that fails says why, ends, and leaves nothing behind. */
class FailingWriteTest {
    private static final long MIB = 1 << 20;

    @TempDir
    Path folder;

    @AfterEach
    void nothingIsLeft() throws Exception {
        try (var files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "false,false,0",
        "false,false,4096",
        "false,false,1234567",
        "true,false,0",
        "true,false,1234567",
        "false,true,0",
        "false,true,1228800",
        "true,true,1228800"
    })
    void aDiskThatFillsUpIsNamed(boolean compress, boolean direct, long roomBytes) {
        WriteOptions options = options(compress, direct);
        assertFull(noise(), options, channel -> FullDisk.after(channel, roomBytes), roomBytes);
    }

    /** The last bytes are written when all memory is read already. */
    @Test
    void aDiskThatIsFullAtTheVeryEndIsNamed() {
        // the hole at the end is a byte
        PatternSnapshot zeros = new PatternSnapshot(page -> Page.ZEROS).region(0x10000, MIB);
        assertFull(zeros, WriteOptions.plain(), channel -> FullDisk.after(channel, 4096), 4096);
        // less than is packed before it is written
        PatternSnapshot small = new PatternSnapshot(page -> Page.NOISE).region(0x10000, 65_536);
        assertFull(small, WriteOptions.compressed(), channel -> FullDisk.after(channel, 99), 99);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDiskThatCannotKeepWhatItTookIsNamed(boolean compress) {
        WriteOptions options = options(compress, true);
        assertThatThrownBy(() -> write(noise(), options, FullDisk::atTheEnd))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("the disk is full after");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theKernelsOwnFullDeviceIsNamed(boolean compress) throws Exception {
        Path device = Path.of("/dev/full");
        assumeTrue(Files.isWritable(device), "needs /dev/full");
        try (FileChannel full = FileChannel.open(device, StandardOpenOption.WRITE)) {
            WriteOptions options = new WriteOptions(compress, false);
            assertFull(noise(), options, channel -> full, 0);
        }
    }

    @ParameterizedTest
    @CsvSource({"false,false", "true,false", "false,true", "true,true"})
    void whatTheListenerThrowsEndsTheWritingAndIsLeftAsItIs(boolean compress, boolean direct) {
        WriteOptions options = options(compress, direct);
        IOException stop = new IOException("No space left, says the listener");
        AtomicInteger calls = new AtomicInteger();
        WriteListener stops = (doneBytes, totalBytes) -> {
            assertThat(totalBytes).isEqualTo(16 * MIB);
            if (calls.incrementAndGet() == 3) {
                assertThat(doneBytes).isEqualTo(3 * MIB);
                throw stop;
            }
        };
        assertThatThrownBy(() -> new CoreWriter().write(noise(), target(), options, stops))
                .isSameAs(stop);
        assertThat(calls).hasValue(3);
    }

    @Test
    void anInterruptEndsTheWritingAndIsKept() {
        WriteListener interrupts =
                (doneBytes, totalBytes) -> Thread.currentThread().interrupt();
        assertThatThrownBy(() -> new CoreWriter()
                        .write(noise(), target(), WriteOptions.compressed(), interrupts))
                .isInstanceOf(InterruptedIOException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    /** A defect in what writes must not let the thread that reads wait for ever. */
    @Test
    void aDefectOfTheWritingThreadIsAFailure() {
        UnaryOperator<FileChannel> broken = FullDisk::broken;
        assertThatThrownBy(() -> write(noise(), WriteOptions.plain(), broken))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the dump cannot be written")
                .hasRootCauseInstanceOf(AssertionError.class);
    }

    private void assertFull(
            PatternSnapshot process,
            WriteOptions options,
            UnaryOperator<FileChannel> disk,
            long writtenBytes) {
        assertThatThrownBy(() -> write(process, options, disk))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("the disk is full after %,d bytes".formatted(writtenBytes))
                .hasMessageContaining("choose another folder with -o")
                .hasRootCauseMessage("No space left on device");
    }

    private void write(
            PatternSnapshot process, WriteOptions options, UnaryOperator<FileChannel> disk)
            throws IOException {
        new CoreWriter(System::nanoTime, disk)
                .write(process, target(), options, WriteListener.none());
    }

    private Path target() {
        return folder.resolve("failing.core");
    }

    /** More than all buffers hold, so that reading goes on when writing fails. */
    private static PatternSnapshot noise() {
        return new PatternSnapshot(page -> Page.NOISE).region(0x1000_0000, 16 * MIB);
    }

    private WriteOptions options(boolean compress, boolean direct) {
        if (direct) {
            CoreOutputTest.assumeDirect(folder);
        }
        return new WriteOptions(compress, direct);
    }
}
