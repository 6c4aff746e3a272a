package dev.mortem.os.linux.proc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** Files of /proc as kernels write them, and as none does. */
class ProcFilesTest {
    private static final String SMAPS = """
            55e5e5049000-55e5e504b000 r--p 00002000 fe:00 247026                     /usr/bin/my cat
            Size:                  8 kB
            Rss:                   8 kB
            Anonymous:             4 kB
            AnonHugePages:         0 kB
            Swap:                 12 kB
            SwapPss:               0 kB
            VmFlags: rd mr dd me
            7f0000000000-7f0000001000 rw-s 00000000 00:01 77                         /memfd:x (deleted)
            7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0                          [stack]
            ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
            7f1000000000-7f1000001000 rw-p 00000000 00:00 0
            """;

    @TempDir
    Path folder;

    @Test
    void mappingsKeepEveryField() {
        List<Mapping> all = Mapping.parseAll(SMAPS.getBytes(StandardCharsets.UTF_8));
        assertThat(all).hasSize(5);
        Mapping file = all.getFirst();
        assertThat(file.range().start()).isEqualTo(0x55e5e5049000L);
        assertThat(file.range().sizeBytes()).isEqualTo(8192);
        assertThat(file.permissions()).isEqualTo("r--");
        assertThat(file.fileOffset()).isEqualTo(0x2000);
        assertThat(file.path()).contains("/usr/bin/my cat");
        assertThat(file.isFile()).isTrue();
        assertThat(file.residentBytes()).hasValue(8192);
        assertThat(file.anonymousBytes()).hasValue(4096);
        assertThat(file.swappedBytes()).hasValue(12 * 1024);
        assertThat(file.flags()).contains("dd");
        assertThat(all.get(1).deleted()).isTrue();
        assertThat(all.get(1).path()).contains("/memfd:x");
        assertThat(all.get(1).isSharedAnonymous()).isTrue();
        assertThat(all.get(2).isFile()).isFalse();
        assertThat(all.get(3).range().start()).isEqualTo(0xffffffffff600000L);
        assertThat(all.get(4).path()).isEmpty();
        assertThat(all.get(4).residentBytes()).isEmpty();
    }

    @Test
    void noPrefixAndNoMutationOfMappingsThrows() {
        byte[] good = SMAPS.getBytes(StandardCharsets.UTF_8);
        for (int length = 0; length < good.length; length++) {
            assertThat(Mapping.parseAll(Arrays.copyOf(good, length)).size()).isBetween(0, 5);
        }
        SplittableRandom random = new SplittableRandom(1);
        for (int round = 0; round < 2000; round++) {
            byte[] bad = good.clone();
            for (int change = 0; change < 4; change++) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            }
            assertThat(Mapping.parseAll(bad)).hasSizeLessThan(20);
            String text = new String(bad, StandardCharsets.ISO_8859_1);
            StatusFile.parse(text).bytes("Rss");
            Cgroups.parse(text);
            assertThat(StatFile.parse(text)).isNotNull();
        }
    }

    @Test
    void aNameMayHoldAnythingThatSeparatesFields() {
        String line = "12 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 1999 20 21 22";
        StatFile stat = StatFile.parse(line).orElseThrow();
        assertThat(stat.name()).isEqualTo("a) b (c");
        assertThat(stat.state()).isEqualTo("S");
        assertThat(stat.parentPid()).isEqualTo(1);
        assertThat(stat.userTicks()).isEqualTo(11);
        assertThat(stat.kernelTicks()).isEqualTo(12);
        assertThat(stat.startTicks()).isEqualTo(1999);
        assertThat(StatFile.parse("12 (cut")).isEqualTo(Optional.empty());
    }

    @Test
    void statusGivesNumbersMasksAndTheInnermostPid() {
        StatusFile status = StatusFile.parse("""
                Name:\tx
                Uid:\t0\t1000\t0\t0
                NSpid:\t4242\t17\t1
                VmSwap:\t  12 kB
                SigCgt:\t0000000000000400
                """);
        assertThat(status.innermostPid()).hasValue(1);
        assertThat(status.bytes("VmSwap")).hasValue(12 * 1024);
        assertThat(status.number("Uid")).hasValue(0);
        assertThat(status.hasSignal("SigCgt", 11)).isTrue();
        assertThat(status.hasSignal("SigCgt", 6)).isFalse();
        assertThat(status.number("TracerPid")).isEmpty();
    }

    @Test
    void unitsAndContainersOfBothCgroupVersions() {
        String id = "0123456789ab" + "c".repeat(52);
        assertThat(Cgroups.parse("0::/system.slice/nginx.service\n"))
                .isEqualTo(new Cgroups(Optional.of("nginx.service"), Optional.empty()));
        assertThat(Cgroups.parse("0::/system.slice/docker-" + id + ".scope\n"))
                .isEqualTo(new Cgroups(Optional.empty(), Optional.of("0123456789ab")));
        assertThat(Cgroups.parse("4:memory:/docker/" + id + "\n1:name=systemd:/docker/" + id))
                .isEqualTo(new Cgroups(Optional.empty(), Optional.of("0123456789ab")));
        assertThat(Cgroups.parse("0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-" + id
                                + ".scope")
                        .container())
                .contains("0123456789ab");
        assertThat(Cgroups.parse(
                                "0::/user.slice/user-0.slice/user@0.service/app.slice/shop.service")
                        .unit())
                .contains("shop.service");
        assertThat(Cgroups.parse("0::/user.slice/user-0.slice/session-3.scope").unit())
                .isEmpty();
        assertThat(Cgroups.parse("9:name=systemd:/\n0::/\n"))
                .isEqualTo(new Cgroups(Optional.empty(), Optional.empty()));
    }

    @Test
    void stringsEndWithANulAndTheLastNeedNot() throws Exception {
        Path file = Files.writeString(folder.resolve("cmdline"), "a\0\0b c\0rest");
        assertThat(ProcFolder.strings(file)).containsExactly("a", "", "b c", "rest");
        assertThat(ProcFolder.strings(folder.resolve("absent"))).isEmpty();
    }

    @Test
    void usersWithoutANameKeepTheirNumber() throws Exception {
        Path passwd =
                Files.writeString(folder.resolve("passwd"), "root:x:0:0::/root:/bin/sh\nbad\n");
        assertThat(Users.ofFile(passwd).name("0")).isEqualTo("root");
        assertThat(Users.ofFile(passwd).name("4711")).isEqualTo("4711");
    }
}
