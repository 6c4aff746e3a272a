package dev.mortem.testkit.synth;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The tables of a PE image, each appended to a section as "PE Format" lays it out. */
public final class PeTables {
    private PeTables() {}

    /**
     * One export.
     *
     * @param name empty for one by ordinal only
     * @param forwarder empty for one that is here
     */
    public record Export(String name, Label rva, String forwarder) {}

    /** The export table, and its directory. Names are to come sorted; ordinals count from {@code base}. */
    public static void exports(
            PeSynth image, Layout out, String imageName, int base, List<Export> exports) {
        Label start = out.here();
        List<Label> addresses = new ArrayList<>();
        List<Label> names = new ArrayList<>();
        List<Integer> named = new ArrayList<>();
        for (int index = 0; index < exports.size(); index++) {
            Export export = exports.get(index);
            addresses.add(export.forwarder().isEmpty() ? export.rva() : Label.unset());
            if (!export.name().isEmpty()) {
                names.add(Label.unset());
                named.add(index);
            }
        }
        Label nameOfImage = Label.unset();
        int addressesAt = 40;
        int namesAt = addressesAt + 4 * addresses.size();
        int ordinalsAt = namesAt + 4 * names.size();
        out.zeros(12).u4(nameOfImage).u4(base).u4(addresses.size()).u4(names.size());
        out.u4(start.plus(addressesAt)).u4(start.plus(namesAt)).u4(start.plus(ordinalsAt));
        addresses.forEach(out::u4);
        names.forEach(out::u4);
        named.forEach(out::u2);
        out.mark(nameOfImage).cString(imageName);
        for (int index = 0; index < named.size(); index++) {
            out.mark(names.get(index)).cString(exports.get(named.get(index)).name());
        }
        for (int index = 0; index < exports.size(); index++) {
            if (!exports.get(index).forwarder().isEmpty()) {
                out.mark(addresses.get(index)).cString(exports.get(index).forwarder());
            }
        }
        image.directory(PeSynth.EXPORT, start, out.here());
    }

    /** A debug directory of a CodeView record with this path and a REPRO entry. */
    public static void debug(PeSynth image, Layout out, byte[] guid, int age, String pdbPath) {
        out.align(4);
        Label start = out.here();
        Label data = Label.unset();
        Label dataEnd = Label.unset();
        out.u4(0).u4(0x5ab3_8077L).u4(0).u4(2).u4(dataEnd.minus(data)).u4(data).u4(0);
        out.u4(0).u4(0x5ab3_8077L).u4(0).u4(16).u4(0).u4(0).u4(0);
        image.directory(PeSynth.DEBUG, start, out.here());
        out.mark(data).text("RSDS", 4).bytes(guid).u4(age).cString(pdbPath).mark(dataEnd);
    }

    /** A resource tree with one version in it. */
    public static void version(
            PeSynth image, Layout out, int[] fileVersion, Map<String, String> strings) {
        out.align(4);
        Label start = out.here();
        Label data = Label.unset();
        Label dataEnd = Label.unset();
        out.zeros(12).u2(0).u2(1).u4(16).u4(0x8000_0018L);
        out.zeros(12).u2(0).u2(1).u4(1).u4(0x8000_0030L);
        out.zeros(12).u2(0).u2(1).u4(0x409).u4(0x48);
        out.u4(data).u4(dataEnd.minus(data)).u4(1200).u4(0);
        image.directory(PeSynth.RESOURCE, start, out.here());
        Label end = Label.unset();
        block(out.mark(data), end, 52, 0, "VS_VERSION_INFO");
        out.u4(0xfeef_04bdL).u4(0x1_0000);
        out.u2(fileVersion[1]).u2(fileVersion[0]).u2(fileVersion[3]).u2(fileVersion[2]);
        out.u2(2).u2(1).u2(4).u2(3).u4(0x3f).u4(1).u4(0x4_0004).u4(2).zeros(12);
        Label tableEnd = Label.unset();
        block(out, tableEnd, 0, 1, "StringFileInfo");
        block(out, tableEnd, 0, 1, "040904b0");
        strings.forEach((key, value) -> {
            Label stringEnd = Label.unset();
            block(out, stringEnd, value.length() + 1, 1, key);
            utf16(out, value).mark(stringEnd).align(4);
        });
        out.mark(tableEnd);
        Label varEnd = Label.unset();
        block(out, varEnd, 0, 1, "VarFileInfo");
        block(out, varEnd, 4, 0, "Translation");
        out.u2(0x409).u2(1200).mark(varEnd);
        out.mark(end).mark(dataEnd);
    }

    private static void block(Layout out, Label end, int valueLength, int type, String key) {
        int at = out.sizeBytes();
        Label start = out.here();
        out.u2(end.minus(start)).u2(valueLength).u2(type);
        utf16(out, key).zeros(Math.floorMod(-(out.sizeBytes() - at), 4));
    }

    private static Layout utf16(Layout out, String text) {
        return out.bytes(text.getBytes(StandardCharsets.UTF_16LE)).u2(0);
    }
}
