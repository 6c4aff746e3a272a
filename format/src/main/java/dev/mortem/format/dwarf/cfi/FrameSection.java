package dev.mortem.format.dwarf.cfi;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A section of call frame information: {@code .debug_frame} (DWARF 5, 6.4.1) or {@code .eh_frame} (LSB
 * Core, 10.6.1). Safe for any thread; reads entries when asked for.
 */
public final class FrameSection {
    /** The two layouts. */
    public enum Kind {
        EH_FRAME,
        DEBUG_FRAME
    }

    /** Real augmentations have at most six letters. */
    private static final int AUGMENTATION_BYTES_MAX = 32;

    private final Kind kind;
    private final ByteSource bytes;
    private final FrameBases bases;
    private final Map<Long, Cie> cies = new ConcurrentHashMap<>();

    /** A section at {@link FrameBases#sectionAddress}; nothing is read yet. */
    public FrameSection(Kind kind, ByteSource bytes, FrameBases bases) {
        this.kind = kind;
        this.bytes = bytes;
        this.bases = bases;
    }

    public Kind kind() {
        return kind;
    }

    public FrameBases bases() {
        return bases;
    }

    public long sizeBytes() {
        return bytes.sizeBytes();
    }

    /**
     * One entry's place.
     *
     * @param offset of its length field
     * @param idOffset of its id field, which a CIE pointer of {@code .eh_frame} counts from
     * @param nextOffset of the entry behind it
     * @param id 0 in {@code .eh_frame}, all ones in {@code .debug_frame}, for a CIE
     */
    private record Entry(
            long offset, long idOffset, long bodyOffset, long nextOffset, long id, boolean isCie) {}

    /** Takes what a scan finds. */
    interface FdeSink {
        /** Whether to go on. */
        boolean take(Fde fde);

        /** An entry that could not be read; the scan goes on behind it. */
        void broken(MalformedException malformed);
    }

    /**
     * Reads all FDEs in the order of the section.
     *
     * @param stopsAtTerminator whether an entry of length 0 ends the section: true where its size is not
     *     known. Linked files may have one in the middle, where two sections were joined
     * @throws MalformedException when a length leads outside: nothing behind can be found then
     */
    void scan(boolean stopsAtTerminator, FdeSink sink) throws MalformedException {
        long offset = 0;
        while (bytes.sizeBytes() - offset >= 4) {
            if (bytes.u4("length", offset) == 0) {
                if (stopsAtTerminator) {
                    return;
                }
                offset += 4;
                continue;
            }
            Entry entry = entry(offset);
            offset = entry.nextOffset;
            if (!entry.isCie) {
                try {
                    if (!sink.take(fde(entry))) {
                        return;
                    }
                } catch (MalformedException malformed) {
                    sink.broken(malformed);
                }
            }
        }
    }

    /** The FDE at an offset of the section. */
    Fde fdeAt(long offset) throws MalformedException {
        Entry entry = entry(offset);
        if (entry.isCie) {
            throw bytes.malformed("FDE", offset, "a CIE", "an FDE");
        }
        return fde(entry);
    }

    private Entry entry(long offset) throws MalformedException {
        ByteCursor cursor = bytes.cursor(offset);
        long length = cursor.u4("length");
        boolean is64 = length == 0xffff_ffffL;
        if (is64) {
            length = cursor.u8("length");
        } else if (length >= 0xffff_fff0L) {
            throw bytes.malformed("length", offset, "the reserved length", "below 0xfffffff0");
        }
        long idOffset = cursor.position();
        cursor.skip("entry", length);
        long nextOffset = cursor.position();
        // LSB Core, 10.6.1.1: the id has four bytes in .eh_frame, whatever the length's format.
        int idSize = is64 && kind == Kind.DEBUG_FRAME ? 8 : 4;
        if (length < idSize) {
            throw bytes.malformed("length", offset, length + " bytes", "an id at least");
        }
        long id = bytes.unsigned("CIE_id", idOffset, idSize);
        boolean isCie = switch (kind) {
            case EH_FRAME -> id == 0;
            case DEBUG_FRAME -> id == (idSize == 8 ? -1L : 0xffff_ffffL);
        };
        return new Entry(offset, idOffset, idOffset + idSize, nextOffset, id, isCie);
    }

