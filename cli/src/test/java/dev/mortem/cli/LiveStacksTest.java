package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.json.JsonObject;
import dev.mortem.os.Launcher;
import dev.mortem.testkit.tool.Corpus;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Dumps of live processes, as gdb and as Mortem read them: the same threads and, outside JIT-compiled
 * code, the same frames. Each way in which the two may differ is a rule here, named and counted.
 */
class LiveStacksTest {
    private static final double EQUAL_PERCENT_MIN = 99.0;
    private static final Duration START_MAX = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    @Test
    void sleep() throws Exception {
        compareHealthy(List.of("sleep", "1000"), 1);
    }

    @Test
    void bash() throws Exception {
        compareHealthy(List.of("bash", "-c", "while :; do read -t 1000 line <> <(:); done"), 1);
    }

    @Test
    void python() throws Exception {
        compareHealthy(List.of("python3", "-c", PYTHON), 4);
    }

    @Test
    void node() throws Exception {
        compareHealthy(List.of("node", "-e", "setInterval(() => {}, 1000)"), 2);
    }

    @Test
    void java() throws Exception {
        Path source = Files.writeString(
                folder.resolve("Idle.java"),
                "class Idle { public static void main(String[] a) throws Exception { Thread.sleep(1_000_000); } }");
        compareHealthy(
                List.of(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        source.toString()),
                8);
    }

    @Test
    void fiveHundredThreads() throws Exception {
        compare(List.of(compiled("threads", THREADS).toString()), 501);
    }

