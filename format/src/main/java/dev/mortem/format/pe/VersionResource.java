package dev.mortem.format.pe;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The version resource: VS_VERSIONINFO ("VS_VERSIONINFO structure"), found through the resource tree
 * ("PE Format", "The .rsrc Section").
 *
 * <p>The tree is walked down the three levels it has by convention: type, name, language; the first of
 * each is taken. A tree that leads back into itself is walked no further than that.
 *
 * @param fixed empty where the resource has none
 * @param strings "FileVersion", "CompanyName" and so on, in the order of the resource; of a string in
 *     several languages the first
 */
public record VersionResource(Optional<FixedFileInfo> fixed, Map<String, String> strings) {
    private static final int RT_VERSION = 16;
    private static final long SUBDIRECTORY = 0x8000_0000L;
    private static final int TREE_HEAD_BYTES = 16;
    private static final int TREE_ENTRY_BYTES = 8;

    public VersionResource {
        strings = Collections.unmodifiableMap(new LinkedHashMap<>(strings));
    }

    /**
     * Reads it; empty where the image has none. Strings behind one that cannot be read are left out,
     * with a Diagnostic.
     *
     * @throws MalformedException where the tree is cut or absent
     */
    public static Optional<VersionResource> read(PeImage image, Diagnostics diagnostics)
            throws MalformedException {
        Optional<ByteSource> tree = image.directory(PeDirectory.RESOURCE);
        if (tree.isEmpty()) {
            return Optional.empty();
        }
        Optional<Long> names = entry(tree.get(), 0, Optional.of(RT_VERSION), image);
        Optional<Long> languages = below(tree.get(), names, image);
        Optional<Long> place = below(tree.get(), languages, image);
        if (place.isEmpty()) {
            return Optional.empty();
        }
        ByteSource data = tree.get().slice("IMAGE_RESOURCE_DATA_ENTRY", place.get(), 16);
        long sizeBytes = Math.min(data.u4("Size", 4), image.limits().max(PeLimits.VERSION_BYTES));
        ByteSource bytes = image.view("VS_VERSIONINFO", data.u4("OffsetToData", 0), sizeBytes);
        return Optional.of(new Reading(image, diagnostics).read(Block.read(bytes, 0)));
    }

    private static Optional<Long> below(ByteSource tree, Optional<Long> parent, PeImage image)
            throws MalformedException {
        if (parent.isEmpty() || (parent.get() & SUBDIRECTORY) == 0) {
            return Optional.empty();
        }
        return entry(tree, parent.get() & ~SUBDIRECTORY, Optional.empty(), image);
    }

    /** Where the first entry, or the first with an id, of a directory leads to. */
    private static Optional<Long> entry(
            ByteSource tree, long directory, Optional<Integer> id, PeImage image)
            throws MalformedException {
        ByteSource head = tree.slice("IMAGE_RESOURCE_DIRECTORY", directory, TREE_HEAD_BYTES);
        long count = Math.min(
                head.u2("NumberOfNamedEntries", 12) + head.u2("NumberOfIdEntries", 14),
                image.limits().max(PeLimits.RESOURCE_ENTRIES));
        ByteSource entries = tree.table(
                "IMAGE_RESOURCE_DIRECTORY_ENTRY",
                directory + TREE_HEAD_BYTES,
                count,
                TREE_ENTRY_BYTES);
        for (long at = 0; at < entries.sizeBytes(); at += TREE_ENTRY_BYTES) {
            if (id.isEmpty() || entries.u4("Id", at) == id.get()) {
                return Optional.of(entries.u4("OffsetToData", at + 4));
            }
        }
        return Optional.empty();
    }

    /**
     * A block: wLength, wValueLength, wType: 2 each, szKey in UTF-16 with a NUL; value and children each
     * from the next multiple of four on.
     *
     * @param bytes all of it
     * @param valueOffset in {@code bytes}
     */
    private record Block(String key, ByteSource bytes, int valueLength, long valueOffset) {
        private static final int HEAD_BYTES = 6;

        static Block read(ByteSource parent, long offset) throws MalformedException {
            int length = parent.u2("wLength", offset);
            if (length < HEAD_BYTES) {
                throw parent.malformed(
                        "wLength", offset, length + " bytes", "at least " + HEAD_BYTES);
            }
            // a resource that was cut, or whose last length is too large, is read as far as it goes
            ByteSource bytes = parent.atMost("version block", offset, length);
            int valueLength = bytes.u2("wValueLength", 2);
            String key = utf16(bytes, HEAD_BYTES);
            long valueOffset = align(HEAD_BYTES + 2L * (key.length() + 1));
            return new Block(key, bytes, valueLength, valueOffset);
        }

        /** A string's value; empty where the block has none. */
        String text() throws MalformedException {
            return valueLength == 0 || valueOffset >= bytes.sizeBytes()
                    ? ""
                    : utf16(bytes, valueOffset);
        }

        private static String utf16(ByteSource bytes, long offset) throws MalformedException {
            long end = offset;
            while (end + 2 <= bytes.sizeBytes() && bytes.u2("text", end) != 0) {
                end += 2;
            }
            byte[] text = bytes.bytes("text", offset, (int) (end - offset));
            return new String(text, StandardCharsets.UTF_16LE);
        }
    }

    private static long align(long offset) {
        return (offset + 3) & ~3L;
    }

    /** One reading of the blocks, four levels deep. */
    private static final class Reading {
        private final Diagnostics diagnostics;
        private final long stringsMax;
        private final Map<String, String> strings = new LinkedHashMap<>();

        Reading(PeImage image, Diagnostics diagnostics) {
            this.diagnostics = diagnostics;
            this.stringsMax = image.limits().max(PeLimits.VERSION_STRINGS);
        }

        VersionResource read(Block root) {
            Optional<FixedFileInfo> fixed = Optional.empty();
            try {
                if (root.valueLength() != 0) {
                    fixed = Optional.of(FixedFileInfo.read(
                            root.bytes().from("VS_FIXEDFILEINFO", root.valueOffset())));
                }
                children(
                        root,
                        align(root.valueOffset() + root.valueLength()),
                        infos -> stringTables(infos));
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "version information behind this is unknown");
            }
            return new VersionResource(fixed, strings);
        }

        private void stringTables(Block infos) throws MalformedException {
            if (infos.key().equals("StringFileInfo")) {
                children(
                        infos,
                        infos.valueOffset(),
                        table -> children(table, table.valueOffset(), this::string));
            }
        }

        private void string(Block string) throws MalformedException {
            if (strings.size() < stringsMax) {
                strings.putIfAbsent(string.key(), string.text());
            }
        }

        private static void children(Block parent, long from, Visitor visitor)
                throws MalformedException {
            long at = from;
            while (at + Block.HEAD_BYTES <= parent.bytes().sizeBytes()) {
                if (parent.bytes().u2("wLength", at) == 0) {
                    return; // padding that some resource compilers leave behind the last child
                }
                Block child = Block.read(parent.bytes(), at);
                visitor.visit(child);
                at = align(at + child.bytes().sizeBytes());
            }
        }
    }

    @FunctionalInterface
    private interface Visitor {
        void visit(Block block) throws MalformedException;
    }
}
