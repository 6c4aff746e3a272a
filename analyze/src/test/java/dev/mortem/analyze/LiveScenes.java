package dev.mortem.analyze;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.analyze.report.Report;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;
import dev.mortem.testkit.tool.Tool;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Builds small programs, lets their threads come to rest, and has the kernel write their cores. */
final class LiveScenes {
    private static final Clock CLOCK =
            Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);
    private static final long SECONDS_MAX = 30;

    /** What a user who asks for nothing special gets. */
    static final AnalysisOptions OPTIONS = AnalysisOptions.defaults("test", CLOCK);

    private LiveScenes() {}

    /** Another glibc than the system's. */
    record Libc(Path root) {
        private Path libraries() {
            return root.resolve("lib/x86_64-linux-gnu");
        }

        /** How a program is started with it. */
        List<String> runner() {
            return List.of(
                    libraries().resolve("ld-linux-x86-64.so.2").toString(),
                    "--library-path",
                    libraries().toString());
        }

        /** The program linked with it, so that it needs no newer symbols. */
        Path built(Path folder, String source) throws IOException {
            Path libraries = libraries();
            return LiveScenes.built(
                    folder,
                    source,
                    "gcc",
                    List.of(
                            "-O1",
                            "-s",
                            "-nodefaultlibs",
                            "-Wl,--no-as-needed",
                            libraries.resolve("libc.so.6").toString(),
                            libraries.resolve("libpthread.so.0").toString(),
                            libraries.resolve("ld-linux-x86-64.so.2").toString(),
                            "-DVERSION=" + root.getFileName()));
        }
    }

    /** A source among the resources, as a file. */
    static Path source(Path folder, String source) throws IOException {
        Path code = folder.resolve(source);
        if (!Files.exists(code)) {
            try (InputStream text = LiveScenes.class.getResourceAsStream("scenes/" + source)) {
                Files.write(code, text.readAllBytes());
            }
        }
        return code;
    }

    /**
     * The program of a source among the resources, named after it and the options; skips the test where
     * the compiler is missing.
     */
    static Path built(Path folder, String source, String compiler, List<String> options)
            throws IOException {
        Tool tool = tool(compiler);
        Path code = source(folder, source);
        Path place = Files.createDirectories(folder.resolve(compiler));
        Path program = place.resolve(
                source.replaceAll("\\..*", "") + String.join("", options).replace('/', '_'));
        if (!Files.exists(program)) {
            List<String> arguments = new ArrayList<>(options);
            arguments.addAll(
                    source.endsWith(".rs") ? List.of("-Awarnings") : List.of("-w", "-pthread"));
            arguments.addAll(List.of("-o", program.toString(), code.toString()));
            tool.text(place, arguments); // clang leaves split units where it runs
        }
        return program;
    }

    /** A tool; skips the test where it is missing. */
    static Tool tool(String name) {
        Optional<Tool> tool = Tool.find(name);
        assumeTrue(tool.isPresent(), "needs " + name);
        return tool.get();
    }

    /** The core that the kernel writes when the program ends by itself. */
    static Path crashed(Path folder, Path program, String way) throws IOException {
        Path place = emptyPlace(folder);
        tool("sh").run(place, List.of("-c", "ulimit -c unlimited; " + program + " " + way));
        return coreIn(place, "core");
    }

    private static Path emptyPlace(Path folder) throws IOException {
        String pattern =
                Files.readString(Path.of("/proc/sys/kernel/core_pattern")).strip();
        assumeTrue(!pattern.startsWith("|") && !pattern.contains("/"), "needs plain core files");
        return Files.createTempDirectory(folder, "core");
    }

    private static Path coreIn(Path place, String start) throws IOException {
        try (Stream<Path> files = Files.list(place)) {
            return files.filter(file -> file.getFileName().toString().startsWith(start))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no core was left in " + place));
        }
    }

    /**
     * The kernel's core of the program, taken by SIGQUIT once all threads are at rest.
     *
     * @param threads how many there are then
     * @param sleeping how many of them sleep for a time; the others wait for a futex
     */
    static Report core(Path folder, List<String> program, int threads, int sleeping)
            throws Exception {
        Path core = coreIn(quit(folder, program, threads, sleeping), "core");
        Report report = analyzed(core, OPTIONS);
        Files.delete(core);
        return report;
    }

    /** The same, of a dump that does not tell in which system call a thread stands. */
    static Report coreWithoutCalls(Path folder, List<String> program, int threads, int sleeping)
            throws Exception {
        Path core = coreIn(quit(folder, program, threads, sleeping), "core");
        try (OpenDump dump = DumpFiles.open(core, Limits.defaults());
                WithoutCalls snapshot = new WithoutCalls(dump.snapshot())) {
            return analyzed(core, dump, snapshot, OPTIONS);
        } finally {
            Files.delete(core);
        }
    }

    /**
     * The core that qemu writes of a statically linked program of another CPU, likewise.
     *
     * @param cpu as qemu names it: "aarch64"
     */
    static Report foreignCore(
            Path folder, String cpu, List<String> program, int threads, int sleeping)
            throws Exception {
        List<String> command = new ArrayList<>();
        command.add(tool("qemu-" + cpu).program().toString());
        command.addAll(program);
        int own = 1; // a thread of qemu's, which waits for a futex
        Path place = quit(folder, command, threads + own, sleeping);
        Path core = coreIn(place, "qemu_");
        try (OpenDump dump = DumpFiles.open(core, Limits.defaults());
                QemuSnapshot snapshot =
                        new QemuSnapshot(dump.snapshot(), Path.of(program.getFirst()))) {
            return analyzed(core, dump, snapshot, OPTIONS);
        } finally {
            try (Stream<Path> files = Files.list(place)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /** The folder where the program ran until SIGQUIT ended it. */
    private static Path quit(Path folder, List<String> program, int threads, int sleeping)
            throws Exception {
        Path place = emptyPlace(folder);
        List<String> command =
                new ArrayList<>(List.of("sh", "-c", "ulimit -c unlimited; exec \"$@\"", "sh"));
        command.addAll(program);
        Process process = new ProcessBuilder(command)
                .directory(place.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            await(process, threads, sleeping, command.toString());
            Tool.find("kill").orElseThrow().text(List.of("-QUIT", String.valueOf(process.pid())));
            if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                throw new IOException(command + " does not end");
            }
        } finally {
            process.destroyForcibly().waitFor(SECONDS_MAX, TimeUnit.SECONDS);
        }
        return place;
    }

    private static void await(Process process, int threads, int sleeping, String what)
            throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
        String seen = "";
        while (System.nanoTime() < deadline && process.isAlive()) {
            List<String> calls = calls(process.pid());
            seen = calls.toString();
            long sleepers = calls.stream()
                    .filter(call -> call.startsWith("230 ") || call.startsWith("35 "))
                    .count();
            long futexes =
                    calls.stream().filter(call -> call.startsWith("202 ")).count();
            if (sleepers == sleeping && futexes == threads - sleeping && calls.size() == threads) {
                return;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
        throw new IOException(what + " did not come to rest: " + seen);
    }

    /** The system calls of all threads; "" for one that runs or is about to. */
    static List<String> calls(long pid) throws IOException {
        List<String> calls = new ArrayList<>();
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
            for (Path task : tasks.toList()) {
                String state = Files.readString(task.resolve("stat"));
                boolean rests = state.substring(state.lastIndexOf(')') + 2).startsWith("S");
                calls.add(rests ? Files.readString(task.resolve("syscall")).strip() : "");
            }
        } catch (NoSuchFileException ended) {
            return List.of();
        }
        return calls;
    }

    static Report analyzed(Path file, AnalysisOptions options) throws Exception {
        try (OpenDump dump = DumpFiles.open(file, Limits.defaults())) {
            return analyzed(file, dump, dump.snapshot(), options);
        }
    }

    private static Report analyzed(
            Path file, OpenDump dump, ProcessSnapshot snapshot, AnalysisOptions options)
            throws Exception {
        Report.DumpFacts facts = new Report.DumpFacts(
                Optional.of(file.toString()),
                OptionalLong.of(dump.sizeBytes()),
                dump.format(),
                Optional.empty(),
                Optional.empty(),
                dump.truncated(),
                Optional.empty(),
                Optional.empty());
        return Analyzer.analyze(snapshot, facts, options);
    }
}
