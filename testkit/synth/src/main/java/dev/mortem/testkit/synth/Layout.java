package dev.mortem.testkit.synth;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A run of bytes, appended in order, whose fields may be {@link Label}s: a stack can hold pointers to
 * code and into itself before anybody knows where either will lie. {@link #start} is the address of
 * its first byte. Belongs to one thread.
 */
public final class Layout {
    private final ByteOrder order;
    private final int wordBytes;
    private final Label start;
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private final List<Gap> gaps = new ArrayList<>();

    /** A field that is filled in when its label is known. */
    private record Gap(int offset, int sizeBytes, Label value) {}

    /**
     * @param order of the numbers
     * @param wordBytes size of a pointer: 4 or 8
     * @param start address of the first byte
     */
    public Layout(ByteOrder order, int wordBytes, Label start) {
        this.order = order;
        this.wordBytes = wordBytes;
        this.start = start;
    }

    public Label start() {
        return start;
    }

    /** The address of the next byte. */
    public Label here() {
        return start.plus(content.size());
    }

    public int sizeBytes() {
        return content.size();
    }

    /** Gives {@code label} the address of the next byte. */
    public Layout mark(Label label) {
        label.set(here());
        return this;
    }

    public Layout u1(long value) {
        return number(1, value);
    }

    public Layout u2(long value) {
        return number(2, value);
    }

    public Layout u2(Label value) {
        return number(2, value);
    }

    public Layout u4(long value) {
        return number(4, value);
    }

    public Layout u4(Label value) {
        return number(4, value);
    }

    public Layout u8(long value) {
        return number(8, value);
    }

    public Layout u8(Label value) {
        return number(8, value);
    }

    /** A pointer. */
    public Layout word(long value) {
        return number(wordBytes, value);
    }

    /** A pointer. */
    public Layout word(Label value) {
        return number(wordBytes, value);
    }

    /** Unsigned LEB128. */
    public Layout uleb(long value) {
        long rest = value;
        while (Long.compareUnsigned(rest, 0x7f) > 0) {
            u1((rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        return u1(rest);
    }

    /** Signed LEB128. */
    public Layout sleb(long value) {
        long rest = value;
        while (rest < -64 || rest > 63) {
            u1((rest & 0x7f) | 0x80);
            rest >>= 7;
        }
        return u1(rest & 0x7f);
    }

    public Layout bytes(byte... more) {
        content.writeBytes(more);
        return this;
    }

    /** "48 8b 47 10": bytes in hex, blanks between them. */
    public Layout hex(String digits) {
        for (String digit : digits.strip().split("\\s+", -1)) {
            u1(Integer.parseInt(digit, 16));
        }
        return this;
    }

    /** The text as UTF-8 and a NUL. */
    public Layout cString(String text) {
        return bytes(text.getBytes(StandardCharsets.UTF_8)).u1(0);
    }

    /** The text as UTF-8 in a field of a fixed size: cut, or filled with NULs. */
    public Layout text(String text, int sizeBytes) {
        byte[] all = text.getBytes(StandardCharsets.UTF_8);
        int used = Math.min(all.length, sizeBytes);
        content.write(all, 0, used);
        return zeros(sizeBytes - used);
    }

    public Layout zeros(int count) {
        return bytes(new byte[count]);
    }

    /** Zeros up to a multiple of {@code sizeBytes} from the start. */
    public Layout align(int sizeBytes) {
        return zeros(Math.floorMod(-content.size(), sizeBytes));
    }

    /** Zeros up to {@code offset} from the start. */
    public Layout fillTo(int offset) {
        if (offset < content.size()) {
            throw new IllegalStateException(
                    "%d bytes are laid out already, %d wanted".formatted(content.size(), offset));
        }
        return zeros(offset - content.size());
    }

    /** All of another layout, with its labels that are not known yet. */
    public Layout append(Layout other) {
        int from = content.size();
        content.writeBytes(other.content.toByteArray());
        other.gaps.forEach(gap -> gaps.add(new Gap(from + gap.offset, gap.sizeBytes, gap.value)));
        return this;
    }

    /** The bytes, every label resolved. */
    public byte[] build() {
        byte[] built = content.toByteArray();
        ByteBuffer buffer = ByteBuffer.wrap(built).order(order);
        for (Gap gap : gaps) {
            put(buffer, gap.offset(), gap.sizeBytes(), gap.value().value());
        }
        return built;
    }

    private Layout number(int sizeBytes, Label value) {
        gaps.add(new Gap(content.size(), sizeBytes, value));
        return zeros(sizeBytes);
    }

    private Layout number(int sizeBytes, long value) {
        ByteBuffer buffer = ByteBuffer.allocate(sizeBytes).order(order);
        put(buffer, 0, sizeBytes, value);
        return bytes(buffer.array());
    }

    private static void put(ByteBuffer buffer, int offset, int sizeBytes, long value) {
        switch (sizeBytes) {
            case 1 -> buffer.put(offset, (byte) value);
            case 2 -> buffer.putShort(offset, (short) value);
            case 4 -> buffer.putInt(offset, (int) value);
            case 8 -> buffer.putLong(offset, value);
            default -> throw new IllegalArgumentException("no number has " + sizeBytes + " bytes");
        }
    }
}