    private Fde fde(Entry entry) throws MalformedException {
        long cieOffset = kind == Kind.EH_FRAME ? entry.idOffset - entry.id : entry.id;
        Cie cie = cieAt(cieOffset);
        FrameBases own = new FrameBases(
                bases.sectionAddress(),
                bases.textAddress(),
                bases.dataAddress(),
                cie.addressSizeBytes(),
                bases.pointers());
        // Positions count from the section's start, so the view begins there and ends with the
        // entry.
        ByteSource upToEnd = bytes.slice("FDE", 0, entry.nextOffset);
        ByteCursor cursor = upToEnd.cursor(entry.bodyOffset);
        cursor.skip("segment_selector", cie.segmentSizeBytes());
        long start = cie.pointers().read(cursor, own, 0, "initial_location");
        long size =
                own.cut(cie.pointers().readValue(cursor, cie.addressSizeBytes(), "address_range"));
        OptionalLong languageData = OptionalLong.empty();
        if (cie.hasAugmentationData()) {
            long dataSize = cursor.uleb("augmentation_length");
            long behind = cursor.position() + dataSize;
            cursor.skip("augmentation_data", dataSize);
            cursor.moveTo("augmentation_data", behind - dataSize);
            languageData = languageData(cie, cursor, own, start, dataSize);
            cursor.moveTo("instructions", behind);
        }
        return new Fde(
                entry.offset,
                cie,
                own,
                bytes.fileOffset(),
                AddressRange.ofSize(start, size),
                languageData,
                cursor.take("instructions", cursor.remaining()));
    }

    /** The pointer to the LSDA; a null one means none (LSB Core, 10.6.1.2). */
    private static OptionalLong languageData(
            Cie cie, ByteCursor cursor, FrameBases own, long start, long dataSize) {
        if (!cie.languageData().isPresent() || dataSize == 0) {
            return OptionalLong.empty();
        }
        try {
            long at = cursor.position();
            boolean isNull =
                    cie.languageData().readValue(cursor, own.addressSizeBytes(), "LSDA") == 0;
            cursor.moveTo("LSDA", at);
            return isNull
                    ? OptionalLong.empty()
                    : OptionalLong.of(cie.languageData().read(cursor, own, start, "LSDA"));
        } catch (MalformedException unreadable) {
            // Only exception handling needs it: the rows of the FDE are whole without.
            return OptionalLong.empty();
        }
    }

    private Cie cieAt(long offset) throws MalformedException {
        Cie known = cies.get(offset);
        if (known != null) {
            return known;
        }
        Entry entry = entry(offset);
        if (!entry.isCie) {
            throw bytes.malformed("CIE_pointer", offset, "no CIE there", "the offset of a CIE");
        }
        Cie cie = cie(entry);
        cies.put(offset, cie);
        return cie;
    }

    private Cie cie(Entry entry) throws MalformedException {
        ByteCursor cursor = bytes.slice("CIE", 0, entry.nextOffset).cursor(entry.bodyOffset);
        int version = cursor.u1("version");
        if (version != 1 && version != 3 && version != 4) {
            throw cursor.malformed("version", "version " + version, "1, 3 or 4");
        }
        String augmentation = cursor.cString("augmentation", AUGMENTATION_BYTES_MAX);
        if (augmentation.startsWith("eh")) {
            // GCC 2: a pointer to exception data, which nothing here needs.
            cursor.skip("eh_data", bases.addressSizeBytes());
        }
        int addressSize = version >= 4 ? cursor.u1("address_size") : bases.addressSizeBytes();
        int segmentSize = version >= 4 ? cursor.u1("segment_selector_size") : 0;
        if (addressSize != 4 && addressSize != 8) {
            throw cursor.malformed("address_size", addressSize + " bytes", "4 or 8");
        }
        long codeAlignment = cursor.uleb("code_alignment_factor");
        long dataAlignment = cursor.sleb("data_alignment_factor");
        long returnAddress = version == 1
                ? cursor.u1("return_address_register")
                : cursor.uleb("return_address_register");
        if (Long.compareUnsigned(returnAddress, FrameState.REGISTER_MAX) > 0) {
            throw cursor.malformed(
                    "return_address_register",
                    Long.toUnsignedString(returnAddress),
                    "up to " + FrameState.REGISTER_MAX);
        }
        Augmentation data = augmentation(augmentation, addressSize, cursor);
        return new Cie(
                entry.offset,
                version,
                augmentation,
                addressSize,
                segmentSize,
                codeAlignment,
                dataAlignment,
                (int) returnAddress,
                data.pointers,
                data.languageData,
                data.personality,
                data.signalFrame,
                cursor.take("initial_instructions", cursor.remaining()));
    }

