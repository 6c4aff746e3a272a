package dev.mortem.testkit.synth;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code .eh_frame} with one CIE and its {@code .eh_frame_hdr} (Linux Standard Base 5.0, Core,
 * "Exception Frames"; DWARF 5, section 6.4): pointers are relative to themselves, of four bytes.
 */
public final class EhFrameSynth {
    /** DW_EH_PE_pcrel | DW_EH_PE_sdata4. */
    private static final int RELATIVE_TO_ITSELF = 0x1b;

    /** DW_EH_PE_datarel | DW_EH_PE_sdata4. */
    private static final int RELATIVE_TO_TABLE = 0x3b;

    private static final int UDATA4 = 0x03;

    private record Entry(Label function, Label descriptor) {}

    private final ElfTarget target;
    private final Layout frames;
    private final Label cie;
    private final List<Entry> entries = new ArrayList<>();

    /**
     * @param start where {@code .eh_frame} will lie in memory
     * @param codeAlign code_alignment_factor
     * @param dataAlign data_alignment_factor
     * @param returnRegister the column of the return address
     * @param initial instructions of the CIE
     */
    public EhFrameSynth(
            ElfTarget target,
            Label start,
            long codeAlign,
            long dataAlign,
            int returnRegister,
            Layout initial) {
        this.target = target;
        this.frames = target.layout(start);
        this.cie = frames.here();
        Layout body = target.layout().u4(0).u1(1).cString("zR");
        body.uleb(codeAlign).sleb(dataAlign).u1(returnRegister);
        body.uleb(1).u1(RELATIVE_TO_ITSELF).bytes(initial.build());
        // The length does not count itself: 4 more make the next record aligned again.
        padded(body);
        frames.u4(body.sizeBytes()).bytes(body.build());
    }

    /** As the psABI of x86-64 has it: CFA = rsp + 8, the return address at CFA - 8. */
    public static EhFrameSynth x86Amd64(Label start) {
        Layout initial = ElfTarget.X86_64.layout().hex("0c 07 08 90 01");
        return new EhFrameSynth(ElfTarget.X86_64, start, 1, -8, 16, initial);
    }

    /** A FDE for {@code sizeBytes} of code at {@code function}. */
    public EhFrameSynth function(Label function, Label sizeBytes, Layout instructions) {
        Layout tail = target.layout().uleb(0).bytes(instructions.build());
        while ((tail.sizeBytes() + 16) % target.wordBytes() != 0) {
            tail.u1(0);
        }
        Label descriptor = frames.here();
        entries.add(new Entry(function, descriptor));
        frames.u4(12L + tail.sizeBytes());
        frames.u4(frames.here().minus(cie));
        frames.u4(function.minus(frames.here()));
        frames.u4(sizeBytes).bytes(tail.build());
        return this;
    }

    /** {@code .eh_frame}, ended by a record of length zero. */
    public Layout frames() {
        return target.layout(frames.start()).bytes(frames.build()).u4(0);
    }

    /** How many bytes {@link #frames} has. */
    public int framesSizeBytes() {
        return frames.sizeBytes() + 4;
    }

    /** {@code .eh_frame_hdr} at {@code start}, its table sorted by address. */
    public Layout header(Label start) {
        Layout header = target.layout(start);
        header.u1(1).u1(RELATIVE_TO_ITSELF).u1(UDATA4).u1(RELATIVE_TO_TABLE);
        header.u4(frames.start().minus(header.here())).u4(entries.size());
        entries.stream()
                .sorted((left, right) -> Long.compareUnsigned(
                        left.function().value(), right.function().value()))
                .forEach(entry -> {
                    header.u4(entry.function().minus(start));
                    header.u4(entry.descriptor().minus(start));
                });
        return header;
    }

    /** How many bytes {@link #header} has. */
    public int headerSizeBytes() {
        return 12 + 8 * entries.size();
    }

    private void padded(Layout body) {
        while ((body.sizeBytes() + 4) % target.wordBytes() != 0) {
            body.u1(0);
        }
    }
}
