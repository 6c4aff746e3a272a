package dev.mortem.dump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;

/** What a file that is no ELF core seems to be, and what to do about it, in words. */
final class FileKind {
    private static final int HEAD_BYTES = 512;

    private static final String[][] MAGICS = {
        {"PAGEDU64", "a Windows kernel dump; Mortem reads dumps of processes. Open it with WinDbg"},
        {"PAGEDUMP", "a Windows kernel dump; Mortem reads dumps of processes. Open it with WinDbg"},
        {
            "JAVA PROFILE",
            "a Java heap dump (hprof), without native stacks. Open it with a heap analyser, or"
                    + " dump the process itself with mortem dump"
        },
        {"KDUMP", "a Linux kernel dump (kdump); Mortem reads dumps of processes. Open it with crash"
        },
        {"PK\u0003\u0004", "a ZIP archive; unpack it first and give the dump inside"},
        {"!<arch>", "an archive (ar), perhaps a Debian package; a dump is not packed like that"},
        {"%PDF", "a PDF document"},
        {"7z\u00bc\u00af", "a 7-Zip archive; unpack it first and give the dump inside"},
        {"ElfFile\u0000", "a Windows event log; see mortem events"},
        {"\u00cf\u00fa\u00ed\u00fe", "a Mach-O file of macOS; Mortem reads cores of Linux"},
        {"MZ", "a Windows executable; give the dump of the process, not the program"},
    };

    private FileKind() {}

    /** "a text file …": to stand behind "this is". */
    static String of(ByteSource file) {
        byte[] head;
        try {
            head = file.bytes("start", 0, (int) Math.min(HEAD_BYTES, file.sizeBytes()));
        } catch (MalformedException cutWhileMapped) {
            return "a file that became shorter while it was read";
        }
        String text = new String(head, StandardCharsets.ISO_8859_1);
        for (String[] magic : MAGICS) {
            if (text.startsWith(magic[0])) {
                return magic[1];
            }
        }
        if (text.length() > 262 && text.startsWith("ustar", 257)) {
            return "a tar archive; unpack it first and give the dump inside";
        }
        return ofText(head, text);
    }

    private static String ofText(byte[] head, String text) {
        String start = text.strip().toLowerCase(Locale.ROOT);
        if (start.startsWith("<!doctype html") || start.startsWith("<html")) {
            return "an HTML page, perhaps an error page that was saved instead of the dump;"
                    + " download the dump again";
        }
        if (isAll(head, 0)) {
            return "a file that starts with zeros only, perhaps a sparse file copied before it was"
                    + " written; copy the dump again";
        }
        if (isText(head)) {
            return "a text file: \"%s\"".formatted(firstLine(text));
        }
        byte[] first = Arrays.copyOf(head, Math.min(8, head.length));
        return "no format that Mortem knows; it starts with the bytes "
                + HexFormat.ofDelimiter(" ").formatHex(first);
    }

    /** What an ELF file that is no core is. */
    static String ofElf(int type) {
        return switch (type) {
            case 1 -> "an ELF object file, from a compiler";
            case 2 -> "an ELF executable";
            case 3 -> "an ELF executable or shared library";
            default -> "an ELF file of type " + type;
        };
    }

    private static boolean isAll(byte[] bytes, int value) {
        for (byte next : bytes) {
            if (next != value) {
                return false;
            }
        }
        return true;
    }

    private static boolean isText(byte[] bytes) {
        for (byte next : bytes) {
            boolean space = next == '\n' || next == '\r' || next == '\t';
            if (next >= 0 && next < ' ' && !space) {
                return false;
            }
        }
        return true;
    }

    private static String firstLine(String text) {
        String line = text.strip().lines().findFirst().orElse("");
        String printable = line.replaceAll("[^ -~]", "?");
        return printable.length() > 40 ? printable.substring(0, 40) + "…" : printable;
    }
}
