package dev.mortem.stack.symbol;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.format.pe.CoffSymbols;
import dev.mortem.format.pe.PeDirectory;
import dev.mortem.format.pe.PeExport;
import dev.mortem.format.pe.PeExports;
import dev.mortem.format.pe.PeHeader;
import dev.mortem.format.pe.PeImage;
import dev.mortem.stack.demangle.CDecoration;
import dev.mortem.stack.locate.PeFunctions;
import dev.mortem.stack.locate.PeModule;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The names that a PE image itself has for its functions: the linker's symbols where it left them in
 * the file, and what the image exports. Read when first needed; safe for any thread.
 *
 * <p>Neither has sizes, and exports are few: the nearest below an address mostly is another function.
 * So a name is only given where the unwind tables show that it is of the same function, or where both
 * the name and the address are so close in one leaf that nothing fits between, as in the calls of the
 * kernel that ntdll exports.
 */
final class PeSymbols {
    /** What a leaf's name covers without a table's word: ntdll's calls of the kernel take 32 bytes. */
    private static final int LEAF_BYTES = 32;

    private static final int INT3 = 0xcc;
    private static final int RET = 0xc3;

    private final PeModule module;
    private final PeImage image;
    private final Diagnostics diagnostics;
    private Optional<Names> names = Optional.empty();

    /** @param byRva symbols before exports, of several at one rva the first */
    private record Names(TreeMap<Long, String> byRva, Map<String, Long> byName, boolean complete) {}

    PeSymbols(PeModule module, Diagnostics diagnostics) {
        this.module = module;
        this.image = module.image();
        this.diagnostics = diagnostics;
    }

    /** The function that covers the svma. */
    Optional<FunctionTable.Entry> functionAt(long svma) {
        long imageBase = image.header().imageBase();
        long rva = svma - imageBase;
        Names known = names();
        Optional<PeFunctions.Extent> extent = module.functions().at(rva);
        Optional<Map.Entry<Long, String>> below = Optional.ofNullable(known.byRva.floorEntry(rva));
        if (extent.isPresent()) {
            Optional<Map.Entry<Long, String>> inside =
                    below.filter(name -> name.getKey() >= extent.get().beginRva());
            long root = extent.get().rootRva();
            return inside.or(() -> Optional.ofNullable(known.byRva.get(root))
                            .map(name -> Map.entry(root, name)))
                    .map(name -> entry(name, imageBase));
        }
        return below.filter(name -> isSameLeaf(name.getKey(), rva, known))
                .map(name -> entry(name, imageBase));
    }

    /** Where a function or variable is. */
    Optional<FunctionTable.Entry> named(String raw) {
        return Optional.ofNullable(names().byName.get(raw))
                .map(rva -> new FunctionTable.Entry(raw, rva + image.header().imageBase(), 0));
    }

    private static FunctionTable.Entry entry(Map.Entry<Long, String> name, long imageBase) {
        return new FunctionTable.Entry(name.getValue(), name.getKey() + imageBase, 0);
    }

    /** Neither has an entry in the tables: both are in leaves, or the tables are not there. */
    private boolean isSameLeaf(long start, long rva, Names known) {
        boolean sameSection = image.sectionAt(start)
                .filter(section -> section.isExecutable() && section.contains(rva))
                .isPresent();
        if (!sameSection || module.functions().at(start).isPresent()) {
            return false;
        }
        return rva == start
                || known.complete
                || (rva - start < LEAF_BYTES && !endsBetween(start, rva));
    }

    /** Whether a return or padding stands between a function's start and an address behind it. */
    private boolean endsBetween(long start, long rva) {
        ByteSource code = image.view("code", start, rva - start);
        if (code.sizeBytes() < rva - start) {
            return true; // nothing tells
        }
        try {
            for (long offset = 0; offset < code.sizeBytes(); offset++) {
                int opcode = code.u1("instruction", offset);
                if (opcode == INT3 || opcode == RET) {
                    return true;
                }
            }
            return false;
        } catch (MalformedException cutWhileMapped) {
            return true;
        }
    }

    private synchronized Names names() {
        if (names.isEmpty()) {
            names = Optional.of(read());
        }
        return names.get();
    }

    private Names read() {
        TreeMap<Long, String> byRva = new TreeMap<>();
        Map<String, Long> byName = new HashMap<>();
        List<CoffSymbols.Function> symbols = CoffSymbols.functions(image, diagnostics);
        for (CoffSymbols.Function symbol : symbols) {
            String name = sourceName(symbol.name());
            byRva.putIfAbsent(symbol.rva(), name);
            byName.putIfAbsent(name, symbol.rva());
        }
        for (PeExport export : exports()) {
            if (export.name().isPresent() && export.forwarder().isEmpty()) {
                byRva.putIfAbsent(export.rva(), export.name().get());
                byName.putIfAbsent(export.name().get(), export.rva());
            }
        }
        return new Names(byRva, byName, !symbols.isEmpty());
    }

    /** In their order: of several names for one rva the first stays. */
    private List<PeExport> exports() {
        if (image.directory(PeDirectory.EXPORT)
                .filter(table -> table.sizeBytes() > 0)
                .isEmpty()) {
            return List.of(); // none, or a dump without that page
        }
        try {
            return PeExports.read(image, diagnostics).all().stream()
                    .sorted(Comparator.comparingLong(PeExport::ordinal))
                    .toList();
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "functions that the module exports are unknown");
            return List.of();
        }
    }

    /** C functions of 32-bit x86 are decorated. */
    private String sourceName(String name) {
        boolean decorated = image.header().machine() == PeHeader.MACHINE_I386;
        return decorated ? CDecoration.undecorated(name).orElse(name) : name;
    }
}
