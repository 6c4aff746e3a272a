package dev.mortem.stack.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.limit.Limits;
import dev.mortem.testkit.fakes.FakeServer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/** Against a server of this test's own, good and bad; the cache is looked at from outside. */
class DebuginfodClientTest {
    private static final String ID = "0123456789abcdef0123456789abcdef01234567";
    private static final String OTHER_ID = "ff23456789abcdef0123456789abcdef01234567";
    private static final String DEBUG = "/buildid/" + ID + "/debuginfo";
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final FetchTimes PATIENT = new FetchTimes(
            Duration.ofSeconds(20),
            Duration.ofSeconds(20),
            Duration.ofSeconds(60),
            Duration.ofMillis(1));

    @TempDir
    Path folder;

    private final List<String> heard = new ArrayList<>();
    private FakeServer server = unstarted();
    private Instant now = NOON;
    private FetchTimes times = PATIENT;

    @BeforeEach
    void start() throws IOException {
        server = FakeServer.start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void aFileIsFetchedOnceAndKept() throws IOException {
        server.on(DEBUG, FakeServer.file(elf(ID, 5000)));
        Lookup.Found found = (Lookup.Found) ask(client());
        assertThat(found.file()).hasBinaryContent(elf(ID, 5000));
        assertThat(found.file()).isEqualTo(cache().resolve(ID).resolve("debuginfo"));
        assertThat(mode(found.file())).isEqualTo("rw-------");
        assertThat(mode(cache())).isEqualTo("rwx------");
        assertThat(mode(cache().resolve(ID))).isEqualTo("rwx------");
        assertThat(ask(client())).isInstanceOf(Lookup.Found.class);
        assertThat(server.requests()).containsExactly(DEBUG);
        assertThat(heard).hasSize(1).first().asString().contains(server.url(), ID);
    }

    @Test
    void executablesAndSourcesHaveTheirOwnPaths() throws IOException {
        String source = "/buildid/" + ID + "/source/usr/src/a%20b%23/%C3%A4.c";
        server.on("/buildid/" + ID + "/executable", FakeServer.file(elf(ID, 10)))
                .on(source, FakeServer.file("int x;\n".getBytes(StandardCharsets.UTF_8)));
        try (OwnSession client = client()) {
            assertThat(client.executable(ID)).isInstanceOf(Lookup.Found.class);
            Lookup.Found found = (Lookup.Found) client.source(ID, "/usr/src/a b#/ä.c");
            assertThat(found.file()).hasContent("int x;");
            assertThat(client.source(ID, "relative.c")).isInstanceOf(Lookup.Unsupported.class);
            assertThat(client.source(ID, "/a\nb.c")).isInstanceOf(Lookup.Unsupported.class);
        }
    }

    @Test
    void whatIsNotThereIsNotAskedForAgainWithinAnHour() throws IOException {
        Lookup first = ask(client());
        assertThat(first).isEqualTo(new Lookup.NotFound(server.url() + ": 404"));
        now = NOON.plus(Duration.ofMinutes(59));
        assertThat(ask(client()))
                .isEqualTo(new Lookup.NotFound(server.url() + ": 404 within the last hour"));
        assertThat(server.requests()).hasSize(1);
        now = NOON.plus(Duration.ofMinutes(61));
        server.on(DEBUG, FakeServer.file(elf(ID, 10)));
        assertThat(ask(client())).isInstanceOf(Lookup.Found.class);
    }

    @Test
    void theNextServerIsAskedWhereTheFirstHasNothing() throws IOException {
        try (FakeServer second = FakeServer.start()) {
            second.on("/mirror" + DEBUG, FakeServer.file(elf(ID, 10)));
            List<ServerUrl> both =
                    List.of(ServerUrl.of(server.url()), ServerUrl.of(second.url() + "/mirror/"));
            try (OwnSession client = client(both, false, Limits.defaults())) {
                assertThat(client.debugFile(ID)).isInstanceOf(Lookup.Found.class);
                assertThat(client.executable(ID).answer())
                        .isEqualTo(server.url() + ": 404; " + second.url() + "/mirror: 404");
            }
        }
    }

    @Test
    void aSlowServerIsLeftAndNothingIsKept() throws IOException {
        times = new FetchTimes(
                PATIENT.connect(), Duration.ofMillis(300), PATIENT.whole(), PATIENT.pause());
        server.on(DEBUG, FakeServer.stalled(elf(ID, 1000), 0));
        Lookup late = ask(client());
        assertThat(late).isInstanceOf(Lookup.TimedOut.class);
        assertThat(late.answer()).contains("timed out", "300 ms");
        server.on(DEBUG, FakeServer.stalled(elf(ID, 1000), 500));
        assertThat(ask(client())).isInstanceOf(Lookup.TimedOut.class);
        assertThat(kept()).isEmpty();
        times = new FetchTimes(
                PATIENT.connect(), PATIENT.progress(), Duration.ofMillis(300), PATIENT.pause());
        assertThat(ask(client()).answer()).contains("not whole after 300 ms");
        times = PATIENT;
        server.on(DEBUG, FakeServer.file(elf(ID, 1000)));
        assertThat(ask(client())).isInstanceOf(Lookup.Found.class);
    }

    @Test
    void aServerThatCannotBeHadIsNotAskedForEverything() throws IOException {
        String gone = server.url();
        server.close();
        try (OwnSession client = client(List.of(ServerUrl.of(gone)), false, Limits.defaults())) {
            assertThat(client.debugFile(ID).answer()).contains("not reachable");
            assertThat(client.executable(ID)).isInstanceOf(Lookup.TimedOut.class);
            assertThat(client.debugFile(OTHER_ID).answer()).contains("not asked again after 2");
        }
        assertThat(heard).hasSize(2);
    }

    @Test
    void whatMayPassIsTriedThreeTimes() throws IOException {
        byte[] file = elf(ID, 100_000);
        server.on(
                DEBUG,
                FakeServer.status(503),
                FakeServer.cutOff(file, 70_000),
                FakeServer.file(file));
        assertThat(((Lookup.Found) ask(client())).file()).hasBinaryContent(file);
        assertThat(server.requests()).hasSize(3);
    }

    @Test
    void whatDoesNotPassIsSaid() throws IOException {
        server.on(DEBUG, FakeServer.cutOff(elf(ID, 1000), 900));
        Lookup cut = ask(client());
        assertThat(cut).isInstanceOf(Lookup.TimedOut.class);
        assertThat(cut.answer()).contains("cut off");
        server.on(DEBUG, FakeServer.status(500));
        assertThat(ask(client())).isEqualTo(new Lookup.TimedOut(server.url() + ": 500"));
        assertThat(server.requests()).hasSize(6);
        server.on(DEBUG, FakeServer.status(403));
        assertThat(ask(client())).isEqualTo(new Lookup.Denied(server.url() + ": 403"));
        server.on(DEBUG, FakeServer.status(418));
        assertThat(ask(client())).isEqualTo(new Lookup.Unsupported(server.url() + ": 418"));
        assertThat(server.requests()).hasSize(8);
        assertThat(kept()).isEmpty();
    }

    @Test
    void aCutThatOnlyTheStatedSizeShowsIsSeen() throws IOException {
        server.on(DEBUG, FakeServer.withHeader("X-DEBUGINFOD-SIZE", "9999", elf(ID, 100)));
        assertThat(ask(client()).answer()).contains("cut off", "of 9999 bytes");
        assertThat(kept()).isEmpty();
    }

    @Test
    void anotherBuildIsRefusedAndDeleted() throws IOException {
        server.on(DEBUG, FakeServer.file(elf(OTHER_ID, 1000)));
        Lookup wrong = ask(client());
        assertThat(wrong).isInstanceOf(Lookup.Malformed.class);
        assertThat(wrong.answer()).contains(OTHER_ID, "not " + ID, "deleted");
        assertThat(kept()).isEmpty();
    }

    @Test
    void aPageIsNoFile() throws IOException {
        server.on(DEBUG, FakeServer.page("<html>please log in</html>"));
        assertThat(ask(client()).answer()).contains("no ELF file");
        server.on("/buildid/" + ID + "/source/a.c", FakeServer.page("<html>please log in</html>"));
        try (OwnSession client = client()) {
            assertThat(client.source(ID, "/a.c").answer()).contains("web page");
        }
        server.on(DEBUG, FakeServer.file(new byte[0]));
        assertThat(ask(client()).answer()).contains("empty");
        server.on(DEBUG, FakeServer.file(Arrays.copyOf(elf(ID, 0), 70)));
        assertThat(ask(client())).isInstanceOf(Lookup.Malformed.class);
        assertThat(kept()).isEmpty();
    }

    @Test
    void redirectionsAreFollowedAsFarAsTheyLeadToWebServers() throws IOException {
        server.on(DEBUG, FakeServer.redirect("/elsewhere"))
                .on("/elsewhere", FakeServer.redirect(server.url() + "/there"))
                .on("/there", FakeServer.file(elf(ID, 10)));
        assertThat(ask(client())).isInstanceOf(Lookup.Found.class);
        for (String wrong : List.of("file:///etc/passwd", "ftp://h/x", "http:///x", "::")) {
            server.on("/buildid/" + OTHER_ID + "/debuginfo", FakeServer.redirect(wrong));
            try (OwnSession client = client()) {
                assertThat(client.debugFile(OTHER_ID)).isInstanceOf(Lookup.Malformed.class);
            }
        }
        server.on("/circle", FakeServer.redirect("/circle"))
                .on("/buildid/" + OTHER_ID + "/debuginfo", FakeServer.redirect("/circle"));
        try (OwnSession client = client()) {
            assertThat(client.debugFile(OTHER_ID).answer()).contains("5 redirections");
        }
    }

    @Test
    void whatIsTooLargeIsRefusedWhetherItSaysSoOrNot() throws IOException {
        Limits small = Limits.defaults().with(FetchSession.FILE_BYTES, 1000);
        byte[] large = elf(ID, 2000);
        server.on(DEBUG, FakeServer.file(large));
        assertThat(ask(client(small)).answer()).contains("2176 bytes, at most 1000");
        server.on(DEBUG, FakeServer.chunked(large));
        assertThat(ask(client(small))).isInstanceOf(Lookup.Unsupported.class);
        server.on(DEBUG, FakeServer.gzip(elf(ID, 2000)));
        assertThat(ask(client(small)).answer()).contains("when unpacked");
        assertThat(kept()).isEmpty();
    }

    @Test
    void sourcesHaveASmallerLimitThanDebugFiles() throws IOException {
        Limits small = Limits.defaults().with(DebuginfodClient.SOURCE_BYTES, 1000);
        server.on("/buildid/" + ID + "/source/a.c", FakeServer.file(new byte[1001]))
                .on("/buildid/" + ID + "/source/b.c", FakeServer.file(new byte[1000]))
                .on(DEBUG, FakeServer.file(elf(ID, 2000)));
        try (OwnSession client = client(small)) {
            assertThat(client.source(ID, "/a.c").answer()).contains("1001 bytes, at most 1000");
            assertThat(client.source(ID, "/b.c")).isInstanceOf(Lookup.Found.class);
            assertThat(client.debugFile(ID)).isInstanceOf(Lookup.Found.class);
        }
    }

    /** The build id stands in front: a server that gave half a file has given the right id. */
    @Test
    void aFileThatEndsBeforeWhatItsHeadersNameIsRefused() throws IOException {
        byte[] cut = elf(ID, 2000);
        ByteBuffer.wrap(cut)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(40, cut.length - 63) // e_shoff
                .putShort(60, (short) 1); // e_shnum
        server.on(DEBUG, FakeServer.file(cut));
        Lookup refused = ask(client());
        assertThat(refused).isInstanceOf(Lookup.Malformed.class);
        assertThat(refused.answer()).contains("cut off", "section headers", "2177", "2176");
        byte[] shorter = Arrays.copyOf(elf(ID, 0), 176);
        ByteBuffer.wrap(shorter).order(ByteOrder.LITTLE_ENDIAN).putLong(64 + 32, 57);
        server.on(DEBUG, FakeServer.file(shorter));
        assertThat(ask(client()).answer()).contains("cut off", "segment 0", "177", "176");
        assertThat(kept()).isEmpty();
    }

    @Test
    void whatTheCacheHoldsIsCounted() throws IOException {
        assertThat(FetchSession.cachedBytes(cache())).isZero();
        server.on(DEBUG, FakeServer.file(elf(ID, 2000)));
        ask(client());
        ask(client(), OTHER_ID);
        assertThat(FetchSession.cachedBytes(cache())).isEqualTo(2176);
    }

    @Test
    void gzipIsUnpackedAndNothingElse() throws IOException {
        server.on(DEBUG, FakeServer.gzip(elf(ID, 3000)));
        assertThat(((Lookup.Found) ask(client())).file()).hasBinaryContent(elf(ID, 3000));
        String other = "/buildid/" + OTHER_ID + "/debuginfo";
        byte[] bytes = elf(OTHER_ID, 10);
        for (String encoding : List.of("gzip", "br", "deflate")) {
            server.on(other, FakeServer.withHeader("Content-Encoding", encoding, bytes));
            try (OwnSession client = client()) {
                assertThat(client.debugFile(OTHER_ID))
                        .isNotInstanceOf(Lookup.Found.class)
                        .isNotInstanceOf(Lookup.NotFound.class);
            }
        }
        assertThat(kept()).hasSize(1);
    }

    @Test
    void offlineTheCacheIsUsedAndNobodyIsAsked() throws IOException {
        List<ServerUrl> named = List.of(ServerUrl.of(server.url()));
        try (OwnSession client = client(named, true, Limits.defaults())) {
            assertThat(client.debugFile(ID)).isInstanceOf(Lookup.Denied.class);
        }
        server.on(DEBUG, FakeServer.file(elf(ID, 10)));
        ask(client());
        try (OwnSession client = client(named, true, Limits.defaults())) {
            assertThat(client.debugFile(ID)).isInstanceOf(Lookup.Found.class);
            assertThat(client.executable(ID).answer()).contains("--offline");
        }
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void severalThatAskAtOnceSeeWholeFilesOnly() throws Exception {
        byte[] file = elf(ID, 300_000);
        CountDownLatch bothAsk = new CountDownLatch(2);
        server.on(DEBUG, FakeServer.together(bothAsk, FakeServer.file(file)));
        try (OwnSession one = client();
                OwnSession other = client();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Lookup>> asked = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                OwnSession client = thread % 2 == 0 ? one : other;
                asked.add(threads.submit(() -> client.debugFile(ID)));
            }
            for (Future<Lookup> each : asked) {
                assertThat(((Lookup.Found) each.get()).file()).hasBinaryContent(file);
            }
        }
        assertThat(server.requests()).hasSize(2); // one for each client
        assertThat(kept()).containsExactly(cache().resolve(ID).resolve("debuginfo"));
    }

    @Test
    void whatAKilledProcessLeftIsNeverUsedAndGoesInTime() throws IOException {
        ask(client());
        Path part = Files.write(cache().resolve(ID).resolve(".part-1234"), elf(ID, 10));
        assertThat(ask(client())).isInstanceOf(Lookup.NotFound.class);
        Files.setLastModifiedTime(part, FileTime.from(NOON));
        now = NOON.plus(Duration.ofHours(25));
        server.on(DEBUG, FakeServer.file(elf(ID, 20)));
        assertThat(((Lookup.Found) ask(client())).file()).hasBinaryContent(elf(ID, 20));
        assertThat(part).doesNotExist();
    }

    @Test
    void aKeptFileThatWasDamagedIsFetchedAnew() throws IOException {
        server.on(DEBUG, FakeServer.file(elf(ID, 10)));
        Path file = ((Lookup.Found) ask(client())).file();
        Files.write(file, Arrays.copyOf(elf(ID, 10), 90));
        assertThat(((Lookup.Found) ask(client())).file()).hasBinaryContent(elf(ID, 10));
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void linksInTheCacheAreNotFollowed() throws IOException {
        server.on(DEBUG, FakeServer.file(elf(ID, 10)));
        Path elsewhere = Files.write(folder.resolve("elsewhere"), elf(ID, 99));
        ask(client(), OTHER_ID);
        Files.createDirectory(
                cache().resolve(ID),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.createSymbolicLink(cache().resolve(ID).resolve("debuginfo"), elsewhere);
        assertThat(((Lookup.Found) ask(client())).file()).hasBinaryContent(elf(ID, 10));
        assertThat(elsewhere).hasBinaryContent(elf(ID, 99));
    }

    @Test
    void aCacheThatOthersCanWriteToIsRefused() throws IOException {
        Files.createDirectories(cache());
        Files.setPosixFilePermissions(cache(), PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(this::client)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("others can write");
    }

    @Test
    void theCacheIsBoundedAndLosesWhatWasUsedLongestAgo() throws IOException {
        Limits small = Limits.defaults().with(FetchCache.CACHE_BYTES, 5000);
        List<String> ids = Stream.of("aa", "bb", "cc").map(end -> ID + end).toList();
        for (String id : ids) {
            server.on("/buildid/" + id + "/debuginfo", FakeServer.file(elf(id, 1800)));
        }
        ask(client(small), ids.get(0));
        now = NOON.plusSeconds(1);
        ask(client(small), ids.get(1));
        now = NOON.plusSeconds(2);
        ask(client(small), ids.get(0));
        now = NOON.plusSeconds(3);
        ask(client(small), ids.get(2));
        assertThat(kept())
                .extracting(file -> file.subpath(file.getNameCount() - 2, file.getNameCount() - 1)
                        .toString())
                .containsExactlyInAnyOrder(ids.get(0), ids.get(2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "xyz1", "ABCD", "../../etc", "abc", "12345"})
    void whatIsNoBuildIdIsNotAskedFor(String id) throws IOException {
        assertThat(ask(client(), id)).isInstanceOf(Lookup.Unsupported.class);
        assertThat(server.requests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://h/",
                "http://",
                "https:///x",
                "file:///x",
                "http://u:secret@h/",
                "http://h/?q",
                "http://h/#f",
                "http://h h/",
                "x"
            })
    void whatIsNoServerIsRefusedWithoutItsPassword(String url) {
        assertThatThrownBy(() -> ServerUrl.of(url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("secret");
    }

    private Lookup ask(OwnSession client) {
        return ask(client, ID);
    }

    private static Lookup ask(OwnSession client, String id) {
        try (client) {
            return client.debugFile(id);
        }
    }

    private OwnSession client() throws IOException {
        return client(Limits.defaults());
    }

    private OwnSession client(Limits limits) throws IOException {
        return client(List.of(ServerUrl.of(server.url())), false, limits);
    }

    private OwnSession client(List<ServerUrl> servers, boolean offline, Limits limits)
            throws IOException {
        InstantSource clock = () -> now;
        return OwnSession.of(
                OwnSession.setup(cache(), offline, clock, times, limits, sentence -> {
                    synchronized (heard) {
                        heard.add(sentence);
                    }
                }),
                servers);
    }

    private Path cache() {
        return folder.resolve("caches/debuginfod");
    }

    /** Files with content: markers of what is absent have none. */
    private List<Path> kept() throws IOException {
        try (Stream<Path> files = Files.walk(cache())) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.toFile().length() > 0)
                    .toList();
        }
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static FakeServer unstarted() {
        try {
            FakeServer server = FakeServer.start();
            server.close();
            return server;
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        }
    }

    /** A little-endian ELF64 file of one PT_NOTE with that build id (gABI), and some bytes more. */
    static byte[] elf(String buildId, int more) {
        byte[] id = HexFormat.of().parseHex(buildId);
        ByteBuffer file = ByteBuffer.allocate(176 + more).order(ByteOrder.LITTLE_ENDIAN);
        file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0}).putLong(0);
        file.putShort((short) 3)
                .putShort((short) 62)
                .putInt(1)
                .putLong(0)
                .putLong(64)
                .putLong(0);
        file.putInt(0).putShort((short) 64).putShort((short) 56).putShort((short) 1);
        file.putShort((short) 64).putShort((short) 0).putShort((short) 0);
        int noteBytes = 16 + id.length;
        file.putInt(4).putInt(4).putLong(120).putLong(120).putLong(120);
        file.putLong(noteBytes).putLong(noteBytes).putLong(4);
        file.putInt(4)
                .putInt(id.length)
                .putInt(3)
                .put(new byte[] {'G', 'N', 'U', 0})
                .put(id);
        return file.array();
    }
}
