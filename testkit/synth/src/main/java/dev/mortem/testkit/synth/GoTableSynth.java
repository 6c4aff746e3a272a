package dev.mortem.testkit.synth;

import java.util.List;

/**
 * A Go program of two functions with the tables of its runtime (golang.org/s/go12symtab; package runtime,
 * symtab.go and symtabinl.go of the releases). {@code main.main} has 0x40 bytes: line 10, from byte 0x10
 * on line 12. {@code main.(*cart).total} has 0x20: line 33, and from byte 8 to 16 line 7 of
 * {@code main.price}, which is inlined there since Go 1.18.
 */
public final class GoTableSynth {
    public static final long TEXT = 0x40_1000;
    public static final long TABLE = 0x48_0000;
    public static final long DATA = 0x4c_0000;
    public static final String MAIN_FILE = "/srv/shop/main.go";
    public static final String CART_FILE = "/srv/shop/cart.go";

    private static final int MAIN_BYTES = 0x40;
    private static final int TOTAL_BYTES = 0x20;

    /** Where inlined calls are described, among the data. */
    private static final long FUNCTION_DATA = DATA + 0x200;

    /** Which layout; named after the first release that had it. */
    public enum Version {
        GO_1_2(0xffff_fffbL),
        GO_1_16(0xffff_fffaL),
        GO_1_18(0xffff_fff0L),
        GO_1_20(0xffff_fff1L);

        private final long magic;

        Version(long magic) {
            this.magic = magic;
        }

        private boolean hasOffsets() {
            return this == GO_1_18 || this == GO_1_20;
        }
    }

    private final ElfTarget target;
    private final Version version;

    /** One step of a pc-value table. */
    private record Step(int value, int bytes) {}

    public GoTableSynth(ElfTarget target, Version version) {
        this.target = target;
        this.version = version;
    }

    /** The program as a file. */
    public byte[] image() {
        Layout text = target.layout(Label.of(TEXT)).zeros(MAIN_BYTES + TOTAL_BYTES);
        Layout table = table();
        ElfSynth elf = new ElfSynth(target);
        elf.segment(load(ElfSegment.READ | ElfSegment.EXECUTE, text));
        ElfSection section = elf.section(
                        ".gopclntab", ElfSynth.SHT_PROGBITS, ElfSynth.SHF_ALLOC, table)
                .address(Label.of(TABLE))
                .align(16);
        elf.segment(ElfSegment.over(
                ElfSynth.PT_LOAD,
                ElfSegment.READ,
                section.fileOffset(),
                Label.of(TABLE),
                Label.of(table::sizeBytes)));
        elf.segment(load(ElfSegment.READ | ElfSegment.WRITE, data()));
        return elf.build();
    }

    private static ElfSegment load(int flags, Layout content) {
        return ElfSegment.of(ElfSynth.PT_LOAD, flags, content).align(16);
    }

    /** The pclntab alone, at {@link #TABLE}. */
    public Layout table() {
        Layout out = target.layout(Label.of(TABLE));
        out.u4(version.magic).u1(0).u1(0).u1(1).u1(target.wordBytes());
        if (version == Version.GO_1_2) {
            oldTable(out);
        } else {
            newTable(out);
        }
        return out;
    }

    private void newTable(Layout out) {
        out.word(2).word(2);
        if (version.hasOffsets()) {
            out.word(version == Version.GO_1_20 ? 0 : TEXT);
        }
        Label names = offset(out);
        Label units = offset(out);
        Label files = offset(out);
        Label values = offset(out);
        Label functions = offset(out);

        Parts parts = new Parts();
        markOffset(out, names);
        parts.names(out);
        markOffset(out, units);
        parts.fileNumbers(out);
        markOffset(out, files);
        parts.files(out);
        markOffset(out, values);
        parts.values(out);
        markOffset(out.align(8), functions);
        parts.functions(out);
    }

    private static Label offset(Layout out) {
        Label label = Label.unset();
        out.word(label);
        return label;
    }

    private static void markOffset(Layout out, Label label) {
        label.set(out.sizeBytes());
    }

    private void oldTable(Layout out) {
        out.word(2);
        Parts parts = new Parts();
        Label files = parts.functions(out);
        parts.names(out);
        parts.files(out);
        parts.values(out);
        markOffset(out.align(4), files);
        out.u4(3);
        parts.fileNumbers(out);
    }

    /** Variables: moduledata, and the inlined call. */
    private Layout data() {
        Layout out = target.layout(Label.of(DATA));
        out.hex("ff 20 47 6f 20 62 75 69 6c 64 69 6e 66 3a"); // " Go buildinf:"
        out.fillTo(32).word(TABLE);
        for (int slice = 0; slice < 6; slice++) {
            out.word(TABLE + 64 + slice).word(4).word(4);
        }
        out.word(0).word(TEXT).word(TEXT + MAIN_BYTES + TOTAL_BYTES);
        out.word(TEXT).word(TEXT + MAIN_BYTES + TOTAL_BYTES);
        out.zeros((version == Version.GO_1_20 ? 16 : 14) * target.wordBytes());
        out.word(FUNCTION_DATA).word(TABLE).word(TABLE).word(TABLE);
        out.fillTo((int) (FUNCTION_DATA - DATA));
        if (version == Version.GO_1_20) {
            out.u4(0).u4(Parts.PRICE).u4(4).u4(6);
        } else {
            out.u2(0xffff).u2(0).u4(0).u4(33).u4(Parts.PRICE).u4(4);
        }
        return out;
    }