    private record Augmentation(
            PointerEncoding pointers,
            PointerEncoding languageData,
            OptionalLong personality,
            boolean signalFrame) {}

    /** Reads what the letters announce and leaves the cursor at the instructions. */
    private Augmentation augmentation(String letters, int addressSize, ByteCursor cursor)
            throws MalformedException {
        boolean hasSize = letters.startsWith("z");
        long size = hasSize ? cursor.uleb("augmentation_length") : 0;
        long dataOffset = cursor.position();
        PointerEncoding pointers = PointerEncoding.ABSOLUTE;
        PointerEncoding languageData = new PointerEncoding(PointerEncoding.OMIT);
        OptionalLong personality = OptionalLong.empty();
        boolean signalFrame = false;
        boolean known = true;
        int first = hasSize ? 1 : letters.startsWith("eh") ? 2 : 0;
        for (int index = first; index < letters.length() && known; index++) {
            switch (letters.charAt(index)) {
                case 'R' -> pointers = new PointerEncoding(cursor.u1("fde_encoding"));
                case 'L' -> languageData = new PointerEncoding(cursor.u1("lsda_encoding"));
                case 'P' -> personality = personality(addressSize, cursor);
                case 'S' -> signalFrame = true;
                // B: return addresses are signed with the second key; G: the frame holds memory
                // tags.
                case 'B', 'G' -> known = true;
                default -> known = false;
            }
        }
        if (hasSize) {
            cursor.moveTo("augmentation_data", dataOffset);
            cursor.skip("augmentation_data", size);
        } else if (!known) {
            throw cursor.malformed(
                    "augmentation",
                    "unknown letters without a length",
                    "z in front, or the letters R P L S B G");
        }
        return new Augmentation(
                kind == Kind.EH_FRAME ? pointers : PointerEncoding.ABSOLUTE,
                languageData,
                personality,
                signalFrame);
    }

    private OptionalLong personality(int addressSize, ByteCursor cursor) throws MalformedException {
        PointerEncoding encoding = new PointerEncoding(cursor.u1("personality_encoding"));
        if (!encoding.isPresent()) {
            return OptionalLong.empty();
        }
        // As a rule indirect, through memory that only the dynamic linker filled: its place is
        // passed
        // over, and an address is kept only where the encoding gives one.
        PointerEncoding direct = new PointerEncoding(encoding.code() & 0x7f);
        FrameBases own = new FrameBases(
                bases.sectionAddress(),
                bases.textAddress().isPresent() ? bases.textAddress() : OptionalLong.of(0),
                bases.dataAddress().isPresent() ? bases.dataAddress() : OptionalLong.of(0),
                addressSize,
                bases.pointers());
        long address = direct.read(cursor, own, 0, "personality");
        return encoding.code() == direct.code() ? OptionalLong.of(address) : OptionalLong.empty();
    }

    /** Offset in this section of an entry at an address; empty where the address lies outside. */
    Optional<Long> offsetOf(long entryAddress) {
        long offset = bases.cut(entryAddress - bases.sectionAddress());
        return Long.compareUnsigned(offset, bytes.sizeBytes()) < 0
                ? Optional.of(offset)
                : Optional.empty();
    }
}
