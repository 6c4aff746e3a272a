package dev.mortem.stack.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.limit.Limits;
import dev.mortem.stack.fetch.StoreChain.Stage;
import dev.mortem.testkit.fakes.FakeServer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.ProxySelector;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Several processes fill one cache and are killed on the way: what has a name in it is whole and right. */
class KilledFetchTest {
    private static final int FILES = 4;
    private static final int VICTIMS = 3;
    private static final int DEADLINE_SECONDS = 60;

    @TempDir
    Path folder;

    private FakeServer server = unstarted();

    /** Runs in a JVM of its own: fetches all files, and stops for ever at a step of one of them. */
    static final class Victim {
        private Victim() {}

        /** CACHE URL STEP NUMBER: the step is that of the file with the number, from 0. */
        public static void main(String[] arguments) {
            int[] left = {Integer.parseInt(arguments[3])};
            CacheStep.Listener listener = step -> {
                if (step.name().equals(arguments[2]) && left[0]-- == 0) {
                    hold();
                }
            };
            fetchAll(Path.of(arguments[0]), arguments[1], listener);
            System.out.println("ended without that step");
        }

        /** Until the test kills this process, or is itself gone. */
        private static void hold() {
            System.out.println("ready");
            try {
                int read = 0;
                while (read >= 0) {
                    read = System.in.read();
                }
            } catch (IOException closed) {
                throw new IllegalStateException(closed);
            }
        }
    }

    @BeforeEach
    void start() throws IOException {
        server = FakeServer.start();
        for (int file = 0; file < FILES; file++) {
            server.on("/" + file(file).path(), FakeServer.file(content(file)));
        }
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whateverWasDoneTheCacheHoldsNothingWrong(long seed) throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        List<Process> victims = new ArrayList<>();
        try {
            for (int victim = 0; victim < VICTIMS; victim++) {
                CacheStep[] steps = CacheStep.values();
                victims.add(startVictim(steps[random.nextInt(steps.length)], victim));
            }
            for (Process victim : victims) {
                assertThat(firstLine(victim)).isIn("ready", "ended without that step");
            }
        } finally {
            for (Process victim : victims) {
                victim.destroyForcibly();
                assertThat(victim.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)).isTrue();
            }
        }
        assertNothingWrong();
        List<Lookup> answers = fetchAll(cache(), server.url(), CacheStep.Listener.NOBODY);
        assertThat(answers).hasSize(FILES).allMatch(Lookup.Found.class::isInstance);
        assertThat(assertNothingWrong()).isEqualTo(FILES);
    }

    @ParameterizedTest
    @EnumSource(CacheStep.class)
    void aLoneProcessReachesEachStep(CacheStep step) throws Exception {
        Process victim = startVictim(step, 1);
        try {
            assertThat(firstLine(victim)).isEqualTo("ready");
        } finally {
            victim.destroyForcibly().waitFor();
        }
        assertThat(assertNothingWrong()).isEqualTo(step.compareTo(CacheStep.NAMED) < 0 ? 1 : 2);
    }

    @Test
    void oneThatIsKilledWhileTheAnswerComesLeavesNoFile() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        server.on(
                "/" + file(0).path(),
                FakeServer.together(asked, FakeServer.stalled(content(0), 30_000)),
                FakeServer.file(content(0)));
        Process victim = startVictim(CacheStep.KEPT, 0);
        try {
            assertThat(asked.await(DEADLINE_SECONDS, TimeUnit.SECONDS)).isTrue();
        } finally {
            victim.destroyForcibly().waitFor();
        }
        assertThat(assertNothingWrong()).isZero();
        assertThat(fetchAll(cache(), server.url(), CacheStep.Listener.NOBODY))
                .allMatch(Lookup.Found.class::isInstance);
        assertThat(assertNothingWrong()).isEqualTo(FILES);
    }

    private Process startVictim(CacheStep step, int file) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home", ""), "bin", "java")
                                .toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xshare:auto",
                        "-cp",
                        System.getProperty("java.class.path", ""),
                        Victim.class.getName(),
                        cache().toString(),
                        server.url(),
                        step.name(),
                        Integer.toString(file))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static String firstLine(Process victim) throws IOException {
        BufferedReader out = victim.inputReader(StandardCharsets.UTF_8);
        return String.valueOf(out.readLine());
    }

    /** How many files have their names. */
    private int assertNothingWrong() throws IOException {
        int named = 0;
        for (int file = 0; file < FILES; file++) {
            Question.Place place = StoreQuestion.place(file(file));
            Path path = cache().resolve(place.folder()).resolve(place.name());
            if (Files.exists(path)) {
                assertThat(path).hasBinaryContent(content(file));
                named++;
            }
        }
        return named;
    }

    private static List<Lookup> fetchAll(Path cache, String url, CacheStep.Listener listener) {
        FetchSession.Setup setup = new FetchSession.Setup(
                cache,
                false,
                "mortem/test",
                InstantSource.system(),
                FetchTimes.defaults(),
                time -> {},
                ProxySelector.of(null),
                ServerTrust.ofJvm(),
                Limits.defaults(),
                sentence -> {});
        try (FetchSession session = FetchSession.of(setup, listener)) {
            StoreChain chain = new StoreChain(List.of(new Stage.Server(ServerUrl.of(url))));
            SymbolStores stores =
                    new SymbolStores(session, List.of(chain), List.of(), InstantSource.system());
            return IntStream.range(0, FILES)
                    .mapToObj(file -> stores.find(file(file)))
                    .toList();
        }
    }

    private static StoreFile file(int number) {
        return StoreFile.pdb("p" + number + ".pdb", StoreContents.DEBUG_ID).orElseThrow();
    }

    private static byte[] content(int number) {
        return StoreContents.pdb(1, 100 + number);
    }

    private Path cache() {
        return folder.resolve("caches/symbols");
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
