package dev.mortem.format.elf;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One note (gABI chapter 5, Note Section): Elf_Nhdr of 12 bytes in either class, then the owner,
 * then the content, each padded to the alignment.
 *
 * @param owner the note's name without its NUL: "CORE", "LINUX", "GNU"
 * @param type its number under that owner
 * @param content the descriptor
 * @param offset of the note's header in the segment or section
 */
public record ElfNote(String owner, long type, ByteSource content, long offset) {
    public static final int HEADER_SIZE_BYTES = 12;
    public static final String OWNER_GNU = "GNU";
    public static final long NT_GNU_BUILD_ID = 3;

    /**
     * All notes up to the end or to the first that is broken, which is reported.
     *
     * @param alignment p_align or sh_addralign: 8 makes it 8, all else is 4, as cores and linkers
     *     mean it
     */
    public static List<ElfNote> readAll(
            ByteSource segment, long alignment, Limits limits, Diagnostics diagnostics) {
        int padding = alignment == 8 ? 8 : 4;
        List<ElfNote> notes = new ArrayList<>();
        long offset = 0;
        try {
            while (segment.sizeBytes() - offset >= HEADER_SIZE_BYTES) {
                if (notes.size() >= limits.max(ElfLimits.NOTES)) {
                    throw segment.malformed(
                            "n_type",
                            offset,
                            "more than %,d notes".formatted(notes.size()),
                            "at most %,d".formatted(limits.max(ElfLimits.NOTES)));
                }
                ElfNote note = readAt(segment, offset, padding, limits);
                notes.add(note);
                long end = note.content().fileOffset()
                        - segment.fileOffset()
                        + note.content().sizeBytes();
                offset = padded(end, padding);
            }
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "this note and those behind it are lost");
        }
        return List.copyOf(notes);
    }

    private static ElfNote readAt(ByteSource segment, long offset, int padding, Limits limits)
            throws MalformedException {
        long ownerSize = segment.u4("n_namesz", offset);
        long contentSize = segment.u4("n_descsz", offset + 4);
        long type = segment.u4("n_type", offset + 8);
        ByteSource ownerBytes = segment.slice("n_name", offset + HEADER_SIZE_BYTES, ownerSize);
        if (!limits.allows(ElfLimits.NOTE_OWNER_BYTES, ownerSize)) {
            throw segment.malformed(
                    "n_namesz",
                    offset,
                    "%,d bytes".formatted(ownerSize),
                    "at most %,d".formatted(limits.max(ElfLimits.NOTE_OWNER_BYTES)));
        }
        String owner =
                ownerBytes.cString("n_name", 0, (int) ownerSize, StandardCharsets.ISO_8859_1);
        long contentOffset = padded(offset + HEADER_SIZE_BYTES + ownerSize, padding);
        return new ElfNote(
                owner, type, segment.slice("n_desc", contentOffset, contentSize), offset);
    }

    /** The size of a note in a core, where all is padded to 4 bytes. */
    public static long sizeBytes(String owner, long contentSizeBytes) {
        return HEADER_SIZE_BYTES + padded(owner.length() + 1L, 4) + padded(contentSizeBytes, 4);
    }

    /** Puts a note at the buffer's position, padded to 4 bytes with zeros. */
    public static void write(ByteBuffer target, String owner, long type, byte[] content) {
        int start = target.position();
        target.putInt(owner.length() + 1).putInt(content.length).putInt((int) type);
        target.put(owner.getBytes(StandardCharsets.ISO_8859_1));
        target.position(start + HEADER_SIZE_BYTES + (int) padded(owner.length() + 1L, 4));
        target.put(content);
        target.position(start + (int) sizeBytes(owner, content.length));
    }

    private static long padded(long offset, int padding) {
        return (offset + padding - 1) & -padding;
    }

    public boolean is(String wantedOwner, long wantedType) {
        return type == wantedType && owner.equals(wantedOwner);
    }
}
