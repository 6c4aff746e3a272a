package dev.mortem.format.pe;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.CodeId;
import dev.mortem.base.snapshot.Cpu;

import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * IMAGE_NT_HEADERS ("PE Format", "COFF File Header" and "Optional Header"). Offsets from "PE\0\0"; where
 * two are given, PE32 and PE32+:
 *
 * <pre>
 *  4  Machine: 2, NumberOfSections: 2, TimeDateStamp, PointerToSymbolTable, NumberOfSymbols: 4
 * 20  SizeOfOptionalHeader: 2, Characteristics: 2
 * 24  Magic: 2; 40 AddressOfEntryPoint
 * 52, 48  ImageBase: 4, 8
 * 56  SectionAlignment, FileAlignment: 4; 80 SizeOfImage, SizeOfHeaders, CheckSum: 4
 * 92  Subsystem, DllCharacteristics: 2
 * 116, 132  NumberOfRvaAndSizes: 4, then the data directories
 * </pre>
 *
 * @param offset of "PE\0\0" in the image
 * @param machine IMAGE_FILE_MACHINE_*
 * @param timeDateStamp seconds since 1970, unsigned; a hash in a reproducible build
 * @param symbolTableOffset in the file; 0 where there is none
 * @param imageBase the address the image was linked for
 * @param entryPoint rva; 0 where there is none
 * @param directories those with a place
 */
public record PeHeader(
        long offset,
        int machine,
        int sectionCount,
        int timeDateStamp,
        long symbolTableOffset,
        long symbolCount,
        int optionalHeaderBytes,
        int characteristics,
        boolean pe32Plus,
        long entryPoint,
        long imageBase,
        long sectionAlignment,
        long fileAlignment,
        long sizeOfImage,
        long sizeOfHeaders,
        long checkSum,
        int subsystem,
        int dllCharacteristics,
        Map<PeDirectory, PeDirectory.Place> directories) {
    public static final int MACHINE_I386 = 0x14c;
    public static final int MACHINE_ARM = 0x1c0;
    public static final int MACHINE_ARMNT = 0x1c4;
    public static final int MACHINE_AMD64 = 0x8664;
    public static final int MACHINE_ARM64EC = 0xa641;
    public static final int MACHINE_ARM64 = 0xaa64;

    public static final int CHARACTERISTIC_DLL = 0x2000;

    private static final int DOS_MAGIC = 0x5a4d;
    private static final int PE_MAGIC = 0x4550;
    private static final int COFF_HEADER_BYTES = 24;
    private static final int PE32 = 0x10b;
    private static final int PE32_PLUS = 0x20b;

    public PeHeader {
        directories = Map.copyOf(directories);
    }

    /**
     * Reads the headers from the start of an image.
     *
     * @throws MalformedException where it is no PE image, or its headers are cut
     */
    static PeHeader read(ByteSource image) throws MalformedException {
        int magic = image.u2("e_magic", 0);
        if (magic != DOS_MAGIC) {
            throw image.malformed("e_magic", 0, hex(magic), "0x5a4d, MZ");
        }
        long offset = image.u4("e_lfanew", 60);
        ByteSource header = image.from("IMAGE_NT_HEADERS", offset);
        long signature = header.u4("Signature", 0);
        if (signature != PE_MAGIC) {
            throw header.malformed("Signature", 0, hex(signature), "0x4550, PE");
        }
        int optionalBytes = header.u2("SizeOfOptionalHeader", 20);
        int optionalMagic = header.u2("Magic", COFF_HEADER_BYTES);
        if (optionalMagic != PE32 && optionalMagic != PE32_PLUS) {
            throw header.malformed(
                    "Magic", COFF_HEADER_BYTES, hex(optionalMagic), "0x10b, PE32, or 0x20b, PE32+");
        }
        boolean plus = optionalMagic == PE32_PLUS;
        return new PeHeader(
                offset,
                header.u2("Machine", 4),
                header.u2("NumberOfSections", 6),
                header.s4("TimeDateStamp", 8),
                header.u4("PointerToSymbolTable", 12),
                header.u4("NumberOfSymbols", 16),
                optionalBytes,
                header.u2("Characteristics", 22),
                plus,
                header.u4("AddressOfEntryPoint", 40),
                plus ? header.u8("ImageBase", 48) : header.u4("ImageBase", 52),
                header.u4("SectionAlignment", 56),
                header.u4("FileAlignment", 60),
                header.u4("SizeOfImage", 80),
                header.u4("SizeOfHeaders", 84),
                header.u4("CheckSum", 88),
                header.u2("Subsystem", 92),
                header.u2("DllCharacteristics", 94),
                directories(header, plus ? 132 : 116, optionalBytes));
    }

    /** Whether the bytes start as a PE image or a program of DOS does. */
    public static boolean hasDosMagic(ByteSource image) {
        try {
            return image.withOrder(ByteOrder.LITTLE_ENDIAN).u2("e_magic", 0) == DOS_MAGIC;
        } catch (MalformedException tooShort) {
            return false;
        }
    }

    /** The CPU its code is for, of those we read; an ARM64EC image says AMD64. */
    public Optional<Cpu> cpu() {
        return cpu(machine);
    }

    /** The CPU of a machine's number, IMAGE_FILE_MACHINE_*, which PDBs have too. */
    public static Optional<Cpu> cpu(int machine) {
        return switch (machine) {
            case MACHINE_I386 -> Optional.of(Cpu.X86);
            case MACHINE_AMD64 -> Optional.of(Cpu.X86_64);
            case MACHINE_ARM, MACHINE_ARMNT -> Optional.of(Cpu.ARM);
            case MACHINE_ARM64, MACHINE_ARM64EC -> Optional.of(Cpu.ARM64);
            default -> Optional.empty();
        };
    }

    /** What symbol servers know the image by. */
    public CodeId codeId() {
        return new CodeId(timeDateStamp, (int) sizeOfImage);
    }

    public boolean isDll() {
        return (characteristics & CHARACTERISTIC_DLL) != 0;
    }

    public Optional<PeDirectory.Place> directory(PeDirectory directory) {
        return Optional.ofNullable(directories.get(directory));
    }

    /** Offset of the section headers in the image. */
    long sectionsOffset() {
        return offset + COFF_HEADER_BYTES + optionalHeaderBytes;
    }

    /** As many as are stated and lie inside of the optional header; the loader looks at no more. */
    private static Map<PeDirectory, PeDirectory.Place> directories(
            ByteSource header, int countOffset, int optionalBytes) throws MalformedException {
        Map<PeDirectory, PeDirectory.Place> places = new EnumMap<>(PeDirectory.class);
        long count = header.u4("NumberOfRvaAndSizes", countOffset);
        int first = countOffset + 4;
        long room =
                ((long) COFF_HEADER_BYTES + optionalBytes - first) / PeDirectory.Place.SIZE_BYTES;
        PeDirectory[] known = PeDirectory.values();
        for (int index = 0; index < Math.min(known.length, Math.min(count, room)); index++) {
            long at = first + (long) PeDirectory.Place.SIZE_BYTES * index;
            var place = new PeDirectory.Place(
                    header.u4("VirtualAddress", at), header.u4("Size", at + 4));
            if (place.rva() != 0) {
                places.put(known[index], place);
            }
        }
        return places;
    }

    private static String hex(long value) {
        return "0x" + Long.toHexString(value);
    }
}
