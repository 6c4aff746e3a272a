package dev.mortem.os.linux.proc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.os.JitMapFile;
import dev.mortem.os.linux.proc.PerfMaps.Found;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Optional;

class PerfMapsTest {
    private static final String LINE = "1000 40 total\n";
    private static final Instant STARTED = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    Path root;

    private Path map = Path.of("");
    private StatusFile owner = StatusFile.parse("");

    @BeforeEach
    void write() throws IOException {
        Files.createDirectory(root.resolve("tmp"));
        map = Files.writeString(root.resolve("tmp/perf-7.map"), LINE);
        owner = user(String.valueOf(Files.getAttribute(map, "unix:uid")));
    }

    @Test
    void whatTheProcessAppendsLaterIsNotCopied() throws IOException {
        Files.writeString(map, "2000 40 ha", StandardOpenOption.APPEND);
        try (JitMapFile file = opened(find())) {
            assertThat(file.path()).isEqualTo("/tmp/perf-7.map");
            Files.writeString(map, "lf\n3000 40 later\n", StandardOpenOption.APPEND);
            Files.delete(map);
            assertThat(copied(file, 1 << 20)).isEqualTo(LINE);
            assertThat(copied(file, LINE.length())).isEqualTo(LINE);
            assertThat(copied(file, LINE.length() - 1)).isEmpty();
        }
    }

    @Test
    void aLongMapIsCopiedInPieces() throws IOException {
        String text = LINE.repeat(20_000);
        Files.writeString(map, text);
        try (JitMapFile file = opened(find())) {
            assertThat(copied(file, 1 << 20)).isEqualTo(text);
        }
    }

    @Test
    void withoutAMapThereIsNothingToSay() throws IOException {
        Files.delete(map);
        assertThat(find()).isEqualTo(new Found.None());
        Files.delete(root.resolve("tmp"));
        assertThat(find()).isEqualTo(new Found.None());
    }

    @Test
    void linksAndWhatIsNoFileAreRefused() throws IOException {
        Path real = Files.move(map, root.resolve("secret"));
        Files.createSymbolicLink(map, real);
        assertThat(why()).isEqualTo("is no regular file");
        Files.delete(map);
        Files.createDirectory(map);
        assertThat(why()).isEqualTo("is no regular file");
        Files.delete(map);
        Path elsewhere = Files.move(root.resolve("tmp"), root.resolve("elsewhere"));
        Files.move(real, elsewhere.resolve("perf-7.map"));
        Files.createSymbolicLink(root.resolve("tmp"), elsewhere);
        assertThat(why()).startsWith("cannot be opened");
    }

    @Test
    void anotherUsersFileIsRefused() {
        owner = user("4294967294");
        boolean isRoots = find() instanceof Found.Open; // root may write for anybody
        if (!isRoots) {
            assertThat(why()).startsWith("belongs to user ");
        }
        assertThat(Files.exists(map)).isTrue();
    }

    @Test
    void aFileFromBeforeTheProcessIsAnothers() throws IOException {
        Files.setLastModifiedTime(map, FileTime.from(STARTED.minusSeconds(1)));
        opened(find()).close(); // the start is known to the second or so
        Files.setLastModifiedTime(map, FileTime.from(STARTED.minusSeconds(60)));
        assertThat(why()).startsWith("was last written before the process started");
    }

    private Found find() {
        return PerfMaps.open(root, 7, owner, Optional.of(STARTED));
    }

    private String why() {
        return find() instanceof Found.Refused refused ? refused.why() : "believed";
    }

    private static JitMapFile opened(Found found) {
        assertThat(found).isInstanceOf(Found.Open.class);
        return ((Found.Open) found).file();
    }

    private static String copied(JitMapFile file, long bytesMax) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(file.copyTo(out, bytesMax)).isEqualTo(out.size());
        return out.toString(StandardCharsets.UTF_8);
    }

    private static StatusFile user(String uid) {
        return StatusFile.parse(
                "Name:\tshop\nUid:\t%s\t%s\t%s\t%s\n".formatted(uid, uid, uid, uid));
    }
}
