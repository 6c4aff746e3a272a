package dev.mortem.format.minidump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A minidump's header and directory, and the ways from an RVA to bytes (minidumpapiset.h,
 * MINIDUMP_HEADER, MINIDUMP_DIRECTORY, MINIDUMP_LOCATION_DESCRIPTOR, MINIDUMP_STRING).
 *
 * <p>A stream that reaches beyond the end of the file is given as far as it is there. Of two streams of
 * one type the first is taken. Immutable, safe for any thread while the file is open.
 */
public final class MinidumpFile {
    /** One entry of the directory; its content is as much as the file has of {@code sizeBytes}. */
    public record Stream(int type, long sizeBytes, ByteSource content) {
        public String name() {
            return StreamType.name(type);
        }

        /** Whether the file ends before the stream does. */
        public boolean isCut() {
            return content.sizeBytes() < sizeBytes;
        }
    }

    private final ByteSource bytes;
    private final MinidumpHeader header;
    private final List<Stream> streams;
    private final Limits limits;
    private final Diagnostics diagnostics;
    private final MinidumpTexts texts;

    private MinidumpFile(
            ByteSource bytes,
            MinidumpHeader header,
            List<Stream> streams,
            Limits limits,
            Diagnostics diagnostics) {
        this.bytes = bytes;
        this.header = header;
        this.streams = List.copyOf(streams);
        this.limits = limits;
        this.diagnostics = diagnostics;
        this.texts = new MinidumpTexts(bytes, limits);
    }

    /**
     * Reads header and directory.
     *
     * @throws MalformedException when this is no minidump, or not even its header is there
     */
    public static MinidumpFile read(ByteSource bytes, Limits limits, Diagnostics diagnostics)
            throws MalformedException {
        MinidumpHeader header = MinidumpHeader.read(bytes);
        return new MinidumpFile(
                bytes, header, directory(bytes, header, limits, diagnostics), limits, diagnostics);
    }

    private static List<Stream> directory(
            ByteSource bytes, MinidumpHeader header, Limits limits, Diagnostics diagnostics) {
        long stated = header.streamCount();
        long count = Math.min(stated, limits.max(MinidumpLimits.STREAMS));
        ByteSource entries = bytes.atMost(
                "StreamDirectory",
                header.directoryRva(),
                count * MinidumpHeader.DIRECTORY_ENTRY_BYTES);
        long present = entries.sizeBytes() / MinidumpHeader.DIRECTORY_ENTRY_BYTES;
        if (present < stated) {
            diagnostics.report(
                    bytes.name() + ": StreamDirectory",
                    "%,d streams are stated, %,d can be read".formatted(stated, present),
                    "what the others hold is not known");
        }
        List<Stream> streams = new ArrayList<>();
        try {
            for (int index = 0; index < present; index++) {
                long at = (long) index * MinidumpHeader.DIRECTORY_ENTRY_BYTES;
                int type = entries.s4("StreamType", at);
                long sizeBytes = entries.u4("DataSize", at + 4);
                long rva = entries.u4("Rva", at + 8);
                Stream stream = new Stream(
                        type, sizeBytes, bytes.atMost(StreamType.name(type), rva, sizeBytes));
                if (stream.isCut()) {
                    diagnostics.report(
                            bytes.name() + ": " + stream.name(),
                            "%,d bytes at 0x%x are stated, %,d are there"
                                    .formatted(sizeBytes, rva, stream.content().sizeBytes()),
                            "what lies behind the end of the file is absent");
                }
                streams.add(stream);
            }
        } catch (MalformedException cutWhileMapped) {
            diagnostics.report(cutWhileMapped, "the streams behind are not known");
        }
        return streams;
    }

    public MinidumpHeader header() {
        return header;
    }

    /** The whole file. */
    public ByteSource bytes() {
        return bytes;
    }

    public Limits limits() {
        return limits;
    }

    public Diagnostics diagnostics() {
        return diagnostics;
    }

    /** Every entry of the directory, unused ones and repetitions too. */
    public List<Stream> streams() {
        return streams;
    }

    /** The first stream of that type that has a byte. */
    public Optional<ByteSource> stream(int type) {
        return streams.stream()
                .filter(stream -> stream.type == type && stream.content.sizeBytes() > 0)
                .findFirst()
                .map(Stream::content);
    }

    /** Whether a stream reaches beyond the file's end: the file was cut. */
    public boolean hasCutStream() {
        return streams.stream().anyMatch(stream -> stream.type != 0 && stream.isCut());
    }