    /** The parts that all versions have, in one order or another. */
    private final class Parts {
        private static final int PRICE =
                1 + "main.main".length() + 1 + "main.(*cart).total".length() + 1;

        private final Label nameStart = Label.unset();
        private final Label fileStart = Label.unset();
        private final Label valueStart = Label.unset();
        private final Label mainLines = Label.unset();
        private final Label totalLines = Label.unset();
        private final Label mainFile = Label.unset();
        private final Label totalFile = Label.unset();
        private final Label inlined = Label.unset();

        private boolean isOld() {
            return version == Version.GO_1_2;
        }

        /** What offsets are counted from: the table's start, or once the part's own. */
        private Label origin(Label part) {
            return isOld() ? Label.of(0) : part;
        }

        void names(Layout out) {
            markOffset(out, nameStart);
            out.u1(0).cString("main.main").cString("main.(*cart).total").cString("main.price");
        }

        void files(Layout out) {
            markOffset(out, fileStart);
            out.u1(0).cString(MAIN_FILE).cString(CART_FILE);
        }

        /** Numbers of files: from 0, up to Go 1.15 from 1. */
        void fileNumbers(Layout out) {
            Label main = isOld() ? fileStart.plus(1) : Label.of(1);
            out.u4(main).u4(main.plus(MAIN_FILE.length() + 1L));
        }

        void values(Layout out) {
            markOffset(out, valueStart);
            int firstFile = isOld() ? 1 : 0;
            out.u1(0);
            table(out, mainLines, List.of(new Step(10, 0x10), new Step(12, 0x30)));
            table(out, totalLines, List.of(new Step(33, 8), new Step(7, 8), new Step(33, 0x10)));
            table(out, mainFile, List.of(new Step(firstFile, MAIN_BYTES)));
            table(out, totalFile, List.of(new Step(firstFile + 1, TOTAL_BYTES)));
            table(out, inlined, List.of(new Step(-1, 8), new Step(0, 8), new Step(-1, 0x10)));
        }

        private void table(Layout out, Label label, List<Step> steps) {
            markOffset(out, label);
            int value = -1;
            for (Step step : steps) {
                int difference = step.value - value;
                out.uleb((difference << 1 ^ difference >> 31) & 0xffff_ffffL).uleb(step.bytes);
                value = step.value;
            }
            out.u1(0);
        }

        /** The entries and the records; returns where, up to Go 1.15, the files' offset stands. */
        Label functions(Layout out) {
            long start = isOld() ? 0 : out.sizeBytes();
            Label main = Label.unset();
            Label total = Label.unset();
            entry(out, 0, main);
            entry(out, MAIN_BYTES, total);
            Label files = Label.unset();
            if (version.hasOffsets()) {
                out.u4(MAIN_BYTES + TOTAL_BYTES);
            } else {
                out.word(TEXT + MAIN_BYTES + TOTAL_BYTES);
            }
            if (isOld()) {
                out.u4(files);
            }
            out.align(8);
            main.set(out.sizeBytes() - start);
            record(out, 0, 1, mainFile, mainLines);
            out.align(8);
            total.set(out.sizeBytes() - start);
            record(out, MAIN_BYTES, 1L + "main.main".length() + 1, totalFile, totalLines);
            return files;
        }

        private void entry(Layout out, long offset, Label function) {
            if (version.hasOffsets()) {
                out.u4(offset).u4(function);
            } else {
                out.word(TEXT + offset).word(function);
            }
        }

        /** struct _func. */
        private void record(Layout out, long offset, long name, Label file, Label lines) {
            if (version.hasOffsets()) {
                out.u4(offset);
            } else {
                out.word(TEXT + offset);
            }
            boolean hasInlined = version.hasOffsets() && offset > 0;
            Label from = origin(valueStart);
            out.u4(isOld() ? nameStart.plus(name) : Label.of(name));
            out.u4(0).u4(0).u4(0).u4(file.minus(from)).u4(lines.minus(from));
            out.u4(hasInlined ? 3 : 0);
            if (version != Version.GO_1_2) {
                out.u4(0);
            }
            if (version == Version.GO_1_20) {
                out.u4(9);
            }
            out.u1(0).u1(0).u1(0).u1(hasInlined ? 4 : 0);
            if (hasInlined) {
                out.u4(0).u4(0).u4(inlined.minus(from));
                out.u4(-1).u4(-1).u4(-1).u4(0);
            }
        }
    }
}
