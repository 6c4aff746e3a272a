package dev.mortem.os.linux.descriptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.kernel.FileId;

import org.junit.jupiter.api.Test;

import java.util.List;

/** Lines of /proc/PID/mountinfo. */
class MountDevicesTest {
    private final MountDevices mounts = new MountDevices(List.of(
            "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw",
            "30 27 0:45 / /mnt/far rw,relatime - nfs4 far:/home rw",
            "31 27 0:46 / /mnt/own rw - fuse.sshfs far:/home rw",
            "32 27 0:25 / /run rw,nosuid shared:5 master:1 - tmpfs tmpfs rw,mode=755",
            "33 27 8:17 / /odd rw",
            "x y z"));

    @Test
    void devicesAreThoseOfProcLocks() {
        assertThat(mounts.of(27)).contains("fe:00");
        assertThat(mounts.of(32)).contains("00:19");
        assertThat(mounts.of(33)).contains("08:11");
        assertThat(mounts.of(99)).isEmpty();
    }

    @Test
    void aFileIsKnownByItsDeviceAndItsInode() {
        assertThat(mounts.id(FdInfo.parse(List.of("mnt_id: 32", "ino: 7"), 0)))
                .contains(new FileId("00:19", 7));
        assertThat(mounts.id(FdInfo.parse(List.of("mnt_id: 32"), 0))).isEmpty();
        assertThat(mounts.id(FdInfo.parse(List.of("mnt_id: 99", "ino: 7"), 0))).isEmpty();
    }

    @Test
    void whatANetworkOrAProgramServesIsNotLocal() {
        assertThat(mounts.isLocal(27)).isTrue();
        assertThat(mounts.isLocal(32)).isTrue();
        for (long id : new long[] {30, 31, 33, 99}) {
            assertThat(mounts.isLocal(id)).as("mount " + id).isFalse();
        }
    }
}
