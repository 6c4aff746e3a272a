package dev.mortem.testkit.synth;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;

/** A cabinet of one folder ([MS-CAB]), as the tools of Microsoft write them. */
public final class CabSynth {
    private static final int BLOCK_BYTES = 32768;

    /** A CFDATA before it has its header. */
    @SuppressWarnings("ArrayRecordComponent") // made once and read once
    record Block(byte[] packed, int unpackedBytes) {}

    private record Entry(String name, int sizeBytes) {}

    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private final List<Entry> entries = new ArrayList<>();
    private int reservedBytes;
    private boolean checksums = true;

    /** One file more. */
    public CabSynth file(String name, byte[] bytes) {
        entries.add(new Entry(name, bytes.length));
        content.writeBytes(bytes);
        return this;
    }

    /** Room in the header, the folder and each block, as for signatures. */
    public CabSynth reserved(int bytes) {
        reservedBytes = bytes;
        return this;
    }

    public CabSynth withoutChecksums() {
        checksums = false;
        return this;
    }

    public byte[] stored() {
        List<Block> blocks = new ArrayList<>();
        byte[] bytes = content.toByteArray();
        for (int at = 0; at < bytes.length; at += BLOCK_BYTES) {
            int size = Math.min(BLOCK_BYTES, bytes.length - at);
            blocks.add(new Block(Arrays.copyOfRange(bytes, at, at + size), size));
        }
        return build(0, blocks);
    }

    /** Each block is a deflate stream that may refer to the 32 KiB before it. */
    public byte[] msZip() {
        List<Block> blocks = new ArrayList<>();
        byte[] bytes = content.toByteArray();
        for (int at = 0; at < bytes.length; at += BLOCK_BYTES) {
            int size = Math.min(BLOCK_BYTES, bytes.length - at);
            blocks.add(new Block(deflated(bytes, at, size), size));
        }
        return build(1, blocks);
    }

    private static byte[] deflated(byte[] bytes, int at, int size) {
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write('C');
        out.write('K');
        try {
            int from = Math.max(0, at - BLOCK_BYTES);
            if (from < at) {
                deflater.setDictionary(bytes, from, at - from);
            }
            deflater.setInput(bytes, at, size);
            deflater.finish();
            byte[] some = new byte[4096];
            while (!deflater.finished()) {
                out.write(some, 0, deflater.deflate(some));
            }
        } finally {
            deflater.end();
        }
        return out.toByteArray();
    }

    public byte[] lzx(LzxSynth encoder) {
        return build(3 | encoder.windowBits() << 8, encoder.blocks(content.toByteArray()));
    }

    private byte[] build(int compression, List<Block> blocks) {
        int headBytes = 36 + (reservedBytes > 0 ? 4 + reservedBytes : 0);
        int filesAt = headBytes + 8 + reservedBytes;
        int dataAt = filesAt;
        for (Entry entry : entries) {
            dataAt += 16 + entry.name.length() + 1;
        }
        int end = dataAt;
        for (Block block : blocks) {
            end += 8 + reservedBytes + block.packed.length;
        }
        ByteBuffer out = ByteBuffer.allocate(end).order(ByteOrder.LITTLE_ENDIAN);
        out.put("MSCF".getBytes(StandardCharsets.US_ASCII))
                .putInt(0)
                .putInt(end)
                .putInt(0);
        out.putInt(filesAt).putInt(0).put((byte) 3).put((byte) 1);
        out.putShort((short) 1).putShort((short) entries.size());
        out.putShort((short) (reservedBytes > 0 ? 4 : 0)).putShort((short) 0).putShort((short) 0);
        if (reservedBytes > 0) {
            out.putShort((short) reservedBytes);
            out.put((byte) reservedBytes).put((byte) reservedBytes);
            out.put(new byte[reservedBytes]);
        }
        out.putInt(dataAt).putShort((short) blocks.size()).putShort((short) compression);
        out.put(new byte[reservedBytes]);
        int offset = 0;
        for (Entry entry : entries) {
            out.putInt(entry.sizeBytes).putInt(offset).putShort((short) 0);
            out.putShort((short) 0x5b75).putShort((short) 0x6000).putShort((short) 0x20);
            out.put(entry.name.getBytes(StandardCharsets.US_ASCII)).put((byte) 0);
            offset += entry.sizeBytes;
        }
        blocks.forEach(block -> put(out, block));
        return out.array();
    }

    private void put(ByteBuffer out, Block block) {
        ByteBuffer sizes = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
        sizes.putShort((short) block.packed.length).putShort((short) block.unpackedBytes);
        int sum = checksum(block.packed) ^ sizes.getInt(0);
        out.putInt(checksums ? sum : 0).put(sizes.array()).put(new byte[reservedBytes]);
        out.put(block.packed);
    }

    /** Word by word; what is left over stands the other way round ([MS-CAB], section 3.1). */
    private static int checksum(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int sum = 0;
        while (in.remaining() >= 4) {
            sum ^= in.getInt();
        }
        return sum
                ^ switch (in.remaining()) {
                    case 1 -> in.get() & 0xff;
                    case 2 -> (in.get() & 0xff) << 8 | (in.get() & 0xff);
                    case 3 -> (in.get() & 0xff) << 16 | (in.get() & 0xff) << 8 | (in.get() & 0xff);
                    default -> 0;
                };
    }
}
