package dev.mortem.testkit.synth;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Builds a PE image as "PE Format" lays it out, in both layouts: as a file, and as a loader maps it. The
 * labels of a section are rvas. Belongs to one thread.
 */
public final class PeSynth {
    public static final int AMD64 = 0x8664;
    public static final int ARM64 = 0xaa64;
    public static final int I386 = 0x14c;

    public static final int EXPORT = 0;
    public static final int RESOURCE = 2;
    public static final int EXCEPTION = 3;
    public static final int DEBUG = 6;

    public static final long CODE = 0x6000_0020L;
    public static final long DATA = 0x4000_0040L;

    private static final int PAGE = 0x1000;
    private static final int FILE_ALIGNMENT = 0x200;
    private static final int HEADERS = 0x400;
    private static final int NT_OFFSET = 0x80;
    private static final int DIRECTORIES = 16;

    private final int machine;
    private final boolean plus;
    private final List<Section> sections = new ArrayList<>();
    private final Map<Integer, Directory> directories = new TreeMap<>();
    private byte[] symbols = {};
    private int symbolCount;

    private record Section(String name, long characteristics, Layout content) {}

    private record Directory(Label rva, Label sizeBytes) {}

    public PeSynth(int machine) {
        this.machine = machine;
        this.plus = machine != I386;
    }

    /**
     * A section behind those there are; the next one lies behind its last page.
     *
     * @param name of at most 8 characters: "/4" for one in the string table
     */
    public Layout section(String name, long characteristics) {
        Layout content = new Layout(ByteOrder.LITTLE_ENDIAN, plus ? 8 : 4, Label.unset());
        sections.add(new Section(name, characteristics, content));
        return content;
    }

    /** A data directory from {@code start} up to {@code end}. */
    public PeSynth directory(int index, Label start, Label end) {
        directories.put(index, new Directory(start, end.minus(start)));
        return this;
    }

    /** A COFF symbol table and the string table behind it, which starts with its size. */
    public PeSynth symbols(int count, byte[] symbolsAndStrings) {
        symbolCount = count;
        symbols = symbolsAndStrings.clone();
        return this;
    }

    /** The image as a file. */
    public byte[] file() {
        place();
        Layout file = headers();
        for (Section section : sections) {
            file.bytes(section.content().build()).align(FILE_ALIGNMENT);
        }
        return file.bytes(symbols).build();
    }

    /** The image as a loader maps it. */
    public byte[] mapped() {
        int size = (int) place();
        byte[] image = Arrays.copyOf(headers().build(), size);
        for (Section section : sections) {
            byte[] content = section.content().build();
            int rva = (int) section.content().start().value();
            System.arraycopy(content, 0, image, rva, content.length);
        }
        return image;
    }

    /** Gives each section its rva. */
    private long place() {
        long rva = PAGE;
        for (Section section : sections) {
            section.content().start().set(rva);
            rva += roundUp(Math.max(1, section.content().sizeBytes()), PAGE);
        }
        return rva;
    }

    private Layout headers() {
        Layout out = new Layout(ByteOrder.LITTLE_ENDIAN, plus ? 8 : 4, Label.of(0));
        out.text("MZ", 60).u4(NT_OFFSET).fillTo(NT_OFFSET);
        out.text("PE", 4).u2(machine).u2(sections.size()).u4(0x5ab3_8077L);
        out.u4(symbols.length == 0 ? 0 : symbolsOffset()).u4(symbolCount);
        out.u2((plus ? 112 : 96) + 8 * DIRECTORIES).u2(0x2022);
        out.u2(plus ? 0x20b : 0x10b).u2(14).zeros(12);
        out.u4(PAGE).u4(PAGE);
        if (plus) {
            out.u8(0x1_8000_0000L);
        } else {
            out.u4(PAGE).u4(0x1000_0000L);
        }
        out.u4(PAGE).u4(FILE_ALIGNMENT).u2(6).u2(0).u4(0).u2(6).u2(0).u4(0);
        out.u4(place()).u4(HEADERS).u4(0x1234).u2(3).u2(0x160);
        out.word(0x10_0000).word(PAGE).word(0x10_0000).word(PAGE).u4(0).u4(DIRECTORIES);
        for (int index = 0; index < DIRECTORIES; index++) {
            Directory directory =
                    directories.getOrDefault(index, new Directory(Label.of(0), Label.of(0)));
            out.u4(directory.rva()).u4(directory.sizeBytes());
        }
        long offset = HEADERS;
        for (Section section : sections) {
            int size = section.content().sizeBytes();
            out.text(section.name(), 8).u4(size).u4(section.content().start());
            out.u4(roundUp(size, FILE_ALIGNMENT)).u4(offset).zeros(12);
            out.u4(section.characteristics());
            offset += roundUp(size, FILE_ALIGNMENT);
        }
        return out.fillTo(HEADERS);
    }

    private long symbolsOffset() {
        return HEADERS
                + sections.stream()
                        .mapToLong(
                                section -> roundUp(section.content().sizeBytes(), FILE_ALIGNMENT))
                        .sum();
    }

    private static long roundUp(long value, int alignment) {
        return Math.ceilDiv(value, alignment) * alignment;
    }
}
