package dev.mortem.format.pdb;

import dev.mortem.format.codeview.CodePlace;
import dev.mortem.testkit.tool.Tool;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What llvm-pdbutil dumps of a PDB, as sets of one text for each thing. Its output is of Latin-1. */
final class PdbUtil {
    private static final Pattern SYMBOL =
            Pattern.compile("^ *(\\d+) \\| (S_\\w+) \\[size = \\d+\\](?: `(.*)`)?");
    private static final Pattern PLACE =
            Pattern.compile("addr = (\\d+):(\\d+)(?:, code size = (\\d+))?");
    private static final Pattern RUN =
            Pattern.compile("^ +([0-9A-F]{4}):([0-9A-F]+)-([0-9A-F]+), line/addr entries.*");
    private static final Pattern LINE = Pattern.compile("(\\d+|NSI|ASI) ([0-9A-F]{8})( !)?");
    private static final Pattern INLINEE =
            Pattern.compile("inlinee = 0x([0-9A-F]+) \\((.*)\\), parent");
    private static final Pattern START = Pattern.compile("code 0x([0-9A-F]+) \\(");
    private static final Pattern END = Pattern.compile("code end 0x([0-9A-F]+) \\(");
    private static final Pattern DELTA = Pattern.compile("line (-?)(\\d+) \\(");
    private static final Pattern FILE =
            Pattern.compile("^(\\S.*) \\((?:no checksum|[-A-Z0-9]+: [0-9A-F]+)\\)$");

    private static final Pattern FRAME = Pattern.compile("^[0-9A-F]{8} [|]");

    final TreeSet<String> procedures = new TreeSet<>();
    final TreeSet<String> publics = new TreeSet<>();
    final TreeSet<String> lines = new TreeSet<>();

    /** Of 32-bit x86, see {@link #frame}. */
    final TreeSet<String> frames = new TreeSet<>();

    final TreeSet<Long> frameStarts = new TreeSet<>();

    /** Of each inline site its procedure's place, its inlinee, and its ranges. */
    final List<String> inlineRanges = new ArrayList<>();

    private CodePlace procedure = new CodePlace(0, 0);
    private String file = "";
    private boolean repeated;
    private int section;

    private PdbUtil() {}

    static Optional<Tool> tool() {
        return Tool.find("llvm-pdbutil");
    }

    static PdbUtil dump(Tool tool, Path pdb) throws IOException {
        PdbUtil dump = new PdbUtil();
        dump.readSymbols(text(tool, pdb, "-symbols", "-publics").lines().toList());
        dump.readLines(text(tool, pdb, "-l").lines().toList());
        text(tool, pdb, "-fpo").lines().forEach(dump::readFrame);
        Collections.sort(dump.inlineRanges);
        return dump;
    }

