package dev.mortem.format.pe;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.format.codeview.CodeViewRecord;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The debug directory ("PE Format", "The .debug Section"). Immutable, safe for any thread while the
 * image's bytes are open.
 */
public final class PeDebugDirectory {
    public static final int TYPE_COFF = 1;
    public static final int TYPE_CODEVIEW = 2;
    public static final int TYPE_POGO = 13;
    public static final int TYPE_REPRO = 16;

    private static final int ENTRY_BYTES = 28;

    private final PeImage image;
    private final List<Entry> entries;

    private PeDebugDirectory(PeImage image, List<Entry> entries) {
        this.image = image;
        this.entries = List.copyOf(entries);
    }

    /**
     * IMAGE_DEBUG_DIRECTORY, 28 bytes: Characteristics 4, TimeDateStamp 4, MajorVersion 2,
     * MinorVersion 2, Type 4, SizeOfData 4, AddressOfRawData 4, PointerToRawData 4.
     *
     * @param type IMAGE_DEBUG_TYPE_*; also those that are no constant here
     * @param rva of the data; 0 where it is not mapped
     * @param fileOffset of the data
     */
    public record Entry(
            int type,
            int timeDateStamp,
            int majorVersion,
            int minorVersion,
            long sizeBytes,
            long rva,
            long fileOffset) {
        static Entry read(ByteSource entry) throws MalformedException {
            return new Entry(
                    entry.s4("Type", 12),
                    entry.s4("TimeDateStamp", 4),
                    entry.u2("MajorVersion", 8),
                    entry.u2("MinorVersion", 10),
                    entry.u4("SizeOfData", 16),
                    entry.u4("AddressOfRawData", 20),
                    entry.u4("PointerToRawData", 24));
        }
    }

    /** Reads the entries; none where the image has no directory, fewer, with a Diagnostic, if it is cut. */
    public static PeDebugDirectory read(PeImage image, Diagnostics diagnostics) {
        List<Entry> entries = new ArrayList<>();
        Optional<PeDirectory.Place> place = image.header().directory(PeDirectory.DEBUG);
        if (place.isEmpty()) {
            return new PeDebugDirectory(image, entries);
        }
        long count = Math.min(
                place.get().sizeBytes() / ENTRY_BYTES, image.limits().max(PeLimits.DEBUG_ENTRIES));
        ByteSource table =
                image.view("IMAGE_DEBUG_DIRECTORY", place.get().rva(), count * ENTRY_BYTES);
        try {
            for (long index = 0; index < count; index++) {
                entries.add(Entry.read(
                        table.slice("IMAGE_DEBUG_DIRECTORY", index * ENTRY_BYTES, ENTRY_BYTES)));
            }
        } catch (MalformedException cut) {
            diagnostics.report(cut, "this debug entry and those behind it are unknown");
        }
        return new PeDebugDirectory(image, entries);
    }

    public List<Entry> entries() {
        return entries;
    }

    /** An entry's data; throws where some of it is absent. */
    public ByteSource content(Entry entry) throws MalformedException {
        if (entry.rva() == 0 && image.file().isPresent()) {
            return image.file().get().slice("debug data", entry.fileOffset(), entry.sizeBytes());
        }
        return image.bytes("debug data", entry.rva(), entry.sizeBytes());
    }

    /** The first CodeView record that can be read; one that cannot leaves a Diagnostic. */
    public Optional<CodeViewRecord> codeView(Diagnostics diagnostics) {
        for (Entry entry : entries) {
            if (entry.type() == TYPE_CODEVIEW) {
                try {
                    return Optional.of(CodeViewRecord.read(content(entry)));
                } catch (MalformedException malformed) {
                    diagnostics.report(
                            malformed, "what debug information belongs to it is unknown");
                }
            }
        }
        return Optional.empty();
    }

    /** Whether the image says that its time stamps are hashes of its content (/Brepro). */
    public boolean isReproducible() {
        return entries.stream().anyMatch(entry -> entry.type() == TYPE_REPRO);
    }
}
