package dev.mortem.dump.minidump;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.limit.Limits;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;
import dev.mortem.testkit.synth.Layout;
import dev.mortem.testkit.synth.MinidumpBuilder;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Memory that lies behind the fourth gigabyte of a file, most of which is a hole. */
class LargeMinidumpTest {
    private static final long FIRST_BYTES = 6L << 30;

    @TempDir
    private Path folder;

    @Test
    void memoryBehindFourGigabytesIsRead() throws Exception {
        Layout list = MinidumpBuilder.layout().u8(2).u8(0x1000);
        list.u8(0x7000_0000_0000L).u8(FIRST_BYTES).u8(0x7fff_0000L).u8(8);
        byte[] head = new MinidumpBuilder()
                .windows(9).flags(2).stream(MinidumpBuilder.MEMORY_64_LIST, list)
                        .build();
        Path file = folder.resolve("large.dmp");
        Files.write(file, head);
        long last = 0x1000 + FIRST_BYTES;
        try (var channel =
                Files.newByteChannel(file, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.position(last - 4);
            channel.write(ByteBuffer.wrap("tail".getBytes(StandardCharsets.US_ASCII)));
            channel.write(ByteBuffer.wrap("far away".getBytes(StandardCharsets.US_ASCII)));
        }
        try (OpenDump dump = DumpFiles.open(file, Limits.defaults())) {
            assertThat(dump.truncated()).isFalse();
            assertThat(dump.snapshot().diagnostics()).isEmpty();
            assertThat(text(dump, 0x7fff_0000L, 8)).isEqualTo("far away");
            assertThat(text(dump, 0x7000_0000_0000L + FIRST_BYTES - 4, 4)).isEqualTo("tail");
            assertThat(dump.snapshot().memory().u8(0x7000_0000_0000L + (5L << 30)))
                    .hasValue(0);
            assertThat(dump.snapshot().regions()).hasSize(2);
        }
        try (RandomAccessFile cut = new RandomAccessFile(file.toFile(), "rw")) {
            cut.setLength(last - 2);
        }
        try (OpenDump dump = DumpFiles.open(file, Limits.defaults())) {
            assertThat(dump.truncated()).isTrue();
            assertThat(dump.presentPercent()).isEqualTo(99);
            assertThat(dump.snapshot().memory().u1(0x7fff_0000L)).isEmpty();
            assertThat(dump.snapshot().memory().u8(0x7000_0000_0000L)).hasValue(0);
        }
    }

    private static String text(OpenDump dump, long address, int sizeBytes) {
        return new String(
                dump.snapshot().memory().bytes(address, sizeBytes).orElseThrow(),
                StandardCharsets.US_ASCII);
    }
}
