package dev.mortem.format.pe;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * One PE image: its headers, and its bytes by rva ("PE Format").
 *
 * <p>Only broken headers end the reading. A section table that is cut is read as far as it goes, with
 * a Diagnostic. Immutable, safe for any thread while the bytes below are open.
 */
public final class PeImage {
    /** The base64 digits of "//AAAAAA": names at 10,000,000 and above do not fit "/1234567". */
    private static final String BASE64 =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    /** What is asked for of an image in memory when only its headers are needed. */
    private static final int HEADERS_BYTES_MAX = 1 << 16;

    private final PeHeader header;
    private final List<PeSection> sections;
    private final ImageBytes bytes;
    private final Optional<ByteSource> file;
    private final Limits limits;

    private PeImage(
            PeHeader header,
            List<PeSection> sections,
            ImageBytes bytes,
            Optional<ByteSource> file,
            Limits limits) {
        this.header = header;
        this.sections = List.copyOf(sections);
        this.bytes = bytes;
        this.file = file;
        this.limits = limits;
    }

    /**
     * Reads the headers.
     *
     * @param image all of it, or as much as there is
     * @throws MalformedException where it is no PE image, or its headers are cut
     */
    public static PeImage open(
            ByteSource image, PeLayout layout, Limits limits, Diagnostics diagnostics)
            throws MalformedException {
        return switch (layout) {
            case FILE -> openFile(image.withOrder(ByteOrder.LITTLE_ENDIAN), limits, diagnostics);
            case MAPPED -> open(ImageBytes.mapped(image), limits, diagnostics);
        };
    }

    /**
     * Reads the headers of an image that lies as in memory.
     *
     * @throws MalformedException where it is no PE image, or its headers are cut or absent
     */
    public static PeImage open(ImageBytes image, Limits limits, Diagnostics diagnostics)
            throws MalformedException {
        ByteSource head = image.view("image", 0, HEADERS_BYTES_MAX);
        PeHeader header = PeHeader.read(head);
        List<PeSection> sections = sections(head, header, diagnostics);
        return new PeImage(header, sections, image, Optional.empty(), limits);
    }

    private static PeImage openFile(ByteSource file, Limits limits, Diagnostics diagnostics)
            throws MalformedException {
        PeHeader header = PeHeader.read(file);
        List<PeSection> sections = new ArrayList<>();
        for (PeSection section : sections(file, header, diagnostics)) {
            sections.add(longName(file, header, section, limits, diagnostics));
        }
        return new PeImage(
                header, sections, fileBytes(file, header, sections), Optional.of(file), limits);
    }

    public PeHeader header() {
        return header;
    }

    /** All sections, in the order of their headers. */
    public List<PeSection> sections() {
        return sections;
    }

    /** The first section of that name. */
    public Optional<PeSection> section(String name) {
        return sections.stream().filter(section -> section.name().equals(name)).findFirst();
    }

    /** The section that an rva lies in. */
    public Optional<PeSection> sectionAt(long rva) {
        return sections.stream().filter(section -> section.contains(rva)).findFirst();
    }

    /** The file, where the image was opened as one. */
    public Optional<ByteSource> file() {
        return file;
    }

    /** What bounds the reading of this image. */
    public Limits limits() {
        return limits;
    }

    /** What is present from {@code rva} on: at most {@code sizeBytes}, perhaps nothing. */
    public ByteSource view(String part, long rva, long sizeBytes) {
        return bytes.view(part, rva, sizeBytes);
    }

    /** All of {@code sizeBytes} at {@code rva}; throws where some are absent. */
    public ByteSource bytes(String part, long rva, long sizeBytes) throws MalformedException {
        return view(part, rva, sizeBytes).slice(part, 0, sizeBytes);
    }

    /** Text up to a NUL. */
    String text(String part, long rva) throws MalformedException {
        int sizeMax = limits.maxInt(PeLimits.NAME_BYTES);
        return view(part, rva, sizeMax).terminatedString(part, 0, sizeMax);
    }

