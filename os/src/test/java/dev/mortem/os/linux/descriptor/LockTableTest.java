package dev.mortem.os.linux.descriptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.kernel.FileId;
import dev.mortem.os.linux.descriptor.LockTable.Lock;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.OptionalLong;

/** /proc/locks as Linux prints it. */
class LockTableTest {
    private static List<Lock> parse(String text) {
        return LockTable.parse(text.lines().toList());
    }

    @Test
    void eachLockHasItsWaitersBehindIt() {
        assertThat(parse("""
                        1: FLOCK  ADVISORY  WRITE 812 fe:00:9977958 0 EOF
                        1: -> FLOCK  ADVISORY  WRITE 900 fe:00:9977958 0 EOF
                        1:  -> FLOCK  ADVISORY  READ 901 fe:00:9977958 0 EOF
                        2: POSIX  ADVISORY  READ 77 08:11:42 5 14
                        """))
                .containsExactly(
                        new Lock(
                                "flock",
                                true,
                                812,
                                new FileId("fe:00", 9977958),
                                0,
                                OptionalLong.empty(),
                                List.of(900L, 901L)),
                        new Lock(
                                "posix",
                                false,
                                77,
                                new FileId("08:11", 42),
                                5,
                                OptionalLong.of(14),
                                List.of()));
    }

    @Test
    void anOfdLockBelongsToNoProcess() {
        Lock lock = parse("3: OFDLCK ADVISORY  WRITE -1 00:2f:7 0 EOF\n").getFirst();
        assertThat(lock.kind()).isEqualTo("ofd");
        assertThat(lock.pid()).isEqualTo(-1);
    }

    @Test
    void aLockConcernsItsHolderAndItsWaiters() {
        Lock lock = parse("""
                        1: POSIX  ADVISORY  WRITE 812 fe:00:1 0 EOF
                        1: -> POSIX  ADVISORY  WRITE 900 fe:00:1 0 EOF
                        """).getFirst();
        assertThat(lock.concerns(812)).isTrue();
        assertThat(lock.concerns(900)).isTrue();
        assertThat(lock.concerns(901)).isFalse();
    }

    @Test
    void aLeaseAndTheLastByteOfTheLargestFileAreRead() {
        assertThat(parse("""
                        4: LEASE  ACTIVE    READ 5 fe:00:1 0 EOF
                        5: POSIX  ADVISORY  WRITE 5 fe:00:1 0 9223372036854775807
                        """))
                .satisfiesExactly(
                        lease -> assertThat(lease.kind()).isEqualTo("lease"),
                        lock -> assertThat(lock.end()).hasValue(Long.MAX_VALUE));
    }

    @Test
    void linesOfAnUnknownFormAreNone() {
        assertThat(parse("""
                        1: FLOCK  ADVISORY  WRITE 812 <none>:0 0 EOF
                        1: FLOCK  ADVISORY  WRITE 812 fe:00 0 EOF
                        FLOCK  ADVISORY  WRITE 812 fe:00:1 0 EOF

                        1: FLOCK  ADVISORY  WRITE 99999999999 fe:00:1 0 EOF
                        """)).isEmpty();
    }
}
