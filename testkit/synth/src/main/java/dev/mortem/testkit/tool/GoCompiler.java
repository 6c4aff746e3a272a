package dev.mortem.testkit.tool;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A Go toolchain of this machine: it compiles programs and answers for their addresses. */
public final class GoCompiler {
    private static final long SECONDS_MAX = 300; // a first build compiles the standard library

    /** Calls that are inlined, one into the other; methods, a closure, a generic function. */
    private static final String SOURCE = """
            package main

            import (
            	"bufio"
            	"fmt"
            	"os"
            	"runtime"
            	"strconv"
            	"strings"
            	"time"
            )

            type cart struct{ items []int }

            func price(n int) int { return n*3 + len(os.Args) }

            func sum(a, b int) int { return price(a) + price(b) }

            func (c *cart) add(n int) { c.items = append(c.items, sum(n, n+1)) }

            func largest[T int | string](values []T) T {
            	var best T
            	for _, value := range values {
            		if value > best {
            			best = value
            		}
            	}
            	return best
            }

            //go:noinline
            func (c *cart) total() int {
            	total := 0
            	for _, item := range c.items {
            		total += sum(item, price(item))
            	}
            	visit := func(n int) int { return total + sum(n, n) }
            	return visit(largest(c.items))
            }

            // Answers for each address on standard input, or waits when it is told to.
            func main() {
            	shop := &cart{}
            	for index := 0; index < 5; index++ {
            		shop.add(index)
            	}
            	fmt.Fprintln(os.Stderr, shop.total(), largest(strings.Fields("a b")))
            	if len(os.Args) > 1 && os.Args[1] == "wait" {
            		fmt.Println("ready")
            		time.Sleep(time.Hour)
            	}
            	lines := bufio.NewScanner(os.Stdin)
            	output := bufio.NewWriter(os.Stdout)
            	defer output.Flush()
            	for lines.Scan() {
            		pc, _ := strconv.ParseUint(lines.Text(), 16, 64)
            		frame, _ := runtime.CallersFrames([]uintptr{uintptr(pc + 1)}).Next()
            		fmt.Fprintf(output, "%s\\t%s\\t%d\\n", frame.Function, frame.File, frame.Line)
            	}
            }
            """;

    private final Path program;

    private GoCompiler(Path program) {
        this.program = program;
    }

    /** The one in PATH, and others that Debian's packages put beside it. */
    public static List<GoCompiler> all() throws IOException {
        List<Path> found = new ArrayList<>();
        Tool.find("go").map(Tool::program).ifPresent(found::add);
        Path beside = Path.of("/usr/lib");
        try (Stream<Path> folders = Files.list(beside)) {
            folders.filter(folder -> String.valueOf(folder.getFileName()).startsWith("go-1."))
                    .map(folder -> folder.resolve("bin/go"))
                    .filter(Files::isExecutable)
                    .sorted()
                    .forEach(found::add);
        }
        return found.stream()
                .map(GoCompiler::real)
                .distinct()
                .map(GoCompiler::new)
                .toList();
    }

    /**
     * Compiles the program of the tests, which needs the standard library only.
     *
     * @param options of {@code go build}
     */
    public Path build(Path folder, List<String> options) throws IOException {
        Path source = Files.writeString(folder.resolve("shop.go"), SOURCE);
        Path target = Files.createTempDirectory(folder, "go").resolve("shop");
        List<String> command = new ArrayList<>(List.of(program.toString(), "build"));
        command.addAll(options);
        command.addAll(List.of("-o", target.toString(), source.toString()));
        run(folder, command, "");
        return target;
    }

    /** What {@code go tool addr2line} says: a function and file:line for each address. */
    public List<String> addr2line(Path folder, Path file, List<Long> addresses) throws IOException {
        List<String> command = List.of(program.toString(), "tool", "addr2line", file.toString());
        List<String> lines = run(folder, command, hex(addresses, "0x")).lines().toList();
        List<String> answers = new ArrayList<>();
        for (int index = 0; index + 1 < lines.size(); index += 2) {
            answers.add(lines.get(index) + "\t" + lines.get(index + 1));
        }
        return answers;
    }

    /** What the program itself says: function, file and line of the innermost frame, tabs between. */
    public List<String> ask(Path folder, Path file, List<Long> addresses) throws IOException {
        return run(folder, List.of(file.toString()), hex(addresses, "")).lines().toList();
    }

    @Override
    public String toString() {
        return program.toString();
    }

    private static String hex(List<Long> addresses, String prefix) {
        StringBuilder text = new StringBuilder();
        addresses.forEach(
                address -> text.append(prefix).append(Long.toHexString(address)).append('\n'));
        return text.toString();
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException dangling) {
            return path;
        }
    }

    private static String run(Path folder, List<String> command, String input) throws IOException {
        Path in = Files.createTempFile(folder, "in", ".txt");
        Path out = Files.createTempFile(folder, "out", ".txt");
        File errors = Files.createTempFile(folder, "err", ".txt").toFile();
        Files.writeString(in, input);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(errors);
        // nothing is fetched: neither modules nor another toolchain
        builder.environment()
                .putAll(Map.of(
                        "GOFLAGS",
                        "",
                        "GOPROXY",
                        "off",
                        "GOTOOLCHAIN",
                        "local",
                        "GO111MODULE",
                        "off"));
        builder.environment().putIfAbsent("CGO_ENABLED", "0");
        try {
            Process process = builder.start();
            if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(command + " did not end within " + SECONDS_MAX + " s");
            }
            if (process.exitValue() != 0) {
                throw new IOException(command + " failed: " + Files.readString(errors.toPath()));
            }
            return Files.readString(out);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException(command + " was interrupted", interrupted);
        }
    }
}
