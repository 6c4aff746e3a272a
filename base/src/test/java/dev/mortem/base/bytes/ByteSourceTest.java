package dev.mortem.base.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

class ByteSourceTest {
    private static final ByteSource EIGHT = ByteSource.ofBytes(
            "x.dmp", new byte[] {1, 2, 3, 4, 5, 6, 7, (byte) 0x88}, ByteOrder.LITTLE_ENDIAN);

    @Test
    void readsBothOrders() throws MalformedException {
        assertThat(EIGHT.u8("f", 0)).isEqualTo(0x8807060504030201L);
        assertThat(EIGHT.u4("f", 4)).isEqualTo(0x88070605L);
        assertThat(EIGHT.u2("f", 6)).isEqualTo(0x8807);
        assertThat(EIGHT.u1("f", 7)).isEqualTo(0x88);
        ByteSource big = EIGHT.withOrder(ByteOrder.BIG_ENDIAN);
        assertThat(big.u8("f", 0)).isEqualTo(0x0102030405060788L);
        assertThat(big.unsigned("f", 0, 2)).isEqualTo(0x0102);
    }

    @Test
    void refusesEachReadOneByteBeyondTheEnd() {
        assertThatThrownBy(() -> EIGHT.u1("f", 8)).isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> EIGHT.u2("f", 7)).isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> EIGHT.u4("f", 5)).isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> EIGHT.u8("f", 1)).isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> EIGHT.u8("f", -1)).isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> EIGHT.slice("s", 4, -1)).isInstanceOf(MalformedException.class);
    }

    @Test
    void aSliceSaysWhereItLiesInTheFile() throws MalformedException {
        ByteSource part = EIGHT.slice("Header", 2, 4).slice("Tail", 1, 3);
        assertThat(part.fileOffset()).isEqualTo(3);
        assertThatThrownBy(() -> part.u4("count", 0))
                .hasMessage("x.dmp: Tail.count at 0x3: 4 bytes needed, 3 bytes left");
    }

    @Test
    void aTableIsCheckedBeforeAnythingIsAllocated() {
        assertThatThrownBy(() -> EIGHT.table("Threads", 4, 0xffff_ffffL, 48))
                .hasMessage(
                        "x.dmp: bytes.Threads at 0x4: 4294967295 entries of 48 bytes, 4 bytes left");
        assertThatThrownBy(() -> EIGHT.table("Threads", 0, Long.MAX_VALUE, 4))
                .isInstanceOf(MalformedException.class);
    }

    @Test
    void takesWhatThereIsOfACutFile() {
        assertThat(EIGHT.atMost("cut", 6, 100).sizeBytes()).isEqualTo(2);
        assertThat(EIGHT.atMost("cut", 100, 100).sizeBytes()).isZero();
        assertThat(EIGHT.atMost("cut", 0, -1).sizeBytes()).isEqualTo(8);
    }

    @Test
    void textEndsAtNulOrAtItsBound() throws MalformedException {
        ByteSource text = ByteSource.ofBytes(
                "t", "abc\0def".getBytes(StandardCharsets.UTF_8), ByteOrder.LITTLE_ENDIAN);
        assertThat(text.cString("name", 0, 100)).isEqualTo("abc");
        assertThat(text.cString("name", 0, 2)).isEqualTo("ab");
        assertThat(text.cString("name", 4, 100)).isEqualTo("def");
        assertThatThrownBy(() -> text.cursor(4).cString("name", 3))
                .hasMessageContaining("text without an end");
    }

    @Test
    void readsLeb128() throws MalformedException {
        ByteSource numbers = ByteSource.ofBytes(
                "n",
                new byte[] {(byte) 0xe5, (byte) 0x8e, 0x26, 0x7f, (byte) 0x80, 0x7f},
                ByteOrder.LITTLE_ENDIAN);
        ByteCursor cursor = numbers.cursor(0);
        assertThat(cursor.uleb("u")).isEqualTo(624485);
        assertThat(cursor.sleb("s")).isEqualTo(-1);
        assertThat(cursor.sleb("s")).isEqualTo(-128);
        assertThat(cursor.atEnd()).isTrue();
    }

    @Test
    void aLeb128ThatDoesNotEndIsRefused() throws MalformedException {
        byte[] endless = new byte[64];
        java.util.Arrays.fill(endless, (byte) 0xff);
        ByteCursor cursor =
                ByteSource.ofBytes("n", endless, ByteOrder.LITTLE_ENDIAN).cursor(0);
        assertThatThrownBy(() -> cursor.uleb("u")).isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> cursor.sleb("s")).isInstanceOf(MalformedException.class);
        assertThat(cursor.position()).isZero();
    }

    @Test
    void aFileTruncatedWhileMappedIsNoCrash(@TempDir Path folder) throws Exception {
        Path path = Files.write(folder.resolve("a.core"), new byte[3 * 4096]);
        try (MappedFile file = MappedFile.open(path, ByteOrder.LITTLE_ENDIAN)) {
            assertThat(file.source().u8("word", 8192)).isZero();
            try (RandomAccessFile shorter = new RandomAccessFile(path.toFile(), "rw")) {
                shorter.setLength(4096);
            }
            assertThatThrownBy(() -> file.source().u8("word", 8192))
                    .isInstanceOf(MalformedException.class)
                    .hasMessageContaining("truncated");
            assertThat(file.source().u8("word", 0)).isZero();
        }
    }

    @Test
    void saysWhyAPathIsNoFile(@TempDir Path folder) throws IOException {
        assertThatThrownBy(() -> MappedFile.open(folder, ByteOrder.LITTLE_ENDIAN))
                .hasMessageContaining("a directory");
        assertThatThrownBy(() -> MappedFile.open(folder.resolve("none"), ByteOrder.LITTLE_ENDIAN))
                .isInstanceOf(NoSuchFileException.class);
        Path empty = Files.createFile(folder.resolve("empty"));
        try (MappedFile file = MappedFile.open(empty, ByteOrder.LITTLE_ENDIAN)) {
            assertThat(file.source().sizeBytes()).isZero();
        }
    }
}
