package dev.mortem.format.dwarf.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.info.DwarfSection;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.SectionHeader;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Line tables of programs compiled here, judged by readelf, elfutils and GDB. */
class LinesAgainstOthersTest {
    /** "a.c     3    0x1040    1    x": file, line or "-", address, view, statement. */
    private static final Pattern ROW =
            Pattern.compile("^(\\S+) +(\\d+|-) +(0x[0-9a-f]+|0)(?:\\[\\d+])?(?: +\\d+)? *(x?) *$");

    private static final Pattern ELFUTILS_ANSWER = Pattern.compile("^(.*?):(\\d+)(?::\\d+)?$");

    private static final Pattern GDB_ANSWER = Pattern.compile("^Line (\\d+) of \"(.*?)\"");

    private record Row(String file, int line, long address, boolean isStmt, boolean end) {}

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "-gdwarf-2, -O0, -gz=none",
        "-gdwarf-2, -O2, -gz=none",
        "-gdwarf-3, -O0, -gz=none",
        "-gdwarf-3, -O2, -gz=none",
        "-gdwarf-4, -O0, -gz=none",
        "-gdwarf-4, -O2, -gz",
        "-gdwarf-5, -O0, -gz",
        "-gdwarf-5, -O2, -gz=none",
        "-gdwarf-5, -O2, -gdwarf64"
    })
    void rowsEqualReadelfsAndLinesElfutils(String version, String optimise, String compression)
            throws IOException, MalformedException {
        Path program = compile(List.of(version, optimise, compression));
        try (MappedFile mapped = MappedFile.open(program, ByteOrder.LITTLE_ENDIAN)) {
            DiagnosticLog diagnostics = new DiagnosticLog();
            ElfFile file = ElfFile.read(mapped.source(), Limits.defaults(), diagnostics);
            DwarfSections sections = sections(file);
            List<Row> expected = readelfRows(program);
            assertThat(expected).hasSizeGreaterThan(20);
            assertThat(rows(sections)).containsExactlyElementsOf(expected);

            LineIndex index = new LineIndex(sections, Limits.defaults(), diagnostics);
            compareWithElfutils(program, file, index);
            compareWithGdb(program, file, index, optimise.equals("-O0"));
            assertThat(diagnostics.entries()).isEmpty();
        }
    }

    @Test
    void functionsThatTheLinkerDroppedAnswerForNothing() throws IOException, MalformedException {
        Path program = compile(List.of("-g", "-ffunction-sections", "-Wl,--gc-sections"));
        try (MappedFile mapped = MappedFile.open(program, ByteOrder.LITTLE_ENDIAN)) {
            ElfFile file = ElfFile.read(mapped.source(), Limits.defaults(), ignored -> {});
            LineIndex index = new LineIndex(sections(file), Limits.defaults(), ignored -> {});
            for (long svma = 0; svma < 0x200; svma++) {
                assertThat(index.at(svma)).isEmpty();
            }
            compareWithElfutils(program, file, index);
            compareWithGdb(program, file, index, true);
        }
    }

    private Path compile(List<String> options) throws IOException {
        Files.createDirectories(folder.resolve("src/inc"));
        Files.writeString(folder.resolve("src/inc/twice.h"), """
                static inline int twice(int x)
                {
                    if (x > 100)
                        x--;
                    return x + x;
                }
                """);
        Files.writeString(folder.resolve("src/main.c"), """
                #include "inc/twice.h"
                int more(int);
                int unused(int x) { return twice(x) + 1; }
                int main(int count, char **names)
                {
                    int sum = 0;
                    for (int i = 0; i < count; i++)
                        sum += twice(more(i)) + names[i][0];
                    return sum;
                }
                """);
        Files.writeString(folder.resolve("src/more.cc"), """
                #include "inc/twice.h"
                template <typename T> static T add(T a, T b) { return a > b ? a + b : b - a; }
                struct Base { virtual int size(int x) { return x; } virtual ~Base() {} };
                struct Derived : Base { int size(int x) override { return twice(x) + 3; } };
                extern "C" int more(int x)
                {
                    Derived derived;
                    Base &base = derived;
                #line 4000 "elsewhere.cc"
                    return add<long>(x, base.size(x)) + add<char>(x, 'a');
                }
                """);
        Tool compiler = tool("g++");
        Path program = folder.resolve("program");
        Path object = folder.resolve("main.o");
        List<String> arguments = new ArrayList<>(options);
        arguments.addAll(List.of("-c", "src/main.c", "-o", object.toString()));
        run(tool("gcc"), arguments);
        arguments = new ArrayList<>(options);
        arguments.addAll(List.of("src/more.cc", object.toString(), "-o", program.toString()));
        run(compiler, arguments);
        return program;
    }

    private void run(Tool compiler, List<String> arguments) throws IOException {
        Tool.Output output = compiler.run(folder, arguments);
        assertThat(output.exitCode()).as(output.text()).isZero();
    }

    private static List<Row> readelfRows(Path program) throws IOException {
        List<Row> rows = new ArrayList<>();
        String text =
                tool("readelf").text(List.of("-W", "--debug-dump=decodedline", program.toString()));
        for (String line : text.lines().toList()) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                boolean end = row.group(2).equals("-");
                rows.add(new Row(
                        row.group(1),
                        end ? 0 : Integer.parseInt(row.group(2)),
                        Long.decode(row.group(3)),
                        row.group(4).equals("x") || end,
                        end));
            }
        }
        return rows;
    }

    private static List<Row> rows(DwarfSections sections) throws MalformedException {
        ByteSource line = sections.require(DwarfSection.LINE);
        List<Row> rows = new ArrayList<>();
        for (long offset = 0; offset < line.sizeBytes(); offset = LineHeader.endOf(line, offset)) {
            LineHeader header = LineHeader.read(sections, offset, Limits.defaults());
            new LineProgram(header, row -> {
                        String path = header.path(row.file(), Optional.empty(), List.of())
                                .orElseThrow();
                        rows.add(new Row(
                                path.substring(path.lastIndexOf('/') + 1),
                                row.endSequence() ? 0 : row.line(),
                                row.address(),
                                row.isStmt() || row.endSequence(),
                                row.endSequence()));
                    })
                    .run();
        }
        return rows;
    }

    /**
     * Every byte of code: the same line and file. (binutils' own addr2line names the wrong file for index 1
     * of version 5.)
     */
    private static void compareWithElfutils(Path program, ElfFile file, LineIndex index)
            throws IOException {
        SectionHeader text = file.section(".text").orElseThrow();
        List<String> arguments = new ArrayList<>(List.of("-e", program.toString()));
        for (long at = 0; at < text.sizeBytes(); at++) {
            arguments.add("0x" + Long.toHexString(text.svma() + at));
        }
        List<String> answers = tool("eu-addr2line").text(arguments).lines().toList();
        assertThat(answers).hasSize((int) text.sizeBytes());
        int compared = 0;
        for (int at = 0; at < answers.size(); at++) {
            Matcher answer = ELFUTILS_ANSWER.matcher(answers.get(at));
            assertThat(answer.matches()).as(answers.get(at)).isTrue();
            Optional<SourceLine> ours = index.at(text.svma() + at);
            boolean known = !answer.group(2).equals("0");
            String place = "svma 0x%x: %s, eu-addr2line %s"
                    .formatted(text.svma() + at, ours, answers.get(at));
            assertThat(ours.isPresent()).as(place).isEqualTo(known);
            if (known) {
                compared++;
                boolean sameLine = ours.orElseThrow().line() == Integer.parseInt(answer.group(2));
                boolean sameFile = ours.orElseThrow().file().equals(answer.group(1));
                assertThat(sameLine && sameFile).as(place).isTrue();
            }
        }
        assertThat(compared).isGreaterThan(50);
    }

    /**
     * Every byte of code: the same line and file name as GDB. Of rows at one address we take the last, GDB
     * the last statement: where code was optimised the lines may differ for that reason.
     */
    private void compareWithGdb(Path program, ElfFile file, LineIndex index, boolean exactly)
            throws IOException {
        SectionHeader text = file.section(".text").orElseThrow();
        StringBuilder commands = new StringBuilder();
        for (long at = 0; at < text.sizeBytes(); at++) {
            commands.append("info line *0x%x%n".formatted(text.svma() + at));
        }
        Path script = folder.resolve("commands.gdb");
        Files.writeString(script, commands);
        List<String> answers = tool("gdb")
                .text(List.of("-nx", "-batch", "-x", script.toString(), program.toString()))
                .lines()
                .toList();
        assertThat(answers).hasSize((int) text.sizeBytes());
        int otherRow = 0;
        for (int at = 0; at < answers.size(); at++) {
            Matcher answer = GDB_ANSWER.matcher(answers.get(at));
            Optional<SourceLine> ours = index.at(text.svma() + at);
            String place =
                    "svma 0x%x: %s, GDB %s".formatted(text.svma() + at, ours, answers.get(at));
            assertThat(ours.isPresent()).as(place).isEqualTo(answer.find());
            if (ours.isPresent()) {
                boolean same = ours.get().line() == Integer.parseInt(answer.group(1))
                        && ours.get().file().endsWith(answer.group(2));
                assertThat(same || !exactly).as(place).isTrue();
                otherRow += same ? 0 : 1;
            }
        }
        assertThat(otherRow).isLessThan(answers.size() / 2);
    }

    private static DwarfSections sections(ElfFile file) {
        return new DwarfSections("program", wanted -> {
            Optional<SectionHeader> section = file.section(wanted.sectionName());
            try {
                return section.isPresent()
                        ? Optional.of(file.content(section.get()))
                        : Optional.empty();
            } catch (MalformedException malformed) {
                throw new AssertionError(malformed);
            }
        });
    }

    private static Tool tool(String name) {
        Optional<Tool> found = Tool.find(name);
        assumeTrue(found.isPresent(), "needs " + name);
        return found.orElseThrow();
    }
}
