package dev.mortem.testkit.synth;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A module of a {@link PdbSynth}: symbol records and C13 subsections, field by field as cvinfo.h has them.
 * All code is in one section.
 */
public final class PdbModuleSynth {
    private final PdbSynth pdb;
    private final String name;
    private final Layout symbols = layout().u4(4);
    private final Layout lines = layout();
    private final Layout checksums = layout();
    private final Layout inlinees = layout().u4(0);
    private final Map<String, Integer> fileIds = new HashMap<>();
    private final List<long[]> code = new ArrayList<>();

    PdbModuleSynth(PdbSynth pdb, String name) {
        this.pdb = pdb;
        this.name = name;
    }

    static Layout layout() {
        return new Layout(ByteOrder.LITTLE_ENDIAN, 8, Label.of(0));
    }

    /** S_GPROC32 up to {@link #end}. */
    public PdbModuleSynth procedure(String function, int offset, int sizeBytes) {
        return procedure(0x1110, function, offset, sizeBytes);
    }

    public PdbModuleSynth procedure(int kind, String function, int offset, int sizeBytes) {
        code.add(new long[] {offset, sizeBytes});
        Layout fields =
                layout().u4(0).u4(0).u4(0).u4(sizeBytes).u4(0).u4(sizeBytes).u4(0);
        return record(kind, fields.u4(offset).u2(PdbSynth.CODE).u1(0).cString(function));
    }

    /** S_INLINESITE up to {@link #endInline}. */
    public PdbModuleSynth inlineSite(int functionId, String annotations) {
        return record(0x114d, layout().u4(0).u4(0).u4(functionId).hex(annotations));
    }

    public PdbModuleSynth endInline() {
        return record(0x114e, layout());
    }

    /** S_END. */
    public PdbModuleSynth end() {
        return record(0x0006, layout());
    }

    /** S_SEPCODE and its end. */
    public PdbModuleSynth separated(int offset, int sizeBytes, int parentOffset) {
        code.add(new long[] {offset, sizeBytes});
        Layout fields = layout().u4(0).u4(0).u4(sizeBytes).u4(0).u4(offset).u4(parentOffset);
        return record(0x1132, fields.u2(PdbSynth.CODE).u2(PdbSynth.CODE)).end();
    }

    /** S_THUNK32 and its end. */
    public PdbModuleSynth thunk(String function, int offset, int sizeBytes) {
        code.add(new long[] {offset, sizeBytes});
        Layout fields = layout().u4(0).u4(0).u4(0).u4(offset).u2(PdbSynth.CODE).u2(sizeBytes);
        return record(0x1102, fields.u1(0).cString(function)).end();
    }

    /** S_LABEL32. */
    public PdbModuleSynth label(String label, int offset) {
        return record(0x1105, layout().u4(offset).u2(PdbSynth.CODE).u1(0).cString(label));
    }

    /** Code that a symbol elsewhere names, or none. */
    public PdbModuleSynth code(int offset, int sizeBytes) {
        code.add(new long[] {offset, sizeBytes});
        return this;
    }

    public PdbModuleSynth record(int kind, Layout fields) {
        byte[] bytes = fields.align(4).build();
        symbols.u2(2 + bytes.length).u2(kind).bytes(bytes);
        return this;
    }

    /** A run of lines of one file: pairs of offset in the run and line. */
    public PdbModuleSynth lines(int offset, int sizeBytes, String file, int... pairs) {
        Layout run = layout().u4(offset).u2(PdbSynth.CODE).u2(0).u4(sizeBytes);
        int count = pairs.length / 2;
        run.u4(fileId(file)).u4(count).u4(12 + 8 * count);
        for (int each : pairs) {
            run.u4(each);
        }
        return subsection(lines, 0xf2, run.build());
    }

    /** Where an inlined function begins. */
    public PdbModuleSynth inlinee(int functionId, String file, int line) {
        inlinees.u4(functionId).u4(fileId(file)).u4(line);
        return this;
    }

    private PdbModuleSynth subsection(Layout to, int kind, byte[] content) {
        to.u4(kind).u4(content.length).bytes(content).align(4);
        return this;
    }

    /** What ChangeFile names it by. */
    public int fileId(String file) {
        return fileIds.computeIfAbsent(file, key -> {
            int id = checksums.sizeBytes();
            checksums.u4(pdb.text(key)).u1(0).u1(0).align(4);
            return id;
        });
    }

    byte[] stream() {
        return layout().bytes(symbols.build()).bytes(subsections()).u4(0).build();
    }

    /** The module's entry in the DBI stream. */
    byte[] info(int stream) {
        Layout entry = layout().u4(0)
                .bytes(contribution(0, code.isEmpty() ? new long[2] : code.getFirst()));
        entry.u2(0).u2(stream).u4(symbols.sizeBytes()).u4(0).u4(subsections().length);
        entry.u2(0).u2(0).u4(0).u4(0).u4(0);
        return entry.cString(name).cString(name).align(4).build();
    }

    /** All its section contributions. */
    byte[] contributions(int module) {
        Layout entries = layout();
        code.forEach(piece -> entries.bytes(contribution(module, piece)));
        return entries.build();
    }

    private static byte[] contribution(int module, long... piece) {
        return layout().u2(PdbSynth.CODE)
                .u2(0)
                .u4(piece[0])
                .u4(piece[1])
                .u4(0x6000_0020)
                .u2(module)
                .u2(0)
                .u4(0)
                .u4(0)
                .build();
    }

    private byte[] subsections() {
        Layout all = layout();
        subsection(all, 0xf4, checksums.build());
        subsection(all, 0xf6, inlinees.build());
        return all.bytes(lines.build()).build();
    }
}
