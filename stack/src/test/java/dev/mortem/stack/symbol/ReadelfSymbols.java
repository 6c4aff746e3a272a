package dev.mortem.stack.symbol;

import dev.mortem.testkit.tool.Tool;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The symbols of code of a file as binutils' readelf prints them. */
final class ReadelfSymbols {
    /** "   [12] .plt  PROGBITS  0000000000026000 026000 000370 10  AX  0   0 16" */
    private static final Pattern SECTION = Pattern.compile(
            "^ *\\[ *(\\d+)] (\\S+) +(\\S+) +([0-9a-f]+) [0-9a-f]+ ([0-9a-f]+) [0-9a-f]+ +([A-Zlop]*) .*");

    /** "   125: 000000000002a400   100 FUNC    GLOBAL DEFAULT   16 name" */
    private static final Pattern SYMBOL = Pattern.compile(
            "^ *\\d+: ([0-9a-f]+) +(\\d+|0x[0-9a-f]+) (\\S+) +(\\S+) +\\S+ +(?:\\[.*] +)?(\\d+) ?(.*)");

    record Symbol(long svma, long sizeBytes, String type, String binding, String name) {}

    record Section(String name, long svma, long sizeBytes) {
        boolean contains(long address) {
            return Long.compareUnsigned(address - svma, sizeBytes) < 0;
        }
    }

    private final List<Section> code = new ArrayList<>();
    private final TreeMap<Long, List<Symbol>> symbols = new TreeMap<>(Long::compareUnsigned);

    private ReadelfSymbols() {}

    /** Symbols of {@code .symtab} and {@code .dynsym} of all the files, which are of one module. */
    static ReadelfSymbols of(Tool readelf, List<Path> files) throws IOException {
        ReadelfSymbols read = new ReadelfSymbols();
        for (Path file : files) {
            read.add(readelf.text(List.of("-W", "-S", "-s", file.toString())));
        }
        return read;
    }

    private void add(String text) {
        Set<Integer> codeIndexes = new HashSet<>();
        for (String line : text.lines().toList()) {
            Matcher section = SECTION.matcher(line);
            if (section.matches() && section.group(6).contains("X")) {
                codeIndexes.add(Integer.valueOf(section.group(1)));
                code.add(new Section(
                        section.group(2),
                        Long.parseUnsignedLong(section.group(4), 16),
                        Long.parseUnsignedLong(section.group(5), 16)));
            }
            Matcher symbol = SYMBOL.matcher(line);
            if (symbol.matches()
                    && codeIndexes.contains(Integer.valueOf(symbol.group(5)))
                    && Set.of("FUNC", "IFUNC", "NOTYPE").contains(symbol.group(3))
                    && !symbol.group(6).startsWith(".L")
                    && !symbol.group(6).isEmpty()) {
                long svma = Long.parseUnsignedLong(symbol.group(1), 16);
                symbols.computeIfAbsent(svma, start -> new ArrayList<>())
                        .add(new Symbol(
                                svma,
                                Long.decode(symbol.group(2)),
                                symbol.group(3),
                                symbol.group(4),
                                symbol.group(6).replaceFirst("(?<=.)@.*| \\[.*", "")));
            }
        }
    }

    List<Section> code() {
        return code;
    }

    /** All symbols by svma. */
    Map<Long, List<Symbol>> symbols() {
        return symbols;
    }

    /** Every name of the function that covers the svma; empty where there is none. */
    Set<String> namesAt(long svma) {
        Optional<Section> section =
                code.stream().filter(candidate -> candidate.contains(svma)).findFirst();
        for (List<Symbol> aliases : symbols.headMap(svma, true).descendingMap().values()) {
            Set<String> covering = new HashSet<>();
            for (Symbol symbol : aliases) {
                if (Long.compareUnsigned(svma - symbol.svma, symbol.sizeBytes) < 0) {
                    covering.add(symbol.name);
                }
            }
            if (!covering.isEmpty()) {
                return section.isEmpty() ? Set.of() : covering;
            }
            long start = aliases.getFirst().svma;
            if (svma - start > 1 << 20) {
                break;
            }
        }
        Map.Entry<Long, List<Symbol>> last = symbols.floorEntry(svma);
        boolean unsized = last != null
                && section.isPresent()
                && section.get().contains(last.getKey())
                && last.getValue().stream().allMatch(symbol -> symbol.sizeBytes == 0);
        Set<String> names = new HashSet<>();
        if (unsized) {
            last.getValue().forEach(symbol -> names.add(symbol.name));
        }
        return names;
    }
}
