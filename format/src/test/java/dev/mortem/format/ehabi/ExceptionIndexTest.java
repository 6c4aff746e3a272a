package dev.mortem.format.ehabi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.ehabi.UnwindInstruction.Move;
import dev.mortem.format.ehabi.UnwindInstruction.Pop;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** EHABI, sections 6 and 7: an index at 0x9000, tables at 0x8000, functions from 0x1000 on. */
class ExceptionIndexTest {
    private static final long INDEX = 0x9000;
    private static final long TABLES = 0x8000;

    private final ByteBuffer index = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer tables = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);

    @Test
    void inlineCompactGenericAndNone() throws MalformedException {
        putEntries();

        ExceptionIndex read = read();
        assertThat(read.find(0xfff)).isEmpty();
        assertThat(read.find(0x1000)).contains(instructions(0x1000, 0x1100, new Pop(0x4010)));
        assertThat(read.find(0x10ff)).contains(instructions(0x1000, 0x1100, new Pop(0x4010)));
        assertThat(read.find(0x1100)).contains(new UnwindEntry.CannotUnwind(0x1100, 0x1200));
        assertThat(read.find(0x1234))
                .contains(instructions(0x1200, 0x1300, new Pop(0x4080), new Move(12)));
        assertThat(read.find(0x1300))
                .contains(instructions(0x1300, 0x1400, new Pop(0x4010), new Move(0x204)));
        assertThat(read.find(0x1401)).contains(new UnwindEntry.CannotUnwind(0x1400, -1));
    }

    @Test
    void brokenEntriesSayWhatIsBroken() throws MalformedException {
        entry(0x1000, 0x83b0b0b0);
        entry(0x1100, 0x00100000); // a table far outside
        table(0x1200, 0x84b0b0b0);
        table(0x1300, 0x81ff0000); // more words than there are

        ExceptionIndex read = read();
        for (long address : new long[] {0x1000, 0x1100, 0x1200, 0x1300}) {
            assertThatThrownBy(() -> read.find(address)).isInstanceOf(MalformedException.class);
        }
    }

    @Test
    void truncationsAndMutationsEnd() {
        putEntries();
        byte[] whole = indexBytes();
        for (int length = 0; length < whole.length; length++) {
            lookUpAll(java.util.Arrays.copyOf(whole, length), tables.array());
        }
        SplittableRandom random = new SplittableRandom(38);
        int answered = 0;
        for (int run = 0; run < 20_000; run++) {
            byte[] changed = whole.clone();
            byte[] changedTables = tables.array().clone();
            changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
            changedTables[random.nextInt(24)] ^= (byte) (1 << random.nextInt(8));
            answered += lookUpAll(changed, changedTables);
        }
        assertThat(answered).isGreaterThan(20_000);
    }

    private void putEntries() {
        entry(0x1000, 0x80a8b0b0); // pop {r4, lr}
        entry(0x1100, 1);
        table(0x1201, 0x81018408, 0x02b0b0b0); // Thumb; pop {r7, lr}; vsp += 12
        table(0x1300, 0x00001234, 0x01a8b200, 0xb0b0b0b0); // a routine of its own; vsp += 0x204
        entry(0x1400, 1);
    }

    private int lookUpAll(byte[] entries, byte[] tableBytes) {
        ExceptionIndex read = read(entries, tableBytes);
        int answered = 0;
        for (long address = 0xf80; address < 0x1500; address += 0x40) {
            try {
                Optional<UnwindEntry> found = read.find(address);
                answered += found.isPresent() ? 1 : 0;
            } catch (MalformedException broken) {
                assertThat(broken.getMessage()).isNotEmpty();
            }
        }
        return answered;
    }

    private static UnwindEntry instructions(long start, long end, UnwindInstruction... steps) {
        return new UnwindEntry.Instructions(start, end, List.of(steps));
    }

    private void entry(long function, int content) {
        index.putInt(prel31(function, INDEX + index.position()));
        index.putInt(content);
    }

    private void table(long function, int... words) {
        index.putInt(prel31(function, INDEX + index.position()));
        index.putInt(prel31(TABLES + tables.position(), INDEX + index.position()));
        for (int word : words) {
            tables.putInt(word);
        }
    }

    private static int prel31(long target, long place) {
        return (int) (target - place) & 0x7fff_ffff;
    }

    private byte[] indexBytes() {
        return java.util.Arrays.copyOf(index.array(), index.position());
    }

    private ExceptionIndex read() {
        return read(indexBytes(), tables.array());
    }

    private ExceptionIndex read(byte[] entries, byte[] tableBytes) {
        ByteSource content = ByteSource.ofBytes("tables", tableBytes, ByteOrder.LITTLE_ENDIAN);
        return new ExceptionIndex(
                ByteSource.ofBytes("index", entries, ByteOrder.LITTLE_ENDIAN),
                INDEX,
                svma -> svma >= TABLES && svma < TABLES + tables.position()
                        ? Optional.of(content.atMost("table", svma - TABLES, 1024))
                        : Optional.empty());
    }
}
