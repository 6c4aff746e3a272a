package dev.mortem.stack.symbol;

import dev.mortem.base.address.AddressOrder;
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

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

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
        Optional<Name> below = known.atOrBelow(rva);
        if (extent.isPresent()) {
            Optional<Name> inside =
                    below.filter(name -> name.rva >= extent.get().beginRva());
            long root = extent.get().rootRva();
            return inside.or(() -> known.atOrBelow(root).filter(name -> name.rva == root))
                    .map(name -> name.entry(imageBase));
        }
        return below.filter(name -> isSameLeaf(name.rva, rva, known))
                .map(name -> name.entry(imageBase));
    }

    /** Where a function or variable is. */
    Optional<FunctionTable.Entry> named(String raw) {
        return names().named(raw).map(name -> name.entry(image.header().imageBase()));
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
        List<Name> names = new ArrayList<>();
        for (CoffSymbols.Function symbol : CoffSymbols.functions(image, diagnostics)) {
            names.add(new Name(symbol.rva(), sourceName(symbol.name())));
        }
        boolean complete = !names.isEmpty();
        for (PeExport export : exports()) {
            if (export.name().isPresent() && export.forwarder().isEmpty()) {
                names.add(new Name(export.rva(), export.name().get()));
            }
        }
        return new Names(names, complete);
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

    private record Name(long rva, String text) {
        FunctionTable.Entry entry(long imageBase) {
            return new FunctionTable.Entry(text, rva + imageBase, 0);
        }
    }

    /** All names: the linker's symbols, then what is exported. */
    private static final class Names {
        /** Whether the linker's symbols are there, so that no function is without a name. */
        final boolean complete;

        private final List<Name> names;
        private final int[] byRva;

        Names(List<Name> names, boolean complete) {
            this.names = names;
            this.complete = complete;
            this.byRva = AddressOrder.ascending(
                    names.stream().mapToLong(Name::rva).toArray(), names.size());
        }

        /** The nearest; of several at one rva the first. */
        Optional<Name> atOrBelow(long rva) {
            int low = countUpTo(rva);
            if (low == 0) {
                return Optional.empty();
            }
            long nearest = at(low - 1).rva;
            return Optional.of(at(nearest == 0 ? 0 : countUpTo(nearest - 1)));
        }

        Optional<Name> named(String text) {
            return names.stream().filter(name -> name.text.equals(text)).findFirst();
        }

        /** How many are at the rva or below. */
        private int countUpTo(long rva) {
            int low = 0;
            int high = byRva.length;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (at(middle).rva <= rva) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        private Name at(int position) {
            return names.get(byRva[position]);
        }
    }
}
