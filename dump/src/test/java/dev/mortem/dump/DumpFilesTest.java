package dev.mortem.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.limit.Limits;
import dev.mortem.dump.container.Unpacker;
import dev.mortem.testkit.synth.NullPointerCrash;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/** What can be opened, packed or not, and what a person is told of what cannot. */
class DumpFilesTest {
    private static final byte[] CORE = new NullPointerCrash().core();

    @TempDir
    Path folder;

    @Test
    void aCoreIsOpened() throws Exception {
        Path core = write("a.core", CORE);
        try (OpenDump dump = DumpFiles.open(core, Limits.defaults())) {
            assertThat(dump.format()).isEqualTo("elfCore");
            assertThat(dump.container()).isEmpty();
            assertThat(dump.sizeBytes()).isEqualTo(CORE.length);
            assertThat(dump.truncated()).isFalse();
            assertThat(dump.presentPercent()).isEqualTo(100);
            assertThat(dump.snapshot().threads()).isNotEmpty();
        }
    }

    @Test
    void everyContainerIsOpenedAndNothingIsLeft() throws Exception {
        Path core = write("a.core", CORE);
        for (String tool : List.of("gzip", "bzip2", "xz", "lz4", "zstd")) {
            Tool.require(tool);
            Path packed = folder.resolve("a." + tool);
            Tool.run(folder, "sh", "-c", tool + " -c " + core + " > " + packed + " 2> /dev/null");
            long before = temporaryFiles();
            try (OpenDump dump = DumpFiles.open(packed, Limits.defaults())) {
                assertThat(dump.container()).as(tool).isPresent();
                assertThat(dump.truncated()).as(tool).isFalse();
                assertThat(dump.snapshot().diagnostics()).as(tool).isEmpty();
                assertThat(dump.snapshot().process().pid()).hasValue(NullPointerCrash.PID);
            }
            assertThat(temporaryFiles()).as(tool).isEqualTo(before);
        }
    }

    @Test
    void aCutContainerIsATruncatedCore() throws Exception {
        Path core = Corpus.file("own/linux/core.segv");
        for (String tool : List.of("gzip", "bzip2", "xz", "lz4", "zstd")) {
            Tool.require(tool);
            Path packed = folder.resolve("b." + tool);
            Tool.run(folder, "sh", "-c", tool + " -c " + core + " > " + packed + " 2> /dev/null");
            byte[] whole = Files.readAllBytes(packed);
            for (int part : new int[] {1, 2, 10, 100}) {
                Path cut =
                        write("cut", Arrays.copyOf(whole, whole.length - whole.length / part / 2));
                openCut(cut, tool + " without 1/" + 2 * part);
            }
        }
    }

    /** Where not even the ELF header was unpacked, the message says so. */
    private static void openCut(Path cut, String what) throws Exception {
        try (OpenDump dump = DumpFiles.open(cut, Limits.defaults())) {
            assertThat(dump.truncated()).as(what).isTrue();
            assertThat(dump.snapshot().diagnostics())
                    .as(what)
                    .anyMatch(found -> found.what().contains("stream ends early"));
        } catch (UnreadableDumpException nothing) {
            assertThat(nothing).as(what).hasMessageContaining("copy the dump again");
        }
    }

    @Test
    void aBombStopsAtTheLimit() throws Exception {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(CORE);
            gzip.write(new byte[8 << 20]);
        }
        Path bomb = write("bomb.gz", packed.toByteArray());
        Limits limits = Limits.defaults().with(Unpacker.UNPACKED_BYTES, 1 << 20);
        try (OpenDump dump = DumpFiles.open(bomb, limits)) {
            assertThat(dump.truncated()).isTrue();
            assertThat(dump.snapshot().diagnostics())
                    .anyMatch(found -> found.what().contains("at most 1,048,576 bytes"));
        }
    }

    @Test
    void aTruncatedCoreSaysHowMuchIsThere() throws Exception {
        byte[] core = Files.readAllBytes(Corpus.file("own/linux/core.segv"));
        Path cut = write("cut.core", Arrays.copyOf(core, core.length / 2));
        try (OpenDump dump = DumpFiles.open(cut, Limits.defaults())) {
            assertThat(dump.truncated()).isTrue();
            assertThat(dump.presentPercent()).isBetween(45, 55);
            assertThat(dump.snapshot().regions())
                    .anyMatch(region -> region.absentWhy()
                            .map("the core is truncated"::equals)
                            .orElse(false));
        }
    }

    @Test
    void aPersonIsToldWhatAnUnreadableFileIs() throws Exception {
        assertMessage(write("empty", new byte[0]), "is empty", "ulimit -c");
        assertMessage(folder, "is a directory");
        assertMessage(text("notes.txt", "hello there\nyou"), "a text file: \"hello there\"");
        assertMessage(text("page", "<!DOCTYPE html>\n<html>"), "an HTML page", "download");
        assertMessage(text("x.dmp", "MDMP\u0093\u00a7"), "header is broken");
        assertMessage(text("x.hprof", "JAVA PROFILE 1.0.2"), "hprof");
        assertMessage(text("x.zip", "PK\u0003\u0004abc"), "ZIP archive", "unpack");
        assertMessage(write("zeros", new byte[4096]), "zeros only");
        assertMessage(write("bytes", new byte[] {1, 2, 3}), "01 02 03");
        assertMessage(write("program", new NullPointerCrash().image()), "an ELF executable");
        assertMessage(write("head", Arrays.copyOf(CORE, 20)), "header is broken");
        assertThatThrownBy(() -> DumpFiles.open(folder.resolve("none"), Limits.defaults()))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void aPackedTextIsNamedToo() throws Exception {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write("just a log".getBytes(StandardCharsets.UTF_8));
        }
        long before = temporaryFiles();
        assertMessage(
                write("log.gz", packed.toByteArray()), "holds, in gz, a text file: \"just a log\"");
        assertThat(temporaryFiles()).isEqualTo(before);
    }

    private void assertMessage(Path file, String... parts) {
        assertThatThrownBy(() -> DumpFiles.open(file, Limits.defaults()))
                .isInstanceOf(UnreadableDumpException.class)
                .message()
                .contains(parts)
                .contains(file.toString());
    }

    private Path text(String name, String content) throws Exception {
        return write(name, content.getBytes(StandardCharsets.ISO_8859_1));
    }

    private Path write(String name, byte[] content) throws Exception {
        return Files.write(folder.resolve(name), content);
    }

    private static long temporaryFiles() throws Exception {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        try (Stream<Path> files = Files.list(temporary)) {
            return files.filter(file -> file.toString().endsWith(".unpacked")).count();
        }
    }
}