    @Test
    void underSeccomp() throws Exception {
        compareHealthy(List.of(compiled("seccomp", SECCOMP).toString()), 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-O0", "-O2"})
    void theSampleWorker(String level) throws Exception {
        Path source = Resources.copyTo("demo/worker.c", folder.resolve("worker.c"));
        compareHealthy(List.of(built(source, "cc " + level + " -g -pthread").toString()), 2);
    }

    /** gdb knows of those of clang's DWARF 4 and of gcc; of clang's DWARF 5 it passes over the jumps. */
    @ParameterizedTest
    @ValueSource(strings = {"gcc -O2 -g -pthread", "clang -O2 -g -pthread"})
    void tailCalls(String compiler) throws Exception {
        Path source = Files.writeString(folder.resolve("tails.c"), TAILS);
        JsonObject report = compare(List.of(built(source, compiler).toString()), 3);
        assertThat(tails(report, "in_tail"))
                .containsExactly("third reached complete", "second tailCall", "first tailCall");
        assertThat(tails(report, "in_library"))
                .containsExactly("pause reached complete", "outwards tailCall");
        assertThat(tails(report, "in_either"))
                .containsExactly("third reached with frames missing", "second tailCall");
    }

    /** What is said of jumps in the stack of the thread with that function. */
    private static List<String> tails(JsonObject report, String function) {
        List<JsonObject> frames = report.objects("stacks").stream()
                .map(stack -> stack.objects("frames"))
                .filter(stack ->
                        stack.stream().anyMatch(frame -> withoutClone(frame).equals(function)))
                .findFirst()
                .orElseThrow();
        List<String> said = new ArrayList<>();
        for (JsonObject frame : frames) {
            String name = withoutClone(frame);
            frame.object("tailCalled")
                    .ifPresent(jump -> said.add(name + " reached "
                            + (jump.flag("framesMissing") ? "with frames missing" : "complete")));
            if (frame.text("kind").filter("tailCall"::equals).isPresent()) {
                said.add(name + " tailCall");
            }
        }
        return said;
    }

    /** "first" of "first.constprop.0". */
    private static String withoutClone(JsonObject frame) {
        return frame.text("function").orElse("?").replaceFirst("\\..*", "");
    }

    /** A thread for each way of waiting, in functions that are inlined. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "waits.c: gcc -O2 -g -pthread",
                "waits.cpp: g++ -std=c++17 -O2 -g -pthread",
                "waits.rs: rustc -O -g",
                "waits.go: go build"
            })
    void everyWayToWait(String build) throws Exception {
        Path program = built(copied(build), build.substring(build.indexOf(' ') + 1));
        compare(List.of(program.toString()), build.endsWith("go build") ? 3 : 6);
    }

    /** The same, compiled in more ways, and each way of waiting in a process of its own. */
    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource
    void moreWays(String way) throws Exception {
        if (way.indexOf(':') > 0) {
            everyWayToWait(way);
        } else {
            Path program = built(copied("waits.c: "), "gcc -O3 -g -pthread");
            compare(List.of(program.toString(), way), 3);
        }
    }

    /** Those that would take long each time. */
    static Stream<String> moreWays() {
        return Boolean.getBoolean("mortem.live.all")
                ? Stream.of(
                        "waits.c: gcc -O0 -g -pthread",
                        "waits.c: gcc -O2 -g -pthread -static",
                        "waits.c: clang -O2 -g -gdwarf-4 -pthread",
                        "waits.cpp: g++ -std=c++17 -O0 -g -pthread",
                        "waits.cpp: clang++ -std=c++17 -O3 -g -pthread",
                        "waits.rs: rustc -g",
                        "mutex",
                        "condition",
                        "rwlock",
                        "barrier",
                        "semaphore",
                        "join",
                        "read",
                        "poll",
                        "select",
                        "epoll",
                        "recv",
                        "sleep",
                        "child",
                        "sigwait",
                        "handler",
                        "recursion")
                : Stream.empty();
    }

    private Path copied(String build) throws IOException {
        String name = build.substring(0, build.indexOf(':'));
        Path source = Corpus.project().resolve("cli/src/test/resources/testdata/live/" + name);
        return Files.copy(source, folder.resolve(name));
    }

    private Path built(Path source, String compiler) throws IOException {
        List<String> words = new ArrayList<>(List.of(compiler.split(" ", -1)));
        Optional<Tool> tool = Tool.find(words.getFirst());
        assumeTrue(tool.isPresent(), "needs " + words.getFirst());
        Path program = folder.resolve("program");
        words.addAll(List.of("-o", program.toString(), source.toString()));
        tool.get().text(words.subList(1, words.size()));
        return program;
    }

    private static final String PYTHON = """
            import threading, time
            def deep(n):
                return deep(n - 1) if n else time.sleep(1000)
            for _ in range(3):
                threading.Thread(target=deep, args=(9,), daemon=True).start()
            deep(5)
            """;

    private static final String THREADS = """
            #include <pthread.h>
            #include <unistd.h>
            static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
            static void wait_for(int depth) { if (depth) { wait_for(depth - 1); __asm__ volatile(""); } else pause(); }
            static void *work(void *number) {
                long n = (long) number;
                if (n % 2) { pthread_mutex_lock(&lock); pthread_mutex_unlock(&lock); }
                wait_for((int) (n % 7));
                return 0;
            }
            int main(void) {
                pthread_t thread;
                pthread_attr_t small;
                pthread_attr_init(&small);
                pthread_attr_setstacksize(&small, 65536);
                pthread_mutex_lock(&lock);
                for (long n = 0; n < 500; n++) pthread_create(&thread, &small, work, (void *) n);
                pause();
                return 0;
            }
            """;

    private static final String SECCOMP = """
            #include <pthread.h>
            #include <stddef.h>
            #include <sys/prctl.h>
            #include <linux/filter.h>
            #include <linux/seccomp.h>
            #include <sys/syscall.h>
            #include <unistd.h>
            static void *work(void *none) { pause(); return none; }
            int main(void) {
                struct sock_filter code[] = {
                    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 0, 1),
                    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
                    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                };
                struct sock_fprog program = { 4, code };
                pthread_t thread;
                prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
                if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) return 1;
                pthread_create(&thread, 0, work, 0);
                pause();
                return 0;
            }
            """;

    /** The empty instructions keep the compiler from making one function of several. */
    private static final String TAILS = """
            #include <pthread.h>
            #include <unistd.h>
            #define APART __attribute__((noinline))
            #define KEPT(value) __asm__ volatile("" :: "r"(value))
            static APART int third(int n) { if (n > 100) return 1; pause(); KEPT(n); return n; }
            static APART int second(int n) { KEPT(n); return third(n + 1); }
            static APART int first(int n) { KEPT(n); return second(n * 2); }
            APART int either(int n) { return n == 2 ? first(n) : second(n); }
            static APART int outwards(int n) { KEPT(n); return pause(); }
            static APART void *in_tail(void *none) { int n = first(3); KEPT(n); return none; }
            static APART void *in_library(void *none) { int n = outwards(3); KEPT(n); return none; }
            static APART void *in_either(void *none) { int n = either(3); KEPT(n); return none; }
            int main(void) {
                pthread_t thread;
                pthread_create(&thread, 0, in_tail, 0);
                pthread_create(&thread, 0, in_library, 0);
                in_either(0);
                return 0;
            }
            """;

    private Path compiled(String name, String source) throws IOException {
        Path file = Files.writeString(folder.resolve(name + ".c"), source);
        return built(file, "cc -O2 -g -pthread");
    }

    /** Starts the program, dumps it when all its threads wait, and compares what gdb and we read. */
    private JsonObject compare(List<String> command, int threadsMin) throws Exception {
        Optional<Tool> gdb = Tool.find("gdb");
        assumeTrue(gdb.isPresent(), "needs gdb");
        assumeTrue(
                command.getFirst().startsWith("/")
                        || Tool.find(command.getFirst()).isPresent(),
                "needs " + command.getFirst());
        try (Launcher.Child child = Launcher.ofThisMachine()
                .start(new Launcher.Program(
                        command, Map.of(), folder, folder.resolve("out.log"), false))) {
            awaitIdle(child, threadsMin);
            Path executable = Path.of("/proc/" + child.pid() + "/exe").toRealPath();
            CommandRun dump = CommandRun.of(
                    "dump",
                    Long.toString(child.pid()),
                    "-o",
                    folder.toString(),
                    "--keep-free",
                    "0",
                    "--max-pause",
                    "20s");
            assertThat(dump.exitCode()).as(dump.err()).isZero();
            Path core = Path.of(dump.out().strip());
            CommandRun analysis = CommandRun.of("analyze", "--json", core.toString());
            assertThat(analysis.exitCode()).as(analysis.err()).isZero();
            JsonObject report = JsonObject.parse(analysis.out().getBytes(StandardCharsets.UTF_8))
                    .orElseThrow();
            Comparison comparison =
                    Comparison.of(GdbStacks.of(gdb.get(), executable, core), report);
            System.out.println(String.join(" ", command) + ": " + comparison.summary());
            comparison.unexplained.forEach(System.out::println);
            assertThat(comparison.threadsOnlyOnOneSide).isEmpty();
            assertThat(comparison.equalPercent())
                    .as(comparison.summary() + "\n" + String.join("\n", comparison.unexplained))
                    .isGreaterThanOrEqualTo(EQUAL_PERCENT_MIN);
            return report;
        }
    }

    /** As {@link #compare}, of a program with which nothing is wrong. */
    private void compareHealthy(List<String> command, int threadsMin) throws Exception {
        JsonObject report = compare(command, threadsMin);
        assertThat(report.objects("findings").getFirst().text("rule")).contains("no-fault-found");
    }

    /** Until the process has its threads and every one of them sleeps. */
    private static void awaitIdle(Launcher.Child child, int threadsMin) throws IOException {
        long deadline = System.nanoTime() + START_MAX.toNanos();
        int idleRounds = 0;
        while (idleRounds < 20) {
            assertThat(System.nanoTime() - deadline).as("did not become idle").isNegative();
            assertThat(child.isRunning()).as("ended").isTrue();
            idleRounds = isIdle(child.pid(), threadsMin) ? idleRounds + 1 : 0;
            LockSupport.parkNanos(20_000_000);
        }
    }

    private static boolean isIdle(long pid, int threadsMin) throws IOException {
        List<Path> tasks = new ArrayList<>();
        try (var listed = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
            listed.forEach(tasks::add);
        }
        for (Path task : tasks) {
            String stat = Files.readString(task.resolve("stat"), StandardCharsets.ISO_8859_1);
            if (stat.charAt(stat.lastIndexOf(')') + 2) != 'S') {
                return false;
            }
        }
        return tasks.size() >= threadsMin;
    }

    /** Two readings of one core, frame by frame. */
    private static final class Comparison {
        private final List<Long> threadsOnlyOnOneSide = new ArrayList<>();
        private final List<String> unexplained = new ArrayList<>();
        private final Map<String, Integer> rules = new HashMap<>();
        private int frames;
        private int equal;

        static Comparison of(Map<Long, GdbStacks.Stack> gdb, JsonObject report) {
            Comparison comparison = new Comparison();
            Map<Long, List<JsonObject>> ours = new HashMap<>();
            for (JsonObject stack : report.objects("stacks")) {
                for (long thread : stack.numbers("threadIds")) {
                    ours.put(thread, stack.objects("frames"));
                }
            }
            gdb.forEach((thread, stack) -> {
                if (!ours.containsKey(thread)) {
                    comparison.threadsOnlyOnOneSide.add(thread);
                } else {
                    comparison.add(thread, stack, ours.get(thread));
                }
            });
            ours.keySet().stream()
                    .filter(thread -> !gdb.containsKey(thread))
                    .forEach(comparison.threadsOnlyOnOneSide::add);
            return comparison;
        }

        private void add(long thread, GdbStacks.Stack stack, List<JsonObject> ours) {
            int next = 0;
            for (GdbStacks.Frame theirs : stack.frames()) {
                if (theirs.pc() == 0) {
                    count("gdb goes on to address 0 below a goroutine's first frame");
                    return;
                }
                // gdb passes over jumps of clang's DWARF 5, which have no DW_AT_call_return_pc, and
                // over calls whose origin is an abstract instance: those of functions that were
                // inlined elsewhere
                while (!theirs.tailCall() && isTailCall(ours, next)) {
                    count("a tail call that gdb does not know of");
                    next++;
                }
                if (theirs.tailCall() && !isTailCall(ours, next)) {
                    count("a tail call that only gdb infers");
                    continue;
                }
                Optional<JsonObject> frame =
                        next < ours.size() ? Optional.of(ours.get(next)) : Optional.empty();
                next++;
                if (theirs.tailCall() && !theirs.inlined()) {
                    next = behindTailCall(ours, next - 1);
                }
                if (frame.filter(Comparison::isOutsideModules).isPresent()) {
                    // compiled at run time: there is nothing on disk that describes such a frame
                    count("JIT code");
                    return;
                }
                frames++;
                if (frame.filter(known -> isSame(theirs, known)).isPresent()) {
                    equal++;
                } else {
                    unexplained.add("thread " + thread + " frame " + (next - 1) + ": gdb " + theirs
                            + ", we " + frame.map(Comparison::shown).orElse("nothing")
                            + "; gdb ends: " + stack.end());
                }
            }
            if (next < ours.size()) {
                count("we see further");
            }
        }

        /** Whether the frame there, with what was inlined into it, left by a jump. */
        private static boolean isTailCall(List<JsonObject> ours, int from) {
            int index = from;
            while (index < ours.size()
                    && ours.get(index).text("kind").filter("inline"::equals).isPresent()) {
                index++;
            }
            return index < ours.size()
                    && ours.get(index).text("kind").filter("tailCall"::equals).isPresent();
        }

        /** gdb has one frame for a jump, named by the innermost function there; we have all of them. */
        private int behindTailCall(List<JsonObject> ours, int from) {
            int index = from;
            while (!ours.get(index).text("kind").filter("tailCall"::equals).isPresent()) {
                count("an inlined function that left by a tail call");
                index++;
            }
            return index + 1;
        }

        private static boolean isOutsideModules(JsonObject frame) {
            return frame.text("module").isEmpty();
        }

        private boolean isSame(GdbStacks.Frame theirs, JsonObject ours) {
            boolean inlined = ours.text("kind").filter("inline"::equals).isPresent();
            if (address(ours) != theirs.pc()
                    || (inlined != theirs.inlined() && !theirs.tailCall())) {
                return false;
            }
            String name = ours.text("function").orElse("");
            if (!theirs.name().isEmpty() && lastName(theirs.name()).equals(lastName(name))) {
                return isSameLine(theirs, ours);
            }
            if (inlined) {
                return false;
            }
            long offset = hex(ours, "functionOffset").orElse(-1);
            if (theirs.functionStart() == 0 || offset < 0) {
                return theirs.signal() || (theirs.functionStart() == 0 && offset < 0);
            }
            // several names for one address: which of them is chosen is a matter of taste
            count("another name of the same function");
            return theirs.pc() - offset == theirs.functionStart() && isSameLine(theirs, ours);
        }

        /** Of several rows at one address gdb takes the last that starts a statement, we the last. */
        private boolean isSameLine(GdbStacks.Frame theirs, JsonObject ours) {
            if (ours.number("line").orElse(0) != theirs.line()) {
                count("another line");
            }
            return true;
        }

        private static long address(JsonObject frame) {
            return hex(frame, "address").orElseThrow();
        }

        private static OptionalLong hex(JsonObject frame, String name) {
            return frame.text(name).stream()
                    .mapToLong(text -> Long.parseUnsignedLong(text.substring(2), 16))
                    .findFirst();
        }

        /**
         * "lock" of "std::sync::Mutex<T>::lock(int)": gdb spells qualifiers and template arguments in its
         * own way, and has no hash behind Rust's names.
         */
        private static String lastName(String name) {
            String bare = name.replaceFirst("@.*", "")
                    .replaceFirst("^__GI_", "") // glibc's own name for its calls of itself
                    .replaceFirst("::h[0-9a-f]{16}$", "")
                    .replaceAll("\\{+closure[#_envd0-9]*\\}+", "{closure}");
            StringBuilder kept = new StringBuilder();
            int depth = 0;
            for (int at = 0; at < bare.length(); at++) {
                char letter = bare.charAt(at);
                if (letter == '(' && depth == 0 && !kept.isEmpty()) {
                    break;
                }
                depth += letter == '<' ? 1 : 0;
                if (depth == 0) {
                    kept.append(letter);
                }
                depth -= letter == '>' && depth > 0 ? 1 : 0;
            }
            String whole = kept.toString().strip().replaceFirst("::$", ""); // "wait::<T>"
            return whole.substring(whole.lastIndexOf(':') + 1);
        }

        private static String shown(JsonObject frame) {
            return frame.text("address").orElse("?") + " "
                    + frame.text("function").orElse("?") + "+"
                    + frame.text("functionOffset").orElse("?") + " in "
                    + frame.text("module").orElse("?")
                    + " by " + frame.text("trust").orElse("?");
        }

        private void count(String rule) {
            rules.merge(rule, 1, Integer::sum);
        }

        double equalPercent() {
            return frames == 0 ? 0 : 100.0 * equal / frames;
        }

        String summary() {
            return "%d of %d frames equal (%.2f %%), rules %s"
                    .formatted(equal, frames, equalPercent(), rules);
        }
    }
}
