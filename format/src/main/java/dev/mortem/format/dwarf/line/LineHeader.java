package dev.mortem.format.dwarf.line;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.info.DwarfSection;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.format.dwarf.info.FormReader;
import dev.mortem.format.dwarf.info.InitialLength;
import dev.mortem.format.dwarf.info.UnitHeader;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The header of a line number program (DWARF 5, section 6.2.4; versions 2 to 4: DWARF 4, section 6.2.4).
 * Immutable.
 *
 * @param version 2 to 5
 * @param maximumOperations per instruction: 1 except on VLIW machines
 * @param operandCounts of the standard opcodes, by opcode - 1
 * @param directories as they stand; from version 5 on the first is the unit's own directory
 * @param files as they stand; counted from 1 up to version 4, from 0 in version 5
 * @param program the instructions
 */
public record LineHeader(
        int version,
        int offsetSizeBytes,
        int minimumInstructionLength,
        int maximumOperations,
        boolean defaultIsStmt,
        int lineBase,
        int lineRange,
        int opcodeBase,
        List<Integer> operandCounts,
        List<String> directories,
        List<FileEntry> files,
        ByteSource program) {
    /** Directories and files of one unit, each. */
    public static final Limit ENTRIES_MAX = new Limit(
            "files of a line table",
            200_000,
            "entries",
            "real units name some thousand; a header of nothing but names would fill the heap");

    private static final int DW_LNCT_path = 0x1;
    private static final int DW_LNCT_directory_index = 0x2;

    /** Linux takes no path beyond PATH_MAX, 4,096 bytes. */
    private static final int PATH_BYTES_MAX = 16 * 1024;

    /** One file; {@code directory} is an index of {@link LineHeader#directories}, unchecked. */
    public record FileEntry(String name, long directory) {}

    private record EntryFormat(int content, int form) {}

    /** Reads the header at {@code offset} of .debug_line. */
    public static LineHeader read(DwarfSections sections, long offset, Limits limits)
            throws MalformedException {
        ByteSource line = sections.require(DwarfSection.LINE);
        ByteCursor start = line.cursor(offset);
        InitialLength length = InitialLength.read(start, "unit_length");
        ByteSource unit = line.slice(".debug_line", 0, length.end());
        ByteCursor cursor = unit.cursor(start.position());
        int version = cursor.u2("version");
        if (version < 2 || version > 5) {
            throw unit.malformed("version", offset, "line table version " + version, "2 to 5");
        }
        int addressSize = 8; // before version 5 nothing in the header depends on it
        if (version >= 5) {
            addressSize = cursor.u1("address_size");
            UnitHeader.checkAddressSize(cursor.source(), offset, addressSize);
            cursor.u1("segment_selector_size");
        }
        long headerLength = cursor.unsigned("header_length", length.offsetSizeBytes());
        ByteSource program = unit.from("line number program", programOffset(cursor, headerLength));
        int minimumLength = cursor.u1("minimum_instruction_length");
        // 0 is not allowed, and every reader takes it as 1
        int maximumOperations =
                version >= 4 ? Math.max(1, cursor.u1("maximum_operations_per_instruction")) : 1;
        boolean defaultIsStmt = cursor.u1("default_is_stmt") != 0;
        int lineBase = (byte) cursor.u1("line_base");
        int lineRange = cursor.u1("line_range");
        int opcodeBase = cursor.u1("opcode_base");
        List<Integer> operandCounts = new ArrayList<>();
        for (int opcode = 1; opcode < opcodeBase; opcode++) {
            operandCounts.add(cursor.u1("standard_opcode_lengths"));
        }
        List<String> directories = new ArrayList<>();
        List<FileEntry> files = new ArrayList<>();
        if (version >= 5) {
            FormReader forms =
                    new FormReader(sections, version, length.offsetSizeBytes(), addressSize);
            for (FileEntry directory : entries(cursor, forms, "directories", limits)) {
                directories.add(directory.name());
            }
            files.addAll(entries(cursor, forms, "file_names", limits));
        } else {
            readOldTables(cursor, directories, files, limits);
        }
        return new LineHeader(
                version,
                length.offsetSizeBytes(),
                minimumLength,
                maximumOperations,
                defaultIsStmt,
                lineBase,
                lineRange,
                opcodeBase,
                List.copyOf(operandCounts),
                List.copyOf(directories),
                List.copyOf(files),
                program);
    }

    /** Where the table that starts at {@code offset} of .debug_line ends. */
    public static long endOf(ByteSource line, long offset) throws MalformedException {
        return InitialLength.read(line.cursor(offset), "unit_length").end();
    }

    /**
     * The file of that index with its directory, as the compiler recorded them.
     *
     * @param compDir the unit's directory, which versions 2 to 4 do not repeat in the table
     * @param added files that the program itself defined, behind those of the header
     */
    public Optional<String> path(int file, Optional<String> compDir, List<FileEntry> added) {
        int index = version >= 5 ? file : file - 1;
        if (index < 0 || index >= files.size() + added.size()) {
            return Optional.empty();
        }
        FileEntry entry = index < files.size() ? files.get(index) : added.get(index - files.size());
        return Optional.of(joined(directory(entry.directory(), compDir), entry.name()));
    }

    private String directory(long directory, Optional<String> compDir) {
        String base = compDir.orElse("");
        if (version >= 5) {
            // the unit's own directory stands in the table, perhaps relative: not to be joined
            // twice
            String own = directories.isEmpty() ? base : directories.get(0);
            boolean known = directory > 0 && directory < directories.size();
            return known ? joined(own, directories.get((int) directory)) : own;
        }
        boolean known = directory > 0 && directory <= directories.size();
        return known ? joined(base, directories.get((int) directory - 1)) : base;
    }

    private static String joined(String directory, String name) {
        if (directory.isEmpty() || name.startsWith("/")) {
            return name;
        }
        return directory.endsWith("/") ? directory + name : directory + "/" + name;
    }

    private static long programOffset(ByteCursor cursor, long headerLength)
            throws MalformedException {
        if (Long.compareUnsigned(headerLength, cursor.remaining()) > 0) {
            throw cursor.malformed(
                    "header_length",
                    Long.toUnsignedString(headerLength) + " bytes",
                    "%,d bytes left in the unit".formatted(cursor.remaining()));
        }
        return cursor.position() + headerLength;
    }

    private static void readOldTables(
            ByteCursor cursor, List<String> directories, List<FileEntry> files, Limits limits)
            throws MalformedException {
        while (true) {
            String directory = cursor.cString("include_directories", PATH_BYTES_MAX);
            if (directory.isEmpty()) {
                break;
            }
            checkCount(cursor, directories.size() + 1L, limits);
            directories.add(directory);
        }
        while (true) {
            String name = cursor.cString("file_names", PATH_BYTES_MAX);
            if (name.isEmpty()) {
                return;
            }
            checkCount(cursor, files.size() + 1L, limits);
            files.add(readOldFile(cursor, name));
        }
    }

    /** What stands behind a file's name, in the header and in DW_LNE_define_file. */
    static FileEntry readOldFile(ByteCursor cursor, String name) throws MalformedException {
        long directory = cursor.uleb("directory index");
        cursor.uleb("time of last modification");
        cursor.uleb("length in bytes");
        return new FileEntry(name, directory);
    }

    static String readFileName(ByteCursor cursor) throws MalformedException {
        return cursor.cString("file name", PATH_BYTES_MAX);
    }

    private static List<FileEntry> entries(
            ByteCursor cursor, FormReader forms, String field, Limits limits)
            throws MalformedException {
        int formatCount = cursor.u1(field + "_format_count");
        List<EntryFormat> formats = new ArrayList<>();
        for (int index = 0; index < formatCount; index++) {
            formats.add(
                    new EntryFormat((int) cursor.uleb("content type"), (int) cursor.uleb("form")));
        }
        long count = cursor.uleb(field + "_count");
        boolean possible = Long.compareUnsigned(count, cursor.remaining()) <= 0
                && (formatCount > 0 || count == 0); // every allowed form takes a byte at least
        if (!possible) {
            throw cursor.malformed(
                    field,
                    Long.toUnsignedString(count) + " entries",
                    "%,d bytes left".formatted(cursor.remaining()));
        }
        checkCount(cursor, count, limits);
        List<FileEntry> entries = new ArrayList<>();
        for (long index = 0; index < count; index++) {
            entries.add(entry(cursor, forms, formats));
        }
        return entries;
    }

    private static FileEntry entry(ByteCursor cursor, FormReader forms, List<EntryFormat> formats)
            throws MalformedException {
        String name = "";
        long directory = 0;
        for (EntryFormat format : formats) {
            boolean takesBytes = format.form != FormReader.DW_FORM_flag_present
                    && format.form != FormReader.DW_FORM_implicit_const;
            if (!takesBytes) {
                throw cursor.malformed(
                        "form",
                        "form 0x" + Integer.toHexString(format.form),
                        "a form whose value stands in the entry");
            }
            boolean text =
                    FormReader.isPlainText(format.form) || FormReader.isTextIndex(format.form);
            if (format.content == DW_LNCT_path && text) {
                // only split files have string indices here; their base is behind the header
                name = forms.text(cursor, "path", format.form, 2L * forms.offsetSizeBytes());
            } else if (format.content == DW_LNCT_directory_index) {
                directory = forms.number(cursor, "directory index", format.form);
            } else {
                forms.skip(cursor, "content", format.form);
            }
        }
        return new FileEntry(name, directory);
    }

    private static void checkCount(ByteCursor cursor, long count, Limits limits)
            throws MalformedException {
        if (!limits.allows(ENTRIES_MAX, count)) {
            throw cursor.malformed(
                    "entries",
                    Long.toUnsignedString(count) + " entries",
                    "at most " + limits.max(ENTRIES_MAX));
        }
    }
}
