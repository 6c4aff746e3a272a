package dev.mortem.stack.fetch;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.breakpad.SymFile;
import dev.mortem.format.breakpad.SymModule;
import dev.mortem.format.pdb.PdbFile;
import dev.mortem.format.pdb.PdbKind;
import dev.mortem.format.pdb.PortablePdb;
import dev.mortem.format.pe.PeHeader;
import dev.mortem.format.pe.PeImage;
import dev.mortem.format.pe.PeLayout;
import dev.mortem.format.pe.PeSection;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** Whether a file is the one that was asked for, by the id that stands in it, and whole. */
final class StoreFileCheck {
    /** A page says so at once, behind comments at most. */
    private static final int PAGE_BYTES_MAX = 1024;

    /** In the superblock (LLVM, "The MSF File Format"). */
    private static final int BLOCK_SIZE = 32;

    private static final int NUM_BLOCKS = 40;

    private StoreFileCheck() {}

    /** What is wrong with it; empty where it is what was asked for. */
    static Optional<String> problem(StoreFile wanted, Path file, Limits limits) throws IOException {
        if (Files.size(file) == 0) {
            return Optional.of("an empty file");
        }
        try (MappedFile mapped = MappedFile.open(file, ByteOrder.LITTLE_ENDIAN)) {
            ByteSource source = mapped.source();
            if (isPage(source)) {
                return Optional.of("a web page in place of " + wanted);
            }
            return switch (wanted.kind()) {
                case IMAGE -> image(wanted, source, limits);
                case PDB -> pdb(wanted, source, limits);
                case SYM -> sym(wanted, source);
            };
        } catch (MalformedException malformed) {
            return Optional.of("a broken " + wanted.kind().label() + ": " + malformed.problem());
        }
    }

    private static boolean isPage(ByteSource source) throws MalformedException {
        int size = (int) Math.min(PAGE_BYTES_MAX, source.sizeBytes());
        String start = new String(source.bytes("start", 0, size), StandardCharsets.ISO_8859_1)
                .stripLeading()
                .toLowerCase(Locale.ROOT);
        return start.startsWith("<")
                && (start.contains("<html") || start.contains("<!doctype html"));
    }

    private static Optional<String> image(StoreFile wanted, ByteSource source, Limits limits)
            throws MalformedException {
        if (!PeHeader.hasDosMagic(source)) {
            return Optional.of("no PE image");
        }
        PeImage image = PeImage.open(source, PeLayout.FILE, limits, _ -> {});
        for (PeSection section : image.sections()) {
            long end = section.fileOffset() + section.rawSize();
            if (section.fileOffset() > 0 && end > source.sizeBytes()) {
                return Optional.of("an image that was cut off: " + section.name() + " ends at byte "
                        + end + ", it has " + source.sizeBytes());
            }
        }
        return another(wanted, image.header().codeId().toString());
    }

    private static Optional<String> pdb(StoreFile wanted, ByteSource source, Limits limits)
            throws MalformedException {
        return switch (PdbKind.of(source)) {
            case PDB_7 -> {
                long end = source.u4("BlockSize", BLOCK_SIZE) * source.u4("NumBlocks", NUM_BLOCKS);
                yield Long.compareUnsigned(end, source.sizeBytes()) > 0
                        ? Optional.of("a PDB that was cut off: it has " + source.sizeBytes()
                                + " of " + Long.toUnsignedString(end) + " bytes")
                        : another(
                                wanted,
                                PdbFile.open(source, limits, _ -> {}).id().toString());
            }
            case PORTABLE -> another(wanted, PortablePdb.read(source).id().toString());
            case PDB_2 -> Optional.of("a PDB of Visual C++ 6.0 or earlier, which is not read");
            case NONE -> Optional.of("no PDB");
        };
    }

    private static Optional<String> sym(StoreFile wanted, ByteSource source) {
        Optional<SymModule> about = SymFile.moduleOf(source);
        return about.isEmpty()
                ? Optional.of("no symbol file")
                : another(wanted, about.get().debugId());
    }

    private static Optional<String> another(StoreFile wanted, String id) {
        return wanted.id().equalsIgnoreCase(id)
                ? Optional.empty()
                : Optional.of("another build: its id is " + id + ", not " + wanted.id());
    }
}
