package dev.mortem.os.linux.proc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** /proc/PID/cgroup and /proc/PID/mountinfo, as kernels write them and as none does. */
class CgroupFilesTest {
    private static final String CGROUP = """
            9:name=systemd:/system.slice/shop.service
            4:cpu,cpuacct:/a:b
            3:memory:/gone (deleted)
            0::/system.slice/shop.service
            """;

    private static final String MOUNTINFO = """
            36 35 98:0 /mnt1 /mnt\\0402 rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue
            40 31 0:37 /docker/1f /sys/fs/cgroup/memory ro,nosuid - cgroup cgroup rw,memory
            41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
            """;

    @Test
    void aPathForEachHierarchy() {
        CgroupMembership membership = CgroupMembership.parse(CGROUP);
        assertThat(membership.path("cpuacct")).contains("/a:b");
        assertThat(membership.path("memory")).contains("/gone");
        assertThat(membership.path("pids")).isEmpty();
        assertThat(membership.unifiedPath()).contains("/system.slice/shop.service");
        assertThat(CgroupMembership.parse("3:memory:/\n").unifiedPath()).isEmpty();
    }

    @Test
    void aMountKeepsRootPlaceTypeAndOptions() {
        assertThat(Mount.parseAll(MOUNTINFO)).hasSize(3);
        Mount first = Mount.parseAll(MOUNTINFO).getFirst();
        assertThat(first.mountPoint()).isEqualTo("/mnt 2");
        assertThat(first.type()).isEqualTo("ext3");
        Mount memory = Mount.parseAll(MOUNTINFO).get(1);
        assertThat(memory.root()).isEqualTo("/docker/1f");
        assertThat(memory.superOptions()).containsExactlyInAnyOrder("rw", "memory");
    }

    @Test
    void aBackslashWithoutThreeDigitsStaysOne() {
        String line = "1 1 0:1 /\\9 /\\07 rw - cgroup2 x rw\n";
        assertThat(Mount.parseAll(line)).singleElement().satisfies(mount -> {
            assertThat(mount.root()).isEqualTo("/\\9");
            assertThat(mount.mountPoint()).isEqualTo("/\\07");
        });
    }

    @Test
    void noPrefixAndNoMutationThrows() {
        for (String sound : new String[] {CGROUP, MOUNTINFO}) {
            for (int length = 0; length <= sound.length(); length++) {
                String cut = sound.substring(0, length);
                assertThat(CgroupMembership.parse(cut).lines()).hasSizeLessThan(5);
                assertThat(Mount.parseAll(cut)).hasSizeLessThan(4);
            }
            SplittableRandom random = new SplittableRandom(7);
            for (int round = 0; round < 2000; round++) {
                byte[] bad = sound.getBytes(StandardCharsets.UTF_8);
                for (int change = 0; change < 4; change++) {
                    bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
                }
                String text = new String(bad, StandardCharsets.ISO_8859_1);
                assertThat(CgroupMembership.parse(text).lines()).hasSizeLessThan(20);
                assertThat(Mount.parseAll(text)).hasSizeLessThan(20);
            }
        }
    }
}
