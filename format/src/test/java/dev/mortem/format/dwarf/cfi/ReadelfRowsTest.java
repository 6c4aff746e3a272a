package dev.mortem.format.dwarf.cfi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ElfMachine;
import dev.mortem.testkit.tool.Corpus;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Every row of every FDE of real files is what binutils' readelf makes of the same bytes. */
class ReadelfRowsTest {
    private static final Pattern FDE = Pattern.compile(
            "^([0-9a-f]{8}) [0-9a-f]+ [0-9a-f]+ FDE cie=\\S+ pc=([0-9a-f]+)\\.\\.([0-9a-f]+)");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/lib/x86_64-linux-gnu/libc.so.6",
                "/lib64/ld-linux-x86-64.so.2",
                "/usr/lib/x86_64-linux-gnu/libstdc++.so.6",
                "/usr/lib/x86_64-linux-gnu/libm.so.6",
                "/usr/bin/bash",
                "/usr/bin/python3.11",
                "/usr/bin/gdb"
            })
    void rowsOfTheMachinesFiles(String file) throws Exception {
        Path path = Path.of(file);
        assumeTrue(Files.exists(path), "needs " + file);
        compare(path.toRealPath());
    }

    @ParameterizedTest
    @ValueSource(strings = {"i386", "x32", "x86_64", "aarch64", "s390", "s390x", "sparc"})
    void rowsOfTheCorpusExecutables(String cpu, @TempDir Path folder) throws Exception {
        Optional<Path> packed =
                Corpus.file("core/sourceware-org__elfutils/tests/backtrace." + cpu + ".exec.bz2");
        assumeTrue(packed.isPresent(), "needs the corpus: backtrace." + cpu + ".exec.bz2");
        Path file = folder.resolve("backtrace.exec");
        unpack(packed.orElseThrow(), file);
        compare(file);
    }

    @Test
    void rowsOfDebugFrameInEachVersion(@TempDir Path folder) throws Exception {
        for (String option : List.of("-gdwarf-2", "-gdwarf-3", "-gdwarf-4", "-gdwarf-5")) {
            Path source = folder.resolve("code.c");
            Files.writeString(
                    source,
                    "int g(int); int f(int a) { char b[a]; b[0] = 1; return g(b[0]) + g(a); }"
                            + " int h(int a) { return f(a) ? f(a + 1) : h(a - 1) + 1; }");
            Path file = folder.resolve("code" + option + ".so");
            run(List.of(
                    "gcc",
                    "-shared",
                    "-fPIC",
                    "-O1",
                    option,
                    "-fno-asynchronous-unwind-tables",
                    "-fno-unwind-tables",
                    "-o",
                    file.toString(),
                    source.toString()));
            compare(file);
        }
    }

    private static void compare(Path path) throws Exception {
        DiagnosticLog diagnostics = new DiagnosticLog();
        try (MappedFile mapped = MappedFile.open(path, ByteOrder.LITTLE_ENDIAN)) {
            ElfFile elf = ElfFile.read(mapped.source(), Limits.defaults(), diagnostics);
            FrameTable table = ElfFrames.of(elf, Optional.empty(), Limits.defaults(), diagnostics);
            Map<String, Fde> byPlace = new HashMap<>();
            for (Fde fde : table.all()) {
                byPlace.put(place(fde.offset(), fde.range().start()), fde);
            }
            Optional<Cpu> cpu = ElfMachine.of(elf.header()).cpu();
            int rows = 0;
            for (Expected expected : readelf(path)) {
                if (expected.start == expected.end) {
                    continue;
                }
                Fde fde = byPlace.get(expected.toString());
                assertThat(fde).as(expected.toString()).isNotNull();
                assertThat(fde.range().end()).isEqualTo(expected.end);
                assertThat(table.find(expected.start)).isPresent();
                rows += compareRows(fde, expected, cpu);
            }
            assertThat(rows).as("rows of " + path).isPositive();
        }
        assertThat(diagnostics.entries()).isEmpty();
    }

    private static String place(long offset, long start) {
        return "FDE at 0x%x, pc 0x%x".formatted(offset, start);
    }

    private static int compareRows(Fde fde, Expected expected, Optional<Cpu> cpu)
            throws MalformedException {
        List<FrameRow> rows = FrameProgram.rows(fde, Limits.defaults());
        if (expected.rows.isEmpty()) {
            assertThat(rows).as(expected.toString()).hasSize(1);
            return 0;
        }
        assertThat(rows).as(expected.toString()).hasSameSizeAs(expected.rows);
        for (int index = 0; index < rows.size(); index++) {
            FrameRow row = rows.get(index);
            String[] cells = expected.rows.get(index);
            assertThat(row.start()).isEqualTo(Long.parseUnsignedLong(cells[0], 16));
            long end = index + 1 < rows.size()
                    ? Long.parseUnsignedLong(expected.rows.get(index + 1)[0], 16)
                    : expected.end;
            assertThat(row.end()).isEqualTo(end);
            Optional<FrameRow> found = FrameProgram.rowAt(fde, row.start(), Limits.defaults());
            assertThat(found.isPresent()).isEqualTo(fde.range().contains(row.start()));
            if (cpu.isPresent() && found.isPresent()) {
                assertThat(text(row, fde, expected.columns, cpu.get()))
                        .as(expected + " " + cells[0])
                        .containsExactly(cells);
                assertThat(text(found.get(), fde, expected.columns, cpu.get()))
                        .containsExactly(cells);
            }
        }
        return rows.size();
    }

    /** The row as readelf prints it, for the registers of its columns. */
    private static List<String> text(FrameRow row, Fde fde, List<String> columns, Cpu cpu) {
        List<String> cells = new ArrayList<>();
        cells.add(
                columns.getFirst().equals("LOC")
                        ? String.format(
                                Locale.ROOT,
                                fde.cie().addressSizeBytes() == 8 ? "%016x" : "%08x",
                                row.start())
                        : "");
        cells.add(
                switch (row.cfa()) {
                    case CfaRule.RegisterOffset(int register, long offset) ->
                        "%s%+d".formatted(name(register, cpu), offset);
                    case CfaRule.Computed ignored -> "exp";
                });
        for (String column : columns.subList(2, columns.size())) {
            int register =
                    column.equals("ra") ? fde.cie().returnAddressRegister() : number(column, cpu);
            cells.add(row.ruleOf(register).map(rule -> text(rule)).orElse("u"));
        }
        return cells;
    }

    private static String text(RegisterRule rule) {
        return switch (rule) {
            case RegisterRule.Undefined() -> "u";
            case RegisterRule.SameValue() -> "s";
            case RegisterRule.Offset(long offset) -> "c%+d".formatted(offset);
            case RegisterRule.ValOffset(long offset) -> "v%+d".formatted(offset);
            case RegisterRule.InRegister(int register) -> "r" + register;
            case RegisterRule.Expression ignored -> "exp";
            case RegisterRule.ValExpression ignored -> "vexp";
        };
    }

    private static String name(int register, Cpu cpu) {
        return cpu == Cpu.ARM64 && register >= 64
                ? "v" + (register - 64)
                : cpu.registerNames().get(register);
    }

    private static int number(String name, Cpu cpu) {
        return cpu == Cpu.ARM64 && name.startsWith("v")
                ? 64 + Integer.parseInt(name.substring(1))
                : cpu.register(name).orElseThrow();
    }

    /** One FDE in readelf's listing. */
    private record Expected(
            long offset, long start, long end, List<String> columns, List<String[]> rows) {
        /** A row that covers no address, because it advances by 0, gives way to the next. */
        void add(String[] cells) {
            if (cells[0].equals("LOC")) {
                columns.addAll(List.of(cells));
                return;
            }
            if (!rows.isEmpty() && rows.getLast()[0].equals(cells[0])) {
                rows.removeLast();
            }
            rows.add(cells);
        }

        @Override
        public String toString() {
            return place(offset, start);
        }
    }

    private static List<Expected> readelf(Path path) throws IOException {
        List<Expected> found = new ArrayList<>();
        Process process =
                start(List.of("readelf", "-W", "--debug-dump=frames-interp", path.toString()));
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            boolean inFde = false;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Matcher fde = FDE.matcher(line);
                if (fde.find()) {
                    found.add(new Expected(
                            Long.parseLong(fde.group(1), 16),
                            Long.parseUnsignedLong(fde.group(2), 16),
                            Long.parseUnsignedLong(fde.group(3), 16),
                            new ArrayList<>(),
                            new ArrayList<>()));
                    inFde = true;
                } else if (line.isBlank() || line.contains(" CIE ")) {
                    inFde = false;
                } else if (inFde) {
                    // "r1 (rdx)": saved in another register
                    String[] cells = line.replaceAll(" \\(\\w+\\)", "").trim().split("\\s+");
                    found.getLast().add(cells);
                }
            }
        }
        return found;
    }

    private static Process start(List<String> command) {
        try {
            return new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException missing) {
            assumeTrue(false, "needs " + command.getFirst());
            throw new IllegalStateException(missing);
        }
    }

    private static void run(List<String> command) throws InterruptedException {
        assertThat(start(command).waitFor()).as(command.toString()).isZero();
    }

    private static void unpack(Path packed, Path target) throws Exception {
        try (var input = start(List.of("bzip2", "-dc", packed.toString())).getInputStream()) {
            Files.copy(input, target);
        }
    }
}
