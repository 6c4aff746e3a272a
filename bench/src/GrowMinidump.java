import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * SMALL LARGE BYTES: writes to LARGE the full minidump SMALL with more private memory, so that it has BYTES
 * bytes. Every stream stays what and where it is but the Memory64ListStream, which moves to where its
 * memory began and lists the added ranges after its own: of 1 MiB, with 64 KiB of nothing between two, at
 * addresses where the process has nothing. A page in sixteen of these is filled with random words; the others are
 * holes of the file and zero. For bench/minidump-4g.sh; shares no code with what it measures.
 */
final class GrowMinidump {
    private static final int MEMORY_64_LIST = 9;
    private static final int HEADER_BYTES = 32;
    private static final int ENTRY_BYTES = 12;
    private static final int PAIR_BYTES = 16;
    private static final int PAGE_BYTES = 4096;
    private static final int FILLED_EVERY_BYTES = 16 * PAGE_BYTES;
    private static final long RANGE_BYTES = 1 << 20;
    private static final long DISTANCE_BYTES = RANGE_BYTES + (64 << 10);
    private static final long FIRST_ADDRESS = 0x10_0000_0000L;
    private static final long ADDED_BELOW = 0x7000_0000_0000L;

    /** MINIDUMP_MEMORY_DESCRIPTOR64: the address and how many bytes. */
    private record Range(long address, long sizeBytes) {}

    private GrowMinidump() {}

    public static void main(String[] arguments) throws IOException {
        byte[] small = Files.readAllBytes(Path.of(arguments[0]));
        long wantedBytes = Long.parseLong(arguments[2]);
        ByteBuffer in = ByteBuffer.wrap(small).order(ByteOrder.LITTLE_ENDIAN);
        int entry = memoryEntry(in);
        int list = in.getInt(entry + 8);
        int count = Math.toIntExact(in.getLong(list));
        int base = Math.toIntExact(in.getLong(list + 8));
        if (base < list + PAIR_BYTES * (count + 1)) {
            throw new IOException("the memory does not lie behind the list");
        }
        List<Range> ranges = new ArrayList<>();
        for (int index = 1; index <= count; index++) {
            int at = list + PAIR_BYTES * index;
            Range range = new Range(in.getLong(at), in.getLong(at + 8));
            if (range.address >= FIRST_ADDRESS && range.address < ADDED_BELOW) {
                throw new IOException("there is memory where the added ranges go");
            }
            ranges.add(range);
        }
        long added = (wantedBytes - small.length) / (RANGE_BYTES + PAIR_BYTES);
        for (long index = 0; index < added; index++) {
            ranges.add(new Range(FIRST_ADDRESS + index * DISTANCE_BYTES, RANGE_BYTES));
        }
        write(Path.of(arguments[1]), in, entry, base, ranges, added);
    }

    private static int memoryEntry(ByteBuffer in) throws IOException {
        if (in.getInt(0) != 0x504d_444d) {
            throw new IOException("no minidump");
        }
        int streams = in.getInt(8);
        int directory = in.getInt(12);
        for (int index = 0; index < streams; index++) {
            int entry = directory + ENTRY_BYTES * index;
            if (in.getInt(entry) == MEMORY_64_LIST && entry >= HEADER_BYTES) {
                return entry;
            }
        }
        throw new IOException("no full minidump: it has no Memory64ListStream");
    }

    private static void write(
            Path large, ByteBuffer small, int entry, int base, List<Range> ranges, long added)
            throws IOException {
        int listBytes = PAIR_BYTES * (ranges.size() + 1);
        ByteBuffer head = ByteBuffer.allocate(base + listBytes).order(ByteOrder.LITTLE_ENDIAN);
        head.put(small.slice(0, base));
        head.putLong(ranges.size()).putLong(base + listBytes);
        for (Range range : ranges) {
            head.putLong(range.address).putLong(range.sizeBytes);
        }
        head.putInt(entry + 4, listBytes).putInt(entry + 8, base);
        try (SeekableByteChannel out = Files.newByteChannel(
                large,
                StandardOpenOption.WRITE,
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.SPARSE)) {
            put(out, head.flip());
            put(out, small.slice(base, small.capacity() - base));
            fill((FileChannel) out, out.position(), added * RANGE_BYTES);
        }
    }

    private static void fill(FileChannel out, long from, long sizeBytes) throws IOException {
        SplittableRandom words = new SplittableRandom(1);
        ByteBuffer page = ByteBuffer.allocateDirect(PAGE_BYTES);
        long end = from + sizeBytes;
        for (long at = from; at < end; at += FILLED_EVERY_BYTES) {
            page.clear();
            while (page.hasRemaining()) {
                page.putLong(words.nextLong());
            }
            out.write(page.flip(), at);
        }
        // The last byte is there, so that no hole ends the file.
        out.write(ByteBuffer.wrap(new byte[1]), end - 1);
    }

    private static void put(SeekableByteChannel out, ByteBuffer content) throws IOException {
        while (content.hasRemaining()) {
            out.write(content);
        }
    }
}