    /** What is present of a directory's table; empty where the image has no such directory. */
    public Optional<ByteSource> directory(PeDirectory directory) {
        return header.directory(directory)
                .map(place -> view(directory.name(), place.rva(), place.sizeBytes()));
    }

    /** What is present of a section, without the padding behind it in a file. */
    public ByteSource content(PeSection section) {
        return view(section.name(), section.rva(), section.sizeBytes());
    }

    /**
     * A section by its name: {@code .debug_info}, as compilers of the GNU kind put it into images. In
     * memory long names are not known and debug sections are mostly not mapped: empty then.
     */
    public Optional<ByteSource> embeddedDwarf(String sectionName) {
        return section(sectionName).map(this::content).filter(found -> found.sizeBytes() != 0);
    }

    private static List<PeSection> sections(
            ByteSource image, PeHeader header, Diagnostics diagnostics) {
        List<PeSection> sections = new ArrayList<>();
        try {
            ByteSource table = image.from("IMAGE_SECTION_HEADER", header.sectionsOffset());
            for (int index = 0; index < header.sectionCount(); index++) {
                sections.add(PeSection.read(table.slice(
                        "IMAGE_SECTION_HEADER",
                        (long) PeSection.SIZE_BYTES * index,
                        PeSection.SIZE_BYTES)));
            }
        } catch (MalformedException cut) {
            diagnostics.report(cut, "this section and those behind it are unknown");
        }
        return sections;
    }

    /** "/123" is an offset into the string table behind the COFF symbols. */
    private static PeSection longName(
            ByteSource file,
            PeHeader header,
            PeSection section,
            Limits limits,
            Diagnostics diagnostics) {
        String name = section.name();
        if (name.length() < 2 || name.charAt(0) != '/' || header.symbolTableOffset() == 0) {
            return section;
        }
        long offset =
                name.charAt(1) == '/' ? number(name, 2, BASE64) : number(name, 1, "0123456789");
        if (offset < 0) {
            return section;
        }
        try {
            ByteSource strings = CoffSymbols.strings(file, header);
            return section.named(strings.terminatedString(
                    "section name", offset, limits.maxInt(PeLimits.NAME_BYTES)));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "section " + name + " keeps its short name");
            return section;
        }
    }

    /** The number that the digits from an index on are; -1 where one is none. */
    private static long number(String text, int from, String digits) {
        long value = 0;
        for (int index = from; index < text.length(); index++) {
            int digit = digits.indexOf(text.charAt(index));
            if (digit < 0) {
                return -1;
            }
            value = value * digits.length() + digit;
        }
        return value;
    }

    /**
     * By rva in a file: in the section whose start is the closest below, as far as the file holds it.
     * What a loader fills with zeros is not there.
     */
    private static ImageBytes fileBytes(
            ByteSource file, PeHeader header, List<PeSection> sections) {
        List<PeSection> sorted = sections.stream()
                .sorted(Comparator.comparingLong(PeSection::rva))
                .toList();
        return (part, rva, sizeBytes) -> {
            Optional<PeSection> found = closestBelow(sorted, rva);
            if (found.isEmpty()) {
                ByteSource headers = file.atMost(part, 0, header.sizeOfHeaders());
                return headers.atMost(part, rva, sizeBytes);
            }
            PeSection section = found.get();
            long held = section.fileOffset() == 0
                    ? 0
                    : Math.min(section.rawSize(), section.sizeBytes());
            ByteSource content = file.atMost(part, section.fileOffset(), held);
            return content.atMost(part, rva - section.rva(), sizeBytes);
        };
    }

    private static Optional<PeSection> closestBelow(List<PeSection> sorted, long rva) {
        int low = 0;
        int high = sorted.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sorted.get(middle).rva() <= rva) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == 0 ? Optional.empty() : Optional.of(sorted.get(low - 1));
    }
}
