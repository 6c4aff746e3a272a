import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.function.DebugInfo;
import dev.mortem.format.dwarf.function.DwarfCompanions;
import dev.mortem.format.dwarf.function.SourceFunction;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.format.dwarf.line.SourceLine;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.SectionHeader;
import dev.mortem.stack.demangle.Demangler;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * FILE ADDRESSES [raw]: the functions and lines of each svma in the file ADDRESSES, one a line, as
 * {@code llvm-symbolizer --obj=FILE --inlines} prints them: name and place of each function, innermost
 * first, then an empty line. Names are demangled unless the third word is "raw". Addresses are looked up
 * in ascending order, so that each unit is read once, and printed in the order they came. For
 * bench/dwarf-1g.sh.
 */
final class Symbolicate {
    private final DebugInfo info;
    private final Optional<Demangler> demangler;
    private final Map<String, String> names = new HashMap<>();
    private final Map<String, String> frames = new HashMap<>();

    private Symbolicate(DebugInfo info, Optional<Demangler> demangler) {
        this.info = info;
        this.demangler = demangler;
    }

    public static void main(String[] arguments) throws IOException, MalformedException {
        Path path = Path.of(arguments[0]);
        boolean raw = arguments.length > 2 && arguments[2].equals("raw");
        Diagnostics errors = diagnostic -> System.err.println(diagnostic);
        try (MappedFile mapped = MappedFile.open(path, ByteOrder.LITTLE_ENDIAN);
                Writer out = new BufferedWriter(
                        new OutputStreamWriter(System.out, StandardCharsets.UTF_8), 1 << 16)) {
            ElfFile file = ElfFile.read(mapped.source(), Limits.defaults(), errors);
            DebugInfo info = new DebugInfo(
                    sections(path.toString(), file),
                    DwarfCompanions.NONE,
                    Limits.defaults(),
                    errors);
            Symbolicate symbolicate = new Symbolicate(
                    info, raw ? Optional.empty() : Optional.of(new Demangler(Limits.defaults())));
            long[] addresses = Files.readAllLines(Path.of(arguments[1])).stream()
                    .mapToLong(Long::decode)
                    .toArray();
            for (List<String> frames : symbolicate.all(addresses)) {
                for (String frame : frames) {
                    out.write(frame);
                }
                out.write('\n');
            }
        }
    }

    private List<List<String>> all(long[] addresses) {
        List<List<String>> found = new ArrayList<>(Collections.nCopies(addresses.length, null));
        IntStream.range(0, addresses.length)
                .boxed()
                .sorted(Comparator.comparingLong(index -> addresses[index]))
                .forEach(index -> found.set(index, framesAt(addresses[index])));
        return found;
    }

    private List<String> framesAt(long svma) {
        List<SourceFunction> functions = info.at(svma);
        if (functions.isEmpty()) {
            return List.of(frame("??", info.lineAt(svma)));
        }
        return functions.stream()
                .map(function -> frame(
                        function.rawName().map(this::shown).orElse("??"), function.source()))
                .toList();
    }

    /** Most frames occur often: one text for all of them. */
    private String frame(String name, Optional<SourceLine> line) {
        String text = name + '\n' + place(line) + '\n';
        return frames.computeIfAbsent(text, same -> same);
    }

    private String shown(String name) {
        return demangler
                .map(known -> names.computeIfAbsent(
                        name, mangled -> known.demangle(mangled).orElse(mangled)))
                .orElse(name);
    }

    private static String place(Optional<SourceLine> line) {
        return line.map(at -> at.file() + ":" + at.line()).orElse("??:0");
    }

    private static DwarfSections sections(String name, ElfFile file) {
        return new DwarfSections(name, section -> {
            Optional<SectionHeader> header = file.section(section.sectionName())
                    .filter(found -> found.type() != SectionHeader.SHT_NOBITS);
            try {
                return header.isEmpty()
                        ? Optional.empty()
                        : Optional.of(file.content(header.get()));
            } catch (MalformedException malformed) {
                throw new UncheckedIOException(new IOException(malformed));
            }
        });
    }
}
