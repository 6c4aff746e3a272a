package dev.mortem.stack.fetch;

import static dev.mortem.stack.fetch.StoreContents.image;
import static dev.mortem.stack.fetch.StoreContents.imageFile;
import static dev.mortem.stack.fetch.StoreContents.pdb;
import static dev.mortem.stack.fetch.StoreContents.pdbFile;
import static dev.mortem.stack.fetch.StoreContents.sym;
import static dev.mortem.stack.fetch.StoreContents.symFile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.CodeId;
import dev.mortem.stack.fetch.StoreChain.Stage;
import dev.mortem.testkit.fakes.FakeServer;
import dev.mortem.testkit.synth.CabSynth;
import dev.mortem.testkit.synth.LzxSynth;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Against a server of this test's own, good and bad, and folders as Microsoft's tools make them. */
class SymbolStoresTest {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final String IMAGE = "/" + imageFile().path();
    private static final String PDB = "/" + pdbFile().path();
    private static final String SYM = "/" + symFile().path();
    private static final String PACKED = PDB.substring(0, PDB.length() - 1) + "_";
    private static final String POINTER = PDB.substring(1, PDB.lastIndexOf('/') + 1);

    @TempDir
    Path folder;

    private final List<Duration> pauses = new ArrayList<>();
    private FakeServer server = unstarted();
    private Instant now = NOON;
    private Limits limits = Limits.defaults();
    private ProxySelector proxies = ProxySelector.of(null);
    private Duration progress = Duration.ofSeconds(20);
    private boolean offline;