    private static String text(Tool tool, Path pdb, String... what) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("dump"));
        arguments.addAll(List.of(what));
        arguments.add(pdb.toString());
        return tool.text(arguments);
    }

    private void readSymbols(List<String> text) {
        for (int at = 0; at < text.size(); at++) {
            Matcher symbol = SYMBOL.matcher(text.get(at));
            if (!symbol.find()) {
                continue;
            }
            String kind = symbol.group(2);
            if (kind.startsWith("S_GPROC") || kind.startsWith("S_LPROC")) {
                Matcher place = place(text.get(at + 1));
                procedure = codePlace(place);
                procedures.add(place(procedure) + " " + place.group(3) + " " + symbol.group(3));
            } else if (kind.equals("S_PUB32") && text.get(at + 1).contains("function")) {
                publics.add(place(codePlace(place(text.get(at + 1)))) + " " + symbol.group(3));
            } else if (kind.startsWith("S_INLINESITE") && !kind.endsWith("END")) {
                readInlineSite(text, at + 1);
            }
        }
    }

    private void readInlineSite(List<String> text, int from) {
        Matcher inlinee = INLINEE.matcher(text.get(from));
        if (!inlinee.find()) {
            throw new AssertionError(text.get(from));
        }
        String head = place(procedure) + " " + inlinee.group(1) + " ";
        long code = 0;
        long open = -1;
        int line = 0;
        int openLine = 0;
        for (int at = from + 1; !text.get(at).contains(" | ") && !text.get(at).isBlank(); at++) {
            Matcher delta = DELTA.matcher(text.get(at));
            if (delta.find()) {
                line = Integer.parseInt(delta.group(1) + delta.group(2));
            }
            Matcher start = START.matcher(text.get(at));
            if (start.find()) {
                code = Long.parseLong(start.group(1), 16);
                if (open >= 0 && code > open) {
                    inlineRanges.add(head + open + "-" + code + " " + openLine);
                }
                open = code;
                openLine = line;
            }
            Matcher end = END.matcher(text.get(at));
            if (end.find()) {
                long until = Long.parseLong(end.group(1), 16);
                if (open >= 0 && until > open) {
                    inlineRanges.add(head + open + "-" + until + " " + openLine);
                }
                open = -1;
            }
        }
    }

    private void readLines(List<String> text) {
        for (String row : text) {
            Matcher named = FILE.matcher(row);
            Matcher run = RUN.matcher(row);
            if (run.matches()) {
                section = Integer.parseInt(run.group(1), 16);
            } else if (named.matches()) {
                file = named.group(1);
                repeated = false;
            } else if (row.startsWith("(unknown file name offset")) {
                // It dumps the lines of the module before once more for one that has no stream.
                repeated = true;
            } else if (row.startsWith("  ") && !repeated) {
                Matcher line = LINE.matcher(row);
                while (line.find()) {
                    long offset = Long.parseLong(line.group(2), 16);
                    // NSI and ASI are 0xfeefee and 0xf00f00; 0 is rustc's word for no line.
                    boolean hidden = !Character.isDigit(line.group(1).charAt(0))
                            || line.group(1).equals("0");
                    lines.add(place(new CodePlace(section, offset)) + " "
                            + (hidden ? "hidden" : file + ":" + line.group(1)));
                }
            }
        }
    }

    private void readFrame(String row) {
        if (!FRAME.matcher(row).find()) {
            return;
        }
        String[] cells = row.split(" *[|] *", -1);
        long rva = Long.parseLong(cells[0], 16);
        boolean isNew = cells.length == 11;
        int unit = isNew ? 1 : 4; // words of old ones
        frameStarts.add(rva);
        frames.add(frame(
                rva,
                Long.parseLong(cells[1]),
                unit * Long.parseLong(cells[2]),
                unit * Long.parseLong(cells[3]),
                unit * Long.parseLong(cells[isNew ? 6 : 5]),
                isNew ? program(cells[10]) : ""));
    }

    /** We give registers their names. */
    private static String program(String text) {
        return text.strip()
                .replaceAll(" +", " ")
                .replace("$20 ", "$ebx ")
                .replace("$23 ", "$esi ")
                .replace("$24 ", "$edi ");
    }

    /** @param how the program; of old ones nothing: llvm-pdbutil looks for fUseBP two bits too low */
    static String frame(
            long rva, long codeBytes, long locals, long parameters, long saved, String how) {
        return "%08x %d %d %d %d %s".formatted(rva, codeBytes, locals, parameters, saved, how);
    }

    private static Matcher place(String row) {
        Matcher place = PLACE.matcher(row);
        if (!place.find()) {
            throw new AssertionError(row);
        }
        return place;
    }

    private static CodePlace codePlace(Matcher place) {
        return new CodePlace(Integer.parseInt(place.group(1)), Long.parseLong(place.group(2)));
    }

    static String place(CodePlace place) {
        return "%d:%08x".formatted(place.section(), place.offset());
    }

    static String place(long key) {
        return place(new CodePlace((int) (key >>> 32), key & 0xffff_ffffL));
    }
}
