package dev.mortem.testkit.synth;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes MSF files of format 7.00 (LLVM documentation, "The MSF File Format"), stream after stream: into
 * an array, or into a file that may be larger than the heap. Belongs to one thread; {@link #finish} ends
 * it.
 */
public final class MsfSynth {
    private static final byte[] MAGIC =
            "Microsoft C/C++ MSF 7.00\r\n\u001aDS\0\0\0".getBytes(StandardCharsets.ISO_8859_1);

    private interface Sink {
        void write(long block, byte[] bytes, int from, int count);
    }

    private final int blockBytes;
    private final Sink sink;
    private final List<Integer> sizes = new ArrayList<>();
    private final List<List<Long>> lists = new ArrayList<>();

    /** Block 0 is the superblock, 1 and 2 of each interval are maps of free blocks. */
    private long nextBlock = 3;

    private boolean scattered;
    private byte[][] memory = {new byte[0]};

    private MsfSynth(int blockBytes, Sink sink) {
        this.blockBytes = blockBytes;
        this.sink = sink;
    }

    /** From here on the blocks of a stream do not follow each other. */
    public MsfSynth scattered() {
        scattered = true;
        return this;
    }

    /** Keeps all in an array, see {@link #bytes}. */
    public static MsfSynth inMemory(int blockBytes) {
        byte[][] file = {new byte[0]};
        MsfSynth synth = new MsfSynth(blockBytes, (block, bytes, from, count) -> {
            int at = (int) (block * blockBytes);
            if (file[0].length < at + blockBytes) {
                file[0] = Arrays.copyOf(file[0], Math.max(at + blockBytes, 2 * file[0].length));
            }
            System.arraycopy(bytes, from, file[0], at, count);
        });
        synth.memory = file;
        return synth;
    }

    /** Of one in memory, behind {@link #finish}. */
    public byte[] bytes() {
        return Arrays.copyOf(memory[0], (int) (nextBlock * blockBytes));
    }

    /** Writes to a file, which the caller closes behind {@link #finish}. */
    public static MsfSynth to(RandomAccessFile file, int blockBytes) {
        return new MsfSynth(blockBytes, (block, bytes, from, count) -> {
            try {
                file.seek(block * blockBytes);
                file.write(bytes, from, count);
                if (count < blockBytes) {
                    file.write(new byte[blockBytes - count]);
                }
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
    }

    /** What the file has so far. */
    public long sizeBytes() {
        return nextBlock * blockBytes;
    }

    /** A stream whose content comes later, by {@link #fill}; its number. */
    public int reserve() {
        sizes.add(0);
        lists.add(List.of());
        return sizes.size() - 1;
    }

    /** Appends a stream; its number. */
    public int stream(byte... content) {
        int number = reserve();
        fill(number, content);
        return number;
    }

    /** The content of a stream that has none yet. */
    public void fill(int number, byte... content) {
        List<Long> blocks = allocate(content.length);
        for (int index = 0; index < blocks.size(); index++) {
            int from = index * blockBytes;
            sink.write(
                    blocks.get(index), content, from, Math.min(blockBytes, content.length - from));
        }
        sizes.set(number, content.length);
        lists.set(number, blocks);
    }

    /** Writes the directory and what leads to it. */
    @SuppressWarnings("ByteBufferBackingArray") // allocated right here
    public void finish() {
        ByteBuffer directory = buffer(
                4 + 4 * sizes.size() + 4 * lists.stream().mapToInt(List::size).sum());
        directory.putInt(sizes.size());
        sizes.forEach(directory::putInt);
        lists.forEach(list -> list.forEach(block -> directory.putInt(block.intValue())));
        List<Long> blocks = put(directory.array());
        ByteBuffer map = buffer(4 * blocks.size());
        blocks.forEach(block -> map.putInt(block.intValue()));
        List<Long> maps = put(map.array());
        ByteBuffer superblock = buffer(blockBytes);
        superblock.put(MAGIC).putInt(blockBytes).putInt(1).putInt((int) nextBlock);
        superblock.putInt(directory.capacity()).putInt(0);
        maps.forEach(block -> superblock.putInt(block.intValue()));
        sink.write(0, superblock.array(), 0, blockBytes);
        sink.write(1, new byte[blockBytes], 0, blockBytes);
        sink.write(2, new byte[blockBytes], 0, blockBytes);
    }

    private List<Long> put(byte[] content) {
        boolean kept = scattered;
        scattered = false;
        int stream = stream(content);
        scattered = kept;
        sizes.removeLast();
        return lists.remove(stream);
    }

    private List<Long> allocate(int sizeBytes) {
        List<Long> blocks = new ArrayList<>();
        for (int left = sizeBytes; left > 0; left -= blockBytes) {
            while (nextBlock % blockBytes == 1 || nextBlock % blockBytes == 2) {
                nextBlock++;
            }
            blocks.add(nextBlock++);
        }
        return scattered ? new ArrayList<>(blocks.reversed()) : blocks;
    }

    private static ByteBuffer buffer(int sizeBytes) {
        return ByteBuffer.allocate(sizeBytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