    @BeforeEach
    void start() throws IOException {
        server = FakeServer.start();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void eachKindHasItsPathAndIsKept() throws IOException {
        server.on(IMAGE, FakeServer.file(image()))
                .on(PDB, FakeServer.file(pdb(1)))
                .on(SYM, FakeServer.file(sym(StoreContents.DEBUG_ID)));
        assertThat(found(imageFile())).hasBinaryContent(image());
        assertThat(found(pdbFile())).hasBinaryContent(pdb(1));
        assertThat(found(symFile())).hasBinaryContent(sym(StoreContents.DEBUG_ID));
        assertThat(server.requests()).containsExactly(IMAGE, PDB, SYM);
        assertThat(SYM).matches("/small\\.pdb/3249D99D0C4049318610F4E4FB0B69361/small\\.sym");
        offline = true;
        assertThat(found(pdbFile()))
                .isEqualTo(
                        cache().resolve("small.pdb-3249D99D0C4049318610F4E4FB0B69361/small.pdb"));
        assertThat(server.requests()).hasSize(3);
    }

    @Test
    void packedFilesAreUnpackedHoweverTheyWerePacked() throws IOException {
        CabSynth cab = new CabSynth().file("any name", pdb(1));
        List<byte[]> packed =
                List.of(cab.stored(), cab.msZip(), cab.lzx(LzxSynth.of(LzxSynth.Kind.ALIGNED)));
        for (byte[] each : packed) {
            server.on(PACKED, FakeServer.file(each));
            assertThat(found(pdbFile())).hasBinaryContent(pdb(1));
            Files.delete(found(pdbFile()));
        }
        assertThat(server.requests()).startsWith(PDB, PACKED);
    }

    @Test
    void whatIsInNoFormThereIsAskedForInAllFormsAndOnceAnHour() throws IOException {
        assertThat(find(pdbFile())).isEqualTo(new Lookup.NotFound(server.url() + ": 404"));
        assertThat(server.requests())
                .containsExactly(PDB, PACKED, "/" + POINTER + "file.ptr", "/index2.txt");
        assertThat(find(pdbFile()).answer()).contains("within the last hour");
        assertThat(server.requests()).hasSize(4);
        now = NOON.plus(Duration.ofMinutes(61));
        server.on(PDB, FakeServer.file(pdb(1)));
        assertThat(found(pdbFile())).isRegularFile();
    }

    @Test
    void aServerOfTwoTiersIsAskedBelowTheFirstLetters() throws IOException {
        server.on("/index2.txt", FakeServer.file("1".getBytes(StandardCharsets.UTF_8)))
                .on("/sm" + PDB, FakeServer.file(pdb(1)))
                .on("/sm" + IMAGE, FakeServer.file(image()));
        try (Stores stores = new Stores(chainOfServer())) {
            assertThat(stores.find(pdbFile())).isInstanceOf(Lookup.Found.class);
            assertThat(stores.find(imageFile())).isInstanceOf(Lookup.Found.class);
        }
        assertThat(server.requests()).containsOnlyOnce("/index2.txt");
    }

    @Test
    void namesInCapitalsAreAskedForInSmallLettersToo() throws IOException {
        StoreFile capitals = StoreFile.pdb("SMALL.pdb", StoreContents.DEBUG_ID).orElseThrow();
        server.on(PDB, FakeServer.file(pdb(1)));
        assertThat(found(capitals)).hasBinaryContent(pdb(1));
        assertThat(server.requests()).containsExactly("/" + capitals.path(), PDB);
    }

    @Test
    void anotherBuildIsRefused() throws IOException {
        server.on(PDB, FakeServer.file(pdb(2)))
                .on(SYM, FakeServer.file(sym(StoreContents.OTHER_ID)));
        byte[] older = image();
        older[(older[0x3c] & 0xff) + 8] ^= 1;
        server.on(IMAGE, FakeServer.file(older));
        for (StoreFile file : List.of(pdbFile(), symFile(), imageFile())) {
            assertThat(find(file)).isInstanceOf(Lookup.Malformed.class);
            assertThat(find(file).answer()).contains("another build", "not " + file.id());
        }
        assertThat(kept()).isEmpty();
    }

    @Test
    void whatIsCutOffIsRefusedEvenWithTheRightId() throws IOException {
        server.on(PDB, FakeServer.file(Arrays.copyOf(pdb(1), 6 * 512 - 1)))
                .on(IMAGE, FakeServer.file(Arrays.copyOf(image(), image().length - 513)));
        assertThat(find(pdbFile()).answer()).contains("cut off");
        assertThat(find(imageFile()).answer()).contains("cut off");
        server.on(PDB, FakeServer.cutOff(pdb(1), 3000));
        assertThat(find(pdbFile())).isInstanceOf(Lookup.TimedOut.class);
        assertThat(kept()).isEmpty();
    }

    @Test
    void aPageIsNoFile() throws IOException {
        String page = "<!DOCTYPE html>\n<html><body>log in</body></html>";
        byte[] bytes = ("\n " + page).getBytes(StandardCharsets.UTF_8);
        server.on(PDB, FakeServer.page(page))
                .on(IMAGE, FakeServer.file(bytes))
                .on(SYM, FakeServer.file(bytes));
        for (StoreFile file : List.of(pdbFile(), symFile(), imageFile())) {
            assertThat(find(file)).isInstanceOf(Lookup.Malformed.class);
            assertThat(find(file).answer()).contains("a web page in place of " + file);
        }
        server.on(PDB, FakeServer.status(404)).on(PACKED, FakeServer.page(page));
        assertThat(find(pdbFile()).answer()).contains("web page");
        server.on(PACKED, FakeServer.file(bytes));
        assertThat(find(pdbFile()).answer()).contains("cannot be unpacked", "MSCF");
        assertThat(kept()).isEmpty();
    }

    @Test
    void aServerThatIsBusyIsAskedAgainAfterAPause() throws IOException {
        server.on(
                PDB,
                FakeServer.withStatus(429, "Retry-After", "3"),
                FakeServer.withStatus(503, "Retry-After", "86400"),
                FakeServer.file(pdb(1)));
        assertThat(found(pdbFile())).isRegularFile();
        assertThat(pauses).containsExactly(Duration.ofSeconds(3), Duration.ofSeconds(10));
        pauses.clear();
        server.on(IMAGE, FakeServer.status(429));
        assertThat(find(imageFile())).isEqualTo(new Lookup.TimedOut(server.url() + ": 429"));
        assertThat(pauses).containsExactly(Duration.ofMillis(300), Duration.ofMillis(1200));
    }

    @Test
    void aServerThatIsNotThereIsTriedThreeTimes() throws IOException {
        server.close();
        assertThat(find(pdbFile()).answer()).contains("not reachable");
        assertThat(pauses).hasSize(2);
    }

    @Test
    void aSlowServerIsLeft() throws IOException {
        progress = Duration.ofMillis(300);
        server.on(PDB, FakeServer.stalled(pdb(1), 1000));
        assertThat(find(pdbFile()).answer()).contains("timed out");
        assertThat(kept()).isEmpty();
    }

    @Test
    void redirectionsInACircleEnd() throws IOException {
        server.on(PDB, FakeServer.redirect("/a"))
                .on("/a", FakeServer.redirect("/b"))
                .on("/b", FakeServer.redirect("/a"));
        assertThat(find(pdbFile()).answer()).contains("more than 5 redirections");
        server.on("/b", FakeServer.redirect("/blob?sig=1%2F")).on("/blob", FakeServer.file(pdb(1)));
        assertThat(found(pdbFile())).isRegularFile();
    }

    @Test
    void sizesThatLieDoNoHarm() throws IOException {
        limits = limits.with(FetchSession.FILE_BYTES, 2000);
        server.on(PDB, FakeServer.file(pdb(1)));
        assertThat(find(pdbFile()).answer()).contains("at most 2000");
        limits = Limits.defaults();
        byte[] cab = new CabSynth().file("a", pdb(1)).msZip();
        cab[44 + 3] = 0x40; // CFFILE.cbFile: a gibibyte more
        server.on(PDB, FakeServer.status(404)).on(PACKED, FakeServer.file(cab));
        assertThat(find(pdbFile()).answer()).contains("cannot be unpacked", "at most");
        server.on(
                PACKED,
                FakeServer.file(
                        new CabSynth().file("a", pdb(1)).file("b", pdb(1)).stored()));
        assertThat(find(pdbFile()).answer()).contains("a cabinet of 2 files");
        assertThat(kept()).isEmpty();
    }

    @Test
    void serversAreReachedThroughTheProxy() throws IOException {
        server.on(PDB, FakeServer.file(pdb(1)));
        URI url = URI.create(server.url());
        proxies = ProxySelector.of(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), url.getPort()));
        try (Stores stores = new Stores(new StoreChain(
                List.of(new Stage.Server(ServerUrl.of("http://symbols.invalid")))))) {
            assertThat(stores.find(pdbFile())).isInstanceOf(Lookup.Found.class);
        }
        assertThat(server.requests()).containsExactly(PDB);
    }

    @Test
    void severalFilesAreFetchedAtOnceAndNotTooMany() throws Exception {
        CountDownLatch four = new CountDownLatch(4);
        List<StoreFile> files = IntStream.range(0, 8)
                .mapToObj(each -> StoreFile.pdb("p" + each + ".pdb", StoreContents.DEBUG_ID)
                        .orElseThrow())
                .toList();
        for (StoreFile file : files) {
            server.on("/" + file.path(), FakeServer.together(four, FakeServer.file(pdb(1))));
        }
        try (Stores stores = new Stores(chainOfServer());
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Lookup>> answers = files.stream()
                    .map(file -> threads.submit(() -> stores.find(file)))
                    .toList();
            for (Future<Lookup> answer : answers) {
                assertThat(answer.get()).isInstanceOf(Lookup.Found.class);
            }
        }
        assertThat(four.getCount()).isZero();
    }

    @Test
    void aFarStoresFileIsKeptInTheNearerOnes() throws IOException {
        server.on(PDB, FakeServer.file(pdb(1)));
        Path near = folder.resolve("near");
        Path far = folder.resolve("far");
        Files.createDirectories(far);
        Files.createFile(far.resolve("index2.txt"));
        StoreChain chain = new StoreChain(List.of(
                new Stage.Folder(near),
                new Stage.Folder(far),
                new Stage.Server(ServerUrl.of(server.url()))));
        assertThat(found(pdbFile(), chain)).isEqualTo(near.resolve(pdbFile().path()));
        assertThat(near.resolve(pdbFile().path())).hasBinaryContent(pdb(1));
        assertThat(far.resolve("sm").resolve(pdbFile().path())).hasBinaryContent(pdb(1));
        assertThat(kept()).isEmpty();
        assertThat(found(pdbFile(), chain)).isRegularFile();
        assertThat(server.requests()).containsExactly(PDB);
    }

    @Test
    void aFolderIsSearchedInAnyCaseTierAndForm() throws IOException {
        Path flat = Files.createDirectories(folder.resolve("flat"));
        write(flat, "Small.PDB/" + pdbFile().id().toLowerCase(Locale.ROOT) + "/SMALL.pdb", pdb(1));
        assertThat(found(pdbFile(), chainOf(flat))).hasBinaryContent(pdb(1));
        Path tiers = Files.createDirectories(folder.resolve("tiers"));
        Files.createFile(tiers.resolve("index2.txt"));
        String packed = "sm/" + imageFile().path().replaceFirst("small.dll$", "small.dl_");
        write(tiers, packed, new CabSynth().file("small.dll", image()).msZip());
        assertThat(found(imageFile(), chainOf(tiers))).hasBinaryContent(image());
        assertThat(found(imageFile(), chainOf(tiers))).startsWith(cache());
        assertThat(find(symFile(), chainOf(tiers))).isInstanceOf(Lookup.NotFound.class);
    }

    @Test
    void aWrongFileInAFolderIsNamed() throws IOException {
        Path store = Files.createDirectories(folder.resolve("store"));
        write(store, pdbFile().path(), pdb(2));
        assertThat(find(pdbFile(), chainOf(store)).answer())
                .contains(store.resolve(pdbFile().path()).toString(), "another build");
    }

    @Test
    void pointersLeadIntoFoldersOfTheUserOnly() throws IOException {
        Path store = Files.createDirectories(folder.resolve("store"));
        Path named = Files.createDirectories(folder.resolve("named"));
        Path elsewhere = Files.createDirectories(folder.resolve("elsewhere"));
        Path good = Files.write(named.resolve("a.pdb"), pdb(1));
        Path secret = Files.write(elsewhere.resolve("b.pdb"), pdb(1));
        Path link = Files.createSymbolicLink(named.resolve("c.pdb"), secret);
        assertThat(pointed(store, "PATH:" + good, named)).isInstanceOf(Lookup.Found.class);
        assertThat(pointed(store, good + "\r\n", named)).isInstanceOf(Lookup.Found.class);
        assertThat(pointed(store, "PATH:" + secret, named).answer()).contains("not followed");
        assertThat(pointed(store, "PATH:" + link, named).answer()).contains("not followed");
        assertThat(pointed(store, "PATH:" + named + "/../elsewhere/b.pdb", named)
                        .answer())
                .contains("not followed");
        assertThat(pointed(store, "PATH:\\\\server\\share\\a.pdb", named).answer())
                .contains("a Windows share");
        assertThat(pointed(store, "PATH:C:\\a.pdb", named).answer()).contains("no file here");
        assertThat(pointed(store, "MSG: moved to\u001b[2J tape", named).answer())
                .contains("file.ptr says: moved to")
                .doesNotContain("\u001b");
    }

    @Test
    void aServersPointerIsHeldToTheSame() throws IOException {
        Path named = Files.createDirectories(folder.resolve("named"));
        Path good = Files.write(named.resolve("a.pdb"), pdb(1));
        String pointer = "/" + POINTER + "file.ptr";
        server.on(pointer, FakeServer.file(("PATH:" + good).getBytes(StandardCharsets.UTF_8)));
        assertThat(find(pdbFile()).answer()).contains("not followed");
        try (Stores stores = new Stores(chainOfServer(), named)) {
            assertThat(((Lookup.Found) stores.find(pdbFile())).file()).startsWith(cache());
        }
        assertThat(good).hasBinaryContent(pdb(1));
    }

    @Test
    void offlineOnlyFoldersAndTheCacheAreUsed() throws IOException {
        offline = true;
        assertThat(find(pdbFile())).isInstanceOf(Lookup.Denied.class);
        assertThat(find(pdbFile()).answer()).contains("--offline");
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void microsoftIsNotAskedForFilesThatItDoesNotHave() throws IOException {
        StoreChain chain =
                new StoreChain(List.of(new Stage.Server(ServerUrl.of(SymbolPath.MICROSOFT))));
        proxies = ProxySelector.of(new InetSocketAddress(
                InetAddress.getLoopbackAddress(), URI.create(server.url()).getPort()));
        assertThat(find(symFile(), chain)).isInstanceOf(Lookup.NotFound.class);
        assertThat(server.requests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "..",
                ".hidden",
                "a/b.dll",
                "a\\b.dll",
                "c:x.dll",
                "a\nb",
                "a*",
                "a?b"
            })
    void namesThatLeadElsewhereAreInNoStore(String name) {
        assertThat(StoreFile.image(name, new CodeId(1, 2))).isEmpty();
    }

    @Test
    void namesHaveALength() {
        assertThat(StoreFile.image("a".repeat(150), new CodeId(1, 2))).isPresent();
        assertThat(StoreFile.image("a".repeat(151), new CodeId(1, 2))).isEmpty();
        assertThat(StoreFile.image("ä".repeat(76), new CodeId(1, 2))).isEmpty();
    }

    private Lookup pointed(Path store, String text, Path named) throws IOException {
        write(store, POINTER + "file.ptr", text.getBytes(StandardCharsets.UTF_8));
        try (Stores stores = new Stores(chainOf(store), named)) {
            return stores.find(pdbFile());
        }
    }

    private static void write(Path store, String name, byte[] content) throws IOException {
        Path file = store.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, content);
    }

    private Path found(StoreFile file) throws IOException {
        return found(file, chainOfServer());
    }

    private Path found(StoreFile file, StoreChain chain) throws IOException {
        Lookup answer = find(file, chain);
        assertThat(answer).isInstanceOf(Lookup.Found.class);
        return ((Lookup.Found) answer).file();
    }

    private Lookup find(StoreFile file) throws IOException {
        return find(file, chainOfServer());
    }

    private Lookup find(StoreFile file, StoreChain chain) throws IOException {
        try (Stores stores = new Stores(chain)) {
            return stores.find(file);
        }
    }

    private StoreChain chainOfServer() {
        return new StoreChain(List.of(new Stage.Server(ServerUrl.of(server.url()))));
    }

    private static StoreChain chainOf(Path folder) {
        return new StoreChain(List.of(new Stage.Folder(folder)));
    }

    /** A session of its own for each, as each command has. */
    private final class Stores implements StoreSource, AutoCloseable {
        private final FetchSession session;
        private final SymbolStores stores;

        Stores(StoreChain chain, Path... folders) {
            session = FetchSession.of(new FetchSession.Setup(
                    cache(),
                    offline,
                    "mortem/test",
                    () -> now,
                    new FetchTimes(
                            Duration.ofSeconds(20),
                            progress,
                            Duration.ofSeconds(60),
                            Duration.ofMillis(300)),
                    pauses::add,
                    proxies,
                    ServerTrust.ofJvm(),
                    limits,
                    sentence -> {}));
            stores = new SymbolStores(session, List.of(chain), List.of(folders), () -> now);
        }

        @Override
        public Lookup find(StoreFile file) {
            return stores.find(file);
        }

        @Override
        public void close() {
            session.close();
        }
    }

    private Path cache() {
        return folder.resolve("caches/symbols");
    }

    private List<Path> kept() throws IOException {
        if (!Files.exists(cache())) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(cache())) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> file.toFile().length() > 0)
                    .toList();
        }
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
}
