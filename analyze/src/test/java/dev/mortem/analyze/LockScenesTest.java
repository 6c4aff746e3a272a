package dev.mortem.analyze;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.analyze.report.Report;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * Programs whose threads wait in each way there is, with symbols and without, from the kernel's core to
 * the report: the right lock, the right owner, the right finding.
 */
class LockScenesTest {
    @TempDir
    private static Path folder;

    /**
     * One way to wait.
     *
     * @param sleeping how many threads sleep; all others wait in memory
     * @param rule the headline's
     * @param lock of what the report says of the lock; empty where it lists none
     * @param owner which thread holds it: 1 for the first that was started; 0 for unknown
     * @param waits what the last thread waits for
     */
    private record Scene(
            String way,
            int threads,
            int sleeping,
            String rule,
            String lock,
            int owner,
            String waits) {
        List<String> command(Path program) {
            return Stream.concat(Stream.of(program.toString()), Stream.of(way.split(" ", -1)))
                    .toList();
        }
    }

    /** No hang: at most a thread or two at a lock. */
    private static final String BLOCKED = "";

    /** Two locks, each held by the other's waiter. */
    private static final int EACH_OTHER = 98;

    private static final int GONE = 99;

    private static final int MAIN = 97;

    /** What glibc and musl both tell. */
    private static final List<Scene> BOTH = List.of(
            new Scene(
                    "mutex recursive",
                    5,
                    2,
                    "hang-lock-blocked",
                    "recursive mutex",
                    1,
                    "recursive mutex 0x"),
            new Scene(
                    "mutex checking",
                    5,
                    2,
                    "hang-lock-blocked",
                    "error-checking mutex",
                    1,
                    "error-checking mutex 0x"),
            new Scene(
                    "mutex robust",
                    5,
                    2,
                    "hang-lock-blocked",
                    "robust mutex",
                    1,
                    "robust mutex 0x"),
            new Scene(
                    "mutex pi",
                    5,
                    2,
                    "hang-lock-blocked",
                    "priority-inheriting mutex",
                    1,
                    "priority-inheriting mutex 0x"),
            new Scene(
                    "mutex-timed recursive",
                    3,
                    2,
                    BLOCKED,
                    "recursive mutex",
                    1,
                    "recursive mutex 0x"),
            new Scene(
                    "deadlock checking",
                    3,
                    1,
                    "hang-deadlock",
                    "error-checking mutex",
                    EACH_OTHER,
                    "error-checking mutex 0x"),
            new Scene(
                    "deadlock robust",
                    3,
                    1,
                    "hang-deadlock",
                    "robust mutex",
                    EACH_OTHER,
                    "robust mutex 0x"),
            new Scene(
                    "deadlock pi",
                    3,
                    1,
                    "hang-deadlock",
                    "priority-inheriting mutex",
                    EACH_OTHER,
                    "priority-inheriting mutex 0x"),
            new Scene(
                    "join-lock recursive",
                    3,
                    1,
                    "hang-deadlock",
                    "recursive mutex",
                    2,
                    "to end (join)"),
            new Scene("rw-read", 3, 2, BLOCKED, "read-write lock", 0, "held by 1 reader"),
            new Scene("condition", 5, 1, BLOCKED, "condition variable", 0, "condition variable 0x"),
            new Scene(
                    "condition-timed",
                    3,
                    1,
                    BLOCKED,
                    "condition variable",
                    0,
                    "condition variable 0x"),
            new Scene("semaphore", 5, 1, BLOCKED, "semaphore", 0, "value 0"),
            new Scene("barrier", 4, 1, BLOCKED, "barrier", 0, "3 of 5 threads have arrived"),
            new Scene("join", 3, 2, BLOCKED, "", 0, "to end (join)"),
            new Scene(
                    "stream", 3, 2, BLOCKED, "lock of a stdio stream", 1, "lock of a stdio stream"),
            new Scene("standstill", 5, 0, "hang-standstill", "semaphore", 0, "semaphore"));

    private static final List<Scene> GLIBC = List.of(
            new Scene("mutex", 5, 2, "hang-lock-blocked", "mutex", 1, "mutex 0x"),
            new Scene("mutex-timed", 3, 2, BLOCKED, "mutex", 1, "mutex 0x"),
            new Scene("deadlock", 3, 1, "hang-deadlock", "mutex", EACH_OTHER, "mutex 0x"),
            new Scene("orphan", 2, 1, "hang-lock-orphaned", "mutex", GONE, "has ended"),
            new Scene(
                    "rw-write",
                    7,
                    2,
                    "hang-lock-blocked",
                    "read-write lock",
                    1,
                    "read-write lock 0x"),
            new Scene("rw-mutex", 3, 1, "hang-deadlock", "", EACH_OTHER, "read-write lock 0x"),
            new Scene("join-lock", 3, 1, "hang-deadlock", "mutex", 2, "to end (join)"));

