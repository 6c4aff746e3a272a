package dev.mortem.testkit.fakes;

import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryReader;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;

/** Memory of the bytes that a test put there; all else is absent. */
public final class FakeMemory implements MemoryReader {
    private final Machine machine;
    private final TreeMap<Long, Byte> bytes = new TreeMap<>(Long::compareUnsigned);

    public FakeMemory(Machine machine) {
        this.machine = machine;
    }

    public FakeMemory put(long address, byte... content) {
        for (int index = 0; index < content.length; index++) {
            bytes.put(address + index, content[index]);
        }
        return this;
    }

    /** One pointer after the other, in the machine's size and order. */
    public FakeMemory pointers(long address, long... values) {
        int size = machine.pointerSizeBytes();
        ByteBuffer buffer = ByteBuffer.allocate(values.length * size).order(machine.order());
        for (long value : values) {
            if (size == 8) {
                buffer.putLong(value);
            } else {
                buffer.putInt((int) value);
            }
        }
        return put(address, buffer.array());
    }

    public FakeMemory u4(long address, int... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * 4).order(machine.order());
        for (int value : values) {
            buffer.putInt(value);
        }
        return put(address, buffer.array());
    }

    /** The text as UTF-8 and a NUL behind it. */
    public FakeMemory cString(long address, String text) {
        return put(address, (text + "\0").getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public Machine machine() {
        return machine;
    }

    @Override
    public int read(long address, byte[] target, int targetOffset, int sizeBytes) {
        for (int index = 0; index < sizeBytes; index++) {
            Byte next = bytes.get(address + index);
            if (next == null) {
                return index;
            }
            target[targetOffset + index] = next;
        }
        return sizeBytes;
    }
}
