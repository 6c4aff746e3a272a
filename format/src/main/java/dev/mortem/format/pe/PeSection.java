package dev.mortem.format.pe;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.charset.StandardCharsets;

/**
 * IMAGE_SECTION_HEADER, 40 bytes ("PE Format", "Section Table"): Name 8, VirtualSize, VirtualAddress,
 * SizeOfRawData, PointerToRawData: 4 each, then relocations and line numbers of object files, and at 36
 * Characteristics.
 *
 * @param name in full where the string table was at hand, else as it stands: "/123"
 * @param virtualSize bytes in memory
 * @param rva VirtualAddress
 * @param rawSize bytes in the file, rounded up to the file's alignment
 * @param fileOffset PointerToRawData; 0 where nothing is in the file
 */
public record PeSection(
        String name,
        long virtualSize,
        long rva,
        long rawSize,
        long fileOffset,
        long characteristics) {
    static final int SIZE_BYTES = 40;

    public static final long MEM_EXECUTE = 0x2000_0000L;
    public static final long MEM_READ = 0x4000_0000L;
    public static final long MEM_WRITE = 0x8000_0000L;

    static PeSection read(ByteSource header) throws MalformedException {
        return new PeSection(
                header.cString("Name", 0, 8, StandardCharsets.UTF_8),
                header.u4("VirtualSize", 8),
                header.u4("VirtualAddress", 12),
                header.u4("SizeOfRawData", 16),
                header.u4("PointerToRawData", 20),
                header.u4("Characteristics", 36));
    }

    /** The same section under its full name. */
    PeSection named(String fullName) {
        return new PeSection(fullName, virtualSize, rva, rawSize, fileOffset, characteristics);
    }

    public boolean isExecutable() {
        return (characteristics & MEM_EXECUTE) != 0;
    }

    /** Bytes it takes in memory: some linkers leave VirtualSize 0. */
    public long sizeBytes() {
        return virtualSize == 0 ? rawSize : virtualSize;
    }

    public boolean contains(long other) {
        return other >= rva && other - rva < sizeBytes();
    }
}