    private static final List<Scene> MUSL = List.of(
            new Scene("mutex", 5, 2, BLOCKED, "mutex", 0, "musl does not record"),
            new Scene(
                    "orphan checking",
                    2,
                    1,
                    "hang-lock-orphaned",
                    "error-checking mutex",
                    0,
                    "whose owner has ended"),
            new Scene(
                    "rw-write",
                    7,
                    2,
                    "hang-common-wait",
                    "read-write lock",
                    0,
                    "held by a writer"));

    private static final List<Scene> RUST = List.of(
            new Scene("mutex", 3, 1, BLOCKED, "Rust mutex", 0, "Rust does not record the owner"),
            new Scene("rwlock-read", 3, 1, BLOCKED, "Rust read-write lock", 0, "held by a writer"),
            new Scene("condvar", 3, 1, BLOCKED, "Rust condition variable", 0, "condition variable"),
            new Scene("park", 3, 1, BLOCKED, "unpark of this thread,", 0, "unpark"),
            new Scene("once", 3, 2, BLOCKED, "Rust Once", 0, "which thread runs it"));

    private static final List<Scene> PYTHON = List.of(
            new Scene("queue", 5, 1, "hang-common-wait", "Python lock", 0, "Python lock 0x"),
            new Scene("deadlock", 3, 0, "hang-standstill", "Python lock", 0, "Python lock 0x"));

    private static final List<Scene> CPP = List.of(
            new Scene("mutex", 2, 1, BLOCKED, "mutex", MAIN, "mutex 0x"),
            new Scene("condition", 2, 1, BLOCKED, "condition variable", 0, "used with mutex 0x"),
            new Scene("future", 2, 1, BLOCKED, "std::future", 0, "std::future 0x"),
            new Scene(
                    "semaphore",
                    2,
                    1,
                    BLOCKED,
                    "std::counting_semaphore",
                    0,
                    "std::counting_semaphore"),
            new Scene("latch", 2, 1, BLOCKED, "std::latch", 0, "its counter is 3"),
            new Scene(
                    "static",
                    3,
                    2,
                    BLOCKED,
                    "static variable's guard",
                    0,
                    "which thread initialises"),
            new Scene("once", 3, 2, BLOCKED, "pthread_once_t", 0, "does not record its owner"),
            new Scene("tid", 2, 1, BLOCKED, "futex with its owner's id", MAIN, "held by thread"),
            new Scene("counter", 2, 1, BLOCKED, "", 0, "the futex at 0x"));

    /** What can be said of the same without a name: never a wrong owner. */
    private static final List<Scene> CPP_STRIPPED = List.of(
            new Scene("mutex", 2, 1, BLOCKED, "mutex", MAIN, "mutex 0x"),
            new Scene("condition", 2, 1, BLOCKED, "condition variable", 0, "used with mutex 0x"),
            new Scene("future", 2, 1, BLOCKED, "", 0, "the futex at 0x"),
            new Scene("semaphore", 2, 1, BLOCKED, "", 0, "the futex at 0x"),
            new Scene("latch", 2, 1, BLOCKED, "", 0, "the futex at 0x"),
            new Scene(
                    "static",
                    3,
                    2,
                    BLOCKED,
                    "static variable's guard",
                    0,
                    "which thread initialises"),
            new Scene("tid", 2, 1, BLOCKED, "futex with its owner's id", MAIN, "held by thread"),
            new Scene("counter", 2, 1, BLOCKED, "", 0, "the futex at 0x"));

    @ParameterizedTest
    @ValueSource(strings = {"gcc -g -O1", "gcc -O1 -s", "gcc -O2 -static -s"})
    void glibcsLocksAreReadWithAndWithoutSymbols(String build) throws Exception {
        check(build, "waits.c", Stream.concat(BOTH.stream(), GLIBC.stream()).toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"musl-gcc -g -O1", "musl-gcc -O1 -s", "musl-gcc -O2 -static -s"})
    void muslsLocksAreReadWithAndWithoutSymbols(String build) throws Exception {
        check(build, "waits.c", Stream.concat(BOTH.stream(), MUSL.stream()).toList());
    }

