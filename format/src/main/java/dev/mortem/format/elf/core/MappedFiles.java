package dev.mortem.format.elf.core;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * NT_FILE (fs/binfmt_elf.c, fill_files_note): words as wide as a pointer: the count, the page size,
 * then start, end and file offset in pages of each mapping; then the paths, each with its NUL, in
 * the same order.
 */
public record MappedFiles(List<Entry> entries) {
    private static final int PATH_BYTES_MAX = 1 << 16; // PATH_MAX is 4096; overlayfs adds to it
    private static final int PAGE_SIZE_BYTES = 4096;

    public MappedFiles {
        entries = List.copyOf(entries);
    }

    /** One mapping; the path may end in the kernel's " (deleted)". */
    public record Entry(AddressRange range, long fileOffset, String path) {}

    /** Reads as many entries as have a path; a cut note is reported. */
    public static MappedFiles read(ByteSource content, CoreAbi abi, Diagnostics diagnostics)
            throws MalformedException {
        int word = abi.wordSizeBytes();
        long count = content.unsigned("count", 0, word);
        long pageSize = content.unsigned("page_size", word, word);
        ByteSource table = content.table("NT_FILE entries", 2L * word, count, 3L * word);
        ByteCursor paths = content.cursor(2L * word + table.sizeBytes());
        List<Entry> entries = new ArrayList<>();
        try {
            for (long offset = 0; offset < table.sizeBytes(); offset += 3L * word) {
                long start = table.unsigned("start", offset, word);
                long end = table.unsigned("end", offset + word, word);
                long pages = table.unsigned("file_ofs", offset + 2L * word, word);
                String path = paths.cString("path", PATH_BYTES_MAX);
                entries.add(new Entry(AddressRange.between(start, end), pages * pageSize, path));
            }
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "the files of the mappings behind are unknown");
        }
        return new MappedFiles(entries);
    }

    public byte[] write(CoreAbi abi) {
        int word = abi.wordSizeBytes();
        List<byte[]> paths = entries.stream()
                .map(entry -> entry.path().getBytes(StandardCharsets.UTF_8))
                .toList();
        int pathsSizeBytes = paths.stream().mapToInt(path -> path.length + 1).sum();
        int pathsOffset = (2 + 3 * entries.size()) * word;
        byte[] note = new byte[pathsOffset + pathsSizeBytes];
        ByteBuffer target = abi.wrap(note);
        abi.putWord(target, 0, entries.size());
        abi.putWord(target, word, PAGE_SIZE_BYTES);
        int offset = 2 * word;
        for (Entry entry : entries) {
            abi.putWord(target, offset, entry.range.start());
            abi.putWord(target, offset + word, entry.range.end());
            abi.putWord(target, offset + 2 * word, entry.fileOffset / PAGE_SIZE_BYTES);
            offset += 3 * word;
        }
        target.position(pathsOffset);
        for (byte[] path : paths) {
            target.put(path).put((byte) 0);
        }
        return note;
    }
}
