package dev.mortem.format.minidump;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An entry of Mortem's own stream of mappings (docs/minidump.md), 48 bytes behind a header as that of
 * MemoryInfoListStream: one mapping of one module's file, which MINIDUMP_MODULE has no place for.
 *
 * <pre>
 *  0  start and sizeBytes of the module; start, sizeBytes and fileOffset of the mapping: 8 bytes each
 * 40  flags: 1 the file was deleted; reserved: 4 bytes each
 * </pre>
 */
public record MappingEntry(
        AddressRange module, AddressRange mapping, long fileOffset, boolean deleted) {
    private static final int SIZE_BYTES = 48;
    private static final int DELETED = 1;

    /** In the dump's order; none where it has no such stream. */
    public static List<MappingEntry> readAll(MinidumpFile file) {
        List<MappingEntry> mappings = new ArrayList<>();
        try {
            Optional<MinidumpFile.Sized> list = file.sized(
                    StreamType.MORTEM_MAPPINGS,
                    "Mappings",
                    8,
                    SIZE_BYTES,
                    file.limits().max(MinidumpLimits.MEMORY_RANGES));
            for (int index = 0; list.isPresent() && index < list.get().count(); index++) {
                mappings.add(read(list.get().entry(index, "Mapping")));
            }
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "parts of modules are taken as mapped in one piece");
        }
        return mappings;
    }

    private static MappingEntry read(ByteSource entry) throws MalformedException {
        return new MappingEntry(
                AddressRange.ofSize(entry.u8("module.start", 0), entry.u8("module.sizeBytes", 8)),
                AddressRange.ofSize(entry.u8("start", 16), entry.u8("sizeBytes", 24)),
                entry.u8("fileOffset", 32),
                (entry.u4("flags", 40) & DELETED) != 0);
    }

    /** Puts the list. */
    public static void write(List<MappingEntry> mappings, MinidumpHead head) {
        List<MinidumpHead.Entry> entries = new ArrayList<>();
        mappings.forEach(mapping -> entries.add(mapping::write));
        head.sized(StreamType.MORTEM_MAPPINGS, 8, SIZE_BYTES, entries);
    }

    private void write(ByteBuffer target) {
        target.putLong(module.start())
                .putLong(module.sizeBytes())
                .putLong(mapping.start())
                .putLong(mapping.sizeBytes())
                .putLong(fileOffset)
                .putInt(deleted ? DELETED : 0);
    }
}