    /**
     * What a MINIDUMP_LOCATION_DESCRIPTOR (DataSize, Rva) names; empty where it is empty or lies outside
     * the file, which is reported.
     */
    Optional<ByteSource> located(ByteSource entry, String field, long offset)
            throws MalformedException {
        long sizeBytes = entry.u4(field + ".DataSize", offset);
        long rva = entry.u4(field + ".Rva", offset + 4);
        if (sizeBytes == 0 || rva == 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(bytes.slice(field, rva, sizeBytes));
        } catch (MalformedException outside) {
            diagnostics.report(outside, "it is taken as absent");
            return Optional.empty();
        }
    }

    /**
     * A MINIDUMP_STRING: its length in bytes, then UTF-16; empty where the RVA is 0 or no text is there,
     * which is reported. What comes back may hold any character.
     */
    Optional<String> text(String field, long rva) {
        if (rva == 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(texts.utf16(field, rva));
        } catch (MalformedException broken) {
            diagnostics.report(broken, "the name is not known");
            return Optional.empty();
        }
    }

    /** A MinidumpUTF8String: its length in bytes, then UTF-8. */
    String utf8(String field, long rva) throws MalformedException {
        return texts.utf8(field, rva);
    }

    /** UTF-16 up to a NUL, if there is one. */
    static String utf16(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_16LE);
        int end = text.indexOf('\0');
        return end >= 0 ? text.substring(0, end) : text;
    }

    /**
     * The entries of a list as far as they are there; fewer than stated are reported.
     *
     * @param stream the stream, or what of it follows its header
     * @param offset of the first entry
     */
    ByteSource entries(
            ByteSource stream, String list, long offset, long stated, long entrySizeBytes, long max)
            throws MalformedException {
        if (entrySizeBytes <= 0) {
            throw stream.malformed(list, 0, "entries of 0 bytes", "at least 1 byte");
        }
        long fit = Math.max(0, stream.sizeBytes() - offset) / entrySizeBytes;
        long most = Math.min(max, fit);
        long count = Long.compareUnsigned(stated, most) < 0 ? stated : most;
        if (stated != count) {
            diagnostics.report(
                    "%s: %s at 0x%x".formatted(bytes.name(), list, stream.fileOffset()),
                    "%s entries of %,d bytes are stated, %,d are there"
                            .formatted(Long.toUnsignedString(stated), entrySizeBytes, count),
                    "the others are not known");
        }
        return stream.slice(list, offset, count * entrySizeBytes);
    }

    /**
     * The entries of a list that starts with a count of 4 bytes. Some writers align the entries to 8
     * bytes, which shows only in the stream's size.
     */
    ByteSource counted(int type, String list, int entrySizeBytes, long max)
            throws MalformedException {
        Optional<ByteSource> stream = stream(type);
        if (stream.isEmpty()) {
            return bytes.slice(list, 0, 0);
        }
        long count = stream.get().u4(list + ".count", 0);
        long aligned = 8 + count * entrySizeBytes;
        int offset = stream.get().sizeBytes() == aligned ? 8 : 4;
        return entries(stream.get(), list, offset, count, entrySizeBytes, max);
    }

    /**
     * The entries of a list with a header: SizeOfHeader, SizeOfEntry, and the count of {@code
     * countBytes} behind. Headers and entries larger than we know are newer: what we know comes first.
     */
    Optional<Sized> sized(int type, String list, int countBytes, int knownBytes, long max)
            throws MalformedException {
        Optional<ByteSource> stream = stream(type);
        if (stream.isEmpty()) {
            return Optional.empty();
        }
        long headerBytes = stream.get().u4("SizeOfHeader", 0);
        long entryBytes = stream.get().u4("SizeOfEntry", 4);
        long count = stream.get().unsigned("NumberOfEntries", 8, countBytes);
        requireAtLeast(stream.get(), "SizeOfHeader", 0, headerBytes, 8L + countBytes);
        requireAtLeast(stream.get(), "SizeOfEntry", 4, entryBytes, knownBytes);
        return Optional.of(new Sized(
                entries(stream.get(), list, headerBytes, count, entryBytes, max), entryBytes));
    }

    private static void requireAtLeast(
            ByteSource stream, String field, long offset, long found, long least)
            throws MalformedException {
        if (found < least) {
            throw stream.malformed(
                    field,
                    offset,
                    "%,d bytes".formatted(found),
                    "at least %,d bytes".formatted(least));
        }
    }

    /** Entries that say how large each is. */
    record Sized(ByteSource entries, long entryBytes) {
        int count() {
            return (int) (entries.sizeBytes() / entryBytes);
        }

        ByteSource entry(int index, String name) throws MalformedException {
            return entries.slice(name, index * entryBytes, entryBytes);
        }
    }
}
