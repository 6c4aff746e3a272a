package dev.mortem.format.dwarf.cfi;

import dev.mortem.base.bytes.ByteSource;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/** Sections of frame information put together byte by byte. */
final class FrameBytes {
    /** Where the section is, svma. */
    static final long SECTION = 0x2000;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    static byte[] hex(String text) {
        return text.isBlank() ? new byte[0] : HexFormat.ofDelimiter(" ").parseHex(text.strip());
    }

    /** Writes into the array itself. */
    static ByteBuffer into(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A CIE of .eh_frame behind its length and id; its offset. */
    int cie(String body) {
        return entry(0, hex(body));
    }

    /** The CIE of x86-64: "zR", pcrel sdata4, cfa = rsp + 8, ra at cfa - 8. */
    int cieOfAmd64() {
        return cie("01 7a 52 00 01 78 10 01 1b 0c 07 08 90 01");
    }

    /** An FDE with pcrel sdata4 pointers and empty augmentation data. */
    int fde(int cie, long start, int size, String instructions) {
        byte[] code = hex(instructions);
        int at = bytes.size();
        byte[] body = new byte[9 + code.length];
        into(body)
                .putInt((int) (start - (SECTION + at + 8)))
                .putInt(size)
                .put((byte) 0)
                .put(code);
        return entry(at + 4 - cie, body);
    }

    private int entry(int id, byte[] body) {
        int at = bytes.size();
        byte[] head = new byte[8];
        into(head).putInt(4 + body.length).putInt(id);
        bytes.writeBytes(head);
        bytes.writeBytes(body);
        return at;
    }

    byte[] build() {
        return bytes.toByteArray();
    }

    static FrameSection section(byte[] content) {
        return new FrameSection(
                FrameSection.Kind.EH_FRAME,
                ByteSource.ofBytes("section", content, ByteOrder.LITTLE_ENDIAN),
                FrameBases.of(SECTION, 8));
    }

    /** .eh_frame_hdr at an svma: pcrel pointer, udata4 count, datarel sdata4 pairs. */
    static byte[] header(long address, long... pairs) {
        byte[] header = new byte[12 + 4 * pairs.length];
        ByteBuffer target = into(header)
                .put(hex("01 1b 03 3b"))
                .putInt((int) (SECTION - (address + 4)))
                .putInt(pairs.length / 2);
        for (long value : pairs) {
            target.putInt((int) (value - address));
        }
        return header;
    }
}
