package dev.mortem.format.pe;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limit;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * The export table ("PE Format", "The .edata Section"): IMAGE_EXPORT_DIRECTORY, 40 bytes. At 12 the
 * rva of the image's own name, 16 OrdinalBase, 20 and 24 the counts of addresses and of names, 28, 32
 * and 36 the rvas of the addresses (4 bytes), names (4) and indexes into the addresses (2) by name.
 * Immutable, safe for any thread.
 */
public final class PeExports {
    private static final int DIRECTORY_BYTES = 40;

    private final Optional<String> imageName;
    private final List<PeExport> all;

    private PeExports(Optional<String> imageName, List<PeExport> all) {
        this.imageName = imageName;
        this.all = List.copyOf(all);
    }

    /**
     * Reads the table; no exports where the image has none. An export that cannot be read is left out
     * with a Diagnostic.
     *
     * @throws MalformedException where the table's head or one of its three tables is cut or absent
     */
    public static PeExports read(PeImage image, Diagnostics diagnostics) throws MalformedException {
        Optional<PeDirectory.Place> place = image.header().directory(PeDirectory.EXPORT);
        if (place.isEmpty()) {
            return new PeExports(Optional.empty(), List.of());
        }
        return new Table(image, place.get(), diagnostics).read();
    }

    /** The name the image was linked under: "KERNEL32.dll", whatever its file is called. */
    public Optional<String> imageName() {
        return imageName;
    }

    /** Those with names in the order of the table, by name; then those without, by ordinal. */
    public List<PeExport> all() {
        return all;
    }

    /** The first export with that name. */
    public Optional<PeExport> find(String name) {
        return all.stream()
                .filter(export -> export.name().filter(name::equals).isPresent())
                .findFirst();
    }

    /** The first export with that ordinal. */
    public Optional<PeExport> find(long ordinal) {
        return all.stream().filter(export -> export.ordinal() == ordinal).findFirst();
    }

    /** One reading of the table. */
    private static final class Table {
        private final PeImage image;
        private final PeDirectory.Place place;
        private final Diagnostics diagnostics;
        private final ByteSource directory;
        private final List<PeExport> exports = new ArrayList<>();
        private long textBytesLeft;

        Table(PeImage image, PeDirectory.Place place, Diagnostics diagnostics)
                throws MalformedException {
            this.image = image;
            this.place = place;
            this.diagnostics = diagnostics;
            this.directory = image.view("IMAGE_EXPORT_DIRECTORY", place.rva(), place.sizeBytes());
            this.textBytesLeft = image.limits().max(PeLimits.NAMES_BYTES);
            directory.slice("IMAGE_EXPORT_DIRECTORY", 0, DIRECTORY_BYTES);
        }

        PeExports read() throws MalformedException {
            long base = directory.u4("OrdinalBase", 16);
            long addressCount = count("NumberOfFunctions", 20);
            long nameCount = count("NumberOfNames", 24);
            ByteSource addresses = table("AddressOfFunctions", 28, addressCount, 4);
            ByteSource names = table("AddressOfNames", 32, nameCount, 4);
            ByteSource indexes = table("AddressOfNameOrdinals", 36, nameCount, 2);
            BitSet named = new BitSet();
            for (long entry = 0; entry < nameCount; entry++) {
                int index = indexes.u2("ordinal", 2 * entry);
                try {
                    long rva = addresses.u4("address", 4L * index);
                    Optional<String> name = Optional.of(text(names.u4("name", 4 * entry)));
                    add(name, base + index, rva);
                    named.set(index);
                } catch (MalformedException malformed) {
                    diagnostics.report(malformed, "this export has no name");
                }
            }
            for (int index = 0; index < addressCount; index++) {
                long rva = addresses.u4("address", 4L * index);
                if (!named.get(index) && rva != 0) {
                    unnamed(base + index, rva);
                }
            }
            return new PeExports(imageName(), exports);
        }

        private void unnamed(long ordinal, long rva) {
            try {
                add(Optional.empty(), ordinal, rva);
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "the export with ordinal " + ordinal + " is lost");
            }
        }

        /** An address inside of the export table is that of a forwarder's text. */
        private void add(Optional<String> name, long ordinal, long rva) throws MalformedException {
            Optional<String> forwarder =
                    place.contains(rva) ? Optional.of(text(rva)) : Optional.empty();
            exports.add(new PeExport(name, ordinal, rva, forwarder));
        }

        private Optional<String> imageName() {
            try {
                return Optional.of(text(directory.u4("Name", 12)));
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "the name the image was linked under is unknown");
                return Optional.empty();
            }
        }

        private long count(String field, long offset) throws MalformedException {
            long count = directory.u4(field, offset);
            Limit limit = PeLimits.EXPORTS;
            if (!image.limits().allows(limit, count)) {
                throw directory.malformed(
                        field,
                        offset,
                        "%,d exports".formatted(count),
                        "at most %,d".formatted(image.limits().max(limit)));
            }
            return count;
        }

        private ByteSource table(String field, long offset, long count, int entryBytes)
                throws MalformedException {
            return image.view(field, directory.u4(field, offset), count * entryBytes)
                    .table(field, 0, count, entryBytes);
        }

        /** Mostly inside of the directory, which is copied once where the image is in memory. */
        private String text(long rva) throws MalformedException {
            int sizeMax = image.limits().maxInt(PeLimits.NAME_BYTES);
            String text = rva >= place.rva() && rva - place.rva() < directory.sizeBytes()
                    ? directory.terminatedString("name", rva - place.rva(), sizeMax)
                    : image.text("name", rva);
            textBytesLeft -= text.length();
            if (textBytesLeft < 0) {
                throw directory.malformed(
                        "name",
                        0,
                        "more text than the exports of an image have",
                        "at most %,d bytes".formatted(image.limits().max(PeLimits.NAMES_BYTES)));
            }
            return text;
        }
    }
}