    /**
     * Programs of other CPUs under qemu: their glibc's layouts, their calls' numbers and registers. Left out
     * is what is told otherwise there: the owner of a stdio stream is known on x86-64 only, a join without
     * names likewise, and a mutex that the kernel refused as a deadlock is not always found behind the wait
     * that follows. On Arm a queue at a semaphore is told as a common wait.
     */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "aarch64 | aarch64-linux-gnu-gcc | -g -O1 -static | stream",
                "aarch64 | aarch64-linux-gnu-gcc | -O2 -static -s | stream,standstill,deadlock pi",
                "arm | arm-linux-gnueabihf-gcc | -g -O1 -static"
                        + " | stream,standstill,deadlock pi,semaphore",
                "arm | arm-linux-gnueabihf-gcc | -O2 -static -s -marm"
                        + " | stream,standstill,deadlock pi",
            })
    void otherCpusLocksAreReadToo(String cpu, String compiler, String options, String leftOut)
            throws Exception {
        Path program =
                LiveScenes.built(folder, "waits.c", compiler, List.of(options.split(" ", -1)));
        List<String> others = List.of(leftOut.split(",", -1));
        List<Scene> scenes = Stream.concat(BOTH.stream(), GLIBC.stream())
                .filter(scene -> !others.contains(scene.way))
                .toList();
        List<String> wrong = new ArrayList<>();
        for (Scene scene : scenes) {
            Report report = LiveScenes.foreignCore(
                    folder, cpu, scene.command(program), scene.threads, scene.sleeping);
            wrong.addAll(differences(compiler + " " + options, scene, report));
        }
        assertThat(wrong).isEmpty();
    }

    /**
     * The glibc of other systems: the folder that MORTEM_GLIBCS names has one folder for each, as
     * "2.31/lib/x86_64-linux-gnu", unpacked from a package of libc6.
     */
    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("otherGlibcs")
    void otherVersionsOfGlibcAreReadToo(Path version) throws Exception {
        LiveScenes.Libc libc = new LiveScenes.Libc(version);
        Path program = libc.built(folder, "waits.c");
        check(
                "glibc " + version.getFileName(),
                program,
                libc.runner(),
                Stream.concat(BOTH.stream(), GLIBC.stream()).toList());
    }

    static List<Path> otherGlibcs() throws IOException {
        String named = System.getenv("MORTEM_GLIBCS");
        if (named == null) {
            return List.of();
        }
        try (Stream<Path> folders = Files.list(Path.of(named))) {
            return folders.sorted().toList();
        }
    }

    @Test
    void rustsLocksAreNamedAndTheirOwnersAreUnknown() throws Exception {
        check("rustc -g -Copt-level=1", "futexes.rs", RUST);
    }

    /** CPython 3.11 has a semaphore for a lock: whoever has taken one is not recorded. */
    @Test
    void pythonsLocksAreNamedAndTheirOwnersAreUnknown() throws Exception {
        check(
                "python3",
                LiveScenes.source(folder, "locks.py"),
                List.of(LiveScenes.tool("python3").program().toString()),
                PYTHON);
    }

    @Test
    void cppsLocksAreNamed() throws Exception {
        check("g++ -std=c++20 -g -O0", "futexes.cpp", CPP);
    }

    @Test
    void cppsLocksWithoutNamesHaveNoWrongOwner() throws Exception {
        check("g++ -std=c++20 -O2 -static -s", "futexes.cpp", CPP_STRIPPED);
    }

    /**
     * Minidumps of Breakpad do not tell the system call, nor with what; and those who sleep have lost the
     * lock's address: the caller of their caller has handed it over.
     */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "gcc -g -O2",
                "clang -g -O2",
                "gcc -g -O2 -gdwarf-4",
                "clang -g -O2 -DENTER=e15",
                "gcc -g -O2 -gsplit-dwarf",
                "gcc -g -O2 -gdwarf-4 -gsplit-dwarf",
                "clang -g -O2 -gsplit-dwarf",
                "clang -g -O2 -gdwarf-4 -gsplit-dwarf"
            })
    void theLockIsFoundByTheCallSitesOfTheCallers(String build) throws Exception {
        List<String> command = List.of(build.split(" ", -1));
        Path program = LiveScenes.built(
                folder, "handed.c", command.getFirst(), command.subList(1, command.size()));
        Report report = LiveScenes.coreWithoutCalls(folder, List.of(program.toString()), 3, 0);
        Scene scene = new Scene("handed", 3, 0, "hang-deadlock", "mutex", EACH_OTHER, "mutex 0x");
        assertThat(differences(build, scene, report)).isEmpty();
        assertThat(report.locks())
                .extracting(Report.Lock::detail)
                .containsOnly(Optional.of("address by the caller's call site"));
        assertThat(report.findings().getFirst().evidence())
                .allMatch(step -> step.contains("(address by the caller's call site), held by"));
    }

    /** Behind more callers than are asked nothing is said, rather than a wrong thing. */
    @Test
    void anArgumentIsNotFollowedWithoutEnd() throws Exception {
        Path program =
                LiveScenes.built(folder, "handed.c", "gcc", List.of("-g", "-O2", "-DENTER=e16"));
        Report report = LiveScenes.coreWithoutCalls(folder, List.of(program.toString()), 3, 0);
        assertThat(report.locks()).isEmpty();
        assertThat(report.threads().stream().flatMap(thread -> thread.waitsFor().stream()))
                .contains("a mutex (mtx_lock)");
    }

    /** With glibc's own debug information: what pthread_mutex_lock was called with is on its stack. */
    @Test
    void glibcsOwnArgumentsTellTheMutex() throws Exception {
        assumeTrue(
                Files.isDirectory(Path.of("/usr/lib/debug/.build-id")),
                "needs the debug information of glibc");
        Path program = LiveScenes.built(folder, "waits.c", "gcc", List.of("-g", "-O2"));
        Report report =
                LiveScenes.coreWithoutCalls(folder, List.of(program.toString(), "deadlock"), 3, 1);
        Scene scene = new Scene("deadlock", 3, 1, "hang-deadlock", "mutex", EACH_OTHER, "mutex 0x");
        assertThat(differences("gcc", scene, report)).isEmpty();
        assertThat(report.locks())
                .extracting(Report.Lock::detail)
                .containsOnly(Optional.of("address by the debug information"));
    }

    private static void check(String build, String source, List<Scene> scenes) throws Exception {
        List<String> command = List.of(build.split(" ", -1));
        Path program = LiveScenes.built(
                folder, source, command.getFirst(), command.subList(1, command.size()));
        check(build, program, List.of(), scenes);
    }

    private static void check(String build, Path program, List<String> runner, List<Scene> scenes)
            throws Exception {
        List<String> wrong = new ArrayList<>();
        for (Scene scene : scenes) {
            List<String> command = new ArrayList<>(runner);
            command.addAll(scene.command(program));
            Report report = LiveScenes.core(folder, command, scene.threads, scene.sleeping);
            wrong.addAll(differences(build, scene, report));
        }
        assertThat(wrong).isEmpty();
    }

    private static List<String> differences(String build, Scene scene, Report report) {
        List<String> wrong = new ArrayList<>();
        List<Long> ids =
                report.threads().stream().map(Report.ReportThread::id).sorted().toList();
        String waits = report.threads().stream()
                .filter(thread -> thread.id() == ids.getLast())
                .findFirst()
                .flatMap(Report.ReportThread::waitsFor)
                .orElse("nothing");
        Optional<Report.Lock> lock = report.locks().stream().findFirst();
        List<String> hangs = report.findings().stream()
                .filter(found -> found.severity().compareTo(Report.Severity.WARNING) <= 0)
                .map(Report.Finding::rule)
                .filter(rule -> rule.startsWith("hang-"))
                .distinct()
                .toList();
        String said = hangs + "; locks " + report.locks() + "; last waits for " + waits;
        OptionalLong owner = lock.map(Report.Lock::ownerThreadId).orElse(OptionalLong.empty());
        boolean owned = scene.owner == EACH_OTHER
                ? report.locks().size() == 2
                        && report.locks().stream()
                                .allMatch(held -> held.waiters().size() == 1
                                        && report.locks().stream()
                                                .anyMatch(other -> other.ownerThreadId()
                                                        .equals(OptionalLong.of(
                                                                held.waiters().getFirst()))))
                : scene.owner == 0
                        ? owner.isEmpty()
                        : owner.isPresent()
                                && ids.indexOf(owner.getAsLong())
                                        == (scene.owner == GONE
                                                ? -1
                                                : scene.owner == MAIN ? 0 : scene.owner);
        boolean right = hangs.equals(scene.rule.isEmpty() ? List.of() : List.of(scene.rule))
                && waits.contains(scene.waits)
                && owned
                && (scene.lock.isEmpty()
                        ? report.locks().isEmpty() || scene.owner == EACH_OTHER
                        : lock.filter(found -> found.kind().equals(scene.lock)).isPresent());
        if (!right) {
            wrong.add(build + ", " + scene.way + ": " + said);
        }
        return wrong;
    }
}
