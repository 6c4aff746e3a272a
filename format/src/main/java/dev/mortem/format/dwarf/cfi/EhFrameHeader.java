package dev.mortem.format.dwarf.cfi;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * {@code .eh_frame_hdr}, which PT_GNU_EH_FRAME points at: the place of {@code .eh_frame} and a table of
 * its FDEs sorted by the code they describe (LSB Core, section 10.6.2). Immutable, safe for any thread.
 */
public final class EhFrameHeader {
    private final OptionalLong ehFrameAddress;
    private final Optional<Table> table;

    /** The search table: {@code count} pairs of start of code and address of the FDE. */
    private record Table(
            ByteSource bytes,
            long offset,
            FrameBases bases,
            PointerEncoding encoding,
            long entrySizeBytes,
            long count) {
        long start(long index) throws MalformedException {
            return encoding.read(
                    bytes.cursor(offset + index * entrySizeBytes), bases, 0, "initial_location");
        }

        long entryAddress(long index) throws MalformedException {
            long at = offset + index * entrySizeBytes + entrySizeBytes / 2;
            return encoding.read(bytes.cursor(at), bases, 0, "FDE address");
        }
    }

    private EhFrameHeader(OptionalLong ehFrameAddress, Optional<Table> table) {
        this.ehFrameAddress = ehFrameAddress;
        this.table = table;
    }

    /**
     * Reads the header; the table's entries are read when looked up.
     *
     * @param bases of this section: DW_EH_PE_datarel counts from its own address
     */
    public static EhFrameHeader read(ByteSource bytes, FrameBases bases) throws MalformedException {
        ByteCursor cursor = bytes.cursor(0);
        int version = cursor.u1("version");
        if (version != 1) {
            throw bytes.malformed("version", 0, "version " + version, "1");
        }
        PointerEncoding ehFrame = new PointerEncoding(cursor.u1("eh_frame_ptr_enc"));
        PointerEncoding countEncoding = new PointerEncoding(cursor.u1("fde_count_enc"));
        PointerEncoding tableEncoding = new PointerEncoding(cursor.u1("table_enc"));
        OptionalLong address = ehFrame.isPresent()
                ? OptionalLong.of(ehFrame.read(cursor, bases, 0, "eh_frame_ptr"))
                : OptionalLong.empty();
        OptionalLong size = tableEncoding.fixedSizeBytes(bases.addressSizeBytes());
        if (!countEncoding.isPresent() || !tableEncoding.isPresent() || size.isEmpty()) {
            return new EhFrameHeader(address, Optional.empty());
        }
        long count = countEncoding.read(cursor, bases, 0, "fde_count");
        long entrySize = 2 * size.getAsLong();
        long offset = cursor.position();
        bytes.table("table", offset, count, entrySize);
        return new EhFrameHeader(
                address,
                Optional.of(new Table(bytes, offset, bases, tableEncoding, entrySize, count)));
    }

    /** Address of {@code .eh_frame}, svma; empty where the header does not tell. */
    public OptionalLong ehFrameAddress() {
        return ehFrameAddress;
    }

    boolean hasTable() {
        return table.isPresent();
    }

    /**
     * Address of the FDE whose code starts last at or below {@code svma}; empty where none does.
     *
     * @throws MalformedException when an entry cannot be read
     */
    OptionalLong lookup(long svma) throws MalformedException {
        if (table.isEmpty()) {
            return OptionalLong.empty();
        }
        Table sorted = table.get();
        long low = 0;
        long high = sorted.count - 1;
        while (low <= high) {
            long middle = (low + high) >>> 1;
            if (Long.compareUnsigned(sorted.start(middle), svma) <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high < 0 ? OptionalLong.empty() : OptionalLong.of(sorted.entryAddress(high));
    }

    /** Whether the table ascends, as a binary search needs. Reads all of it. */
    boolean isSorted() throws MalformedException {
        if (table.isEmpty()) {
            return false;
        }
        Table sorted = table.get();
        long last = 0;
        for (long index = 0; index < sorted.count; index++) {
            long start = sorted.start(index);
            if (Long.compareUnsigned(start, last) < 0) {
                return false;
            }
            last = start;
        }
        return true;
    }
}
