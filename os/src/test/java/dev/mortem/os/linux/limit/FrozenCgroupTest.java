package dev.mortem.os.linux.limit;

import static dev.mortem.os.linux.limit.FakeTree.PID;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.Optional;

/** Frozen by its own cgroup or by one above, in both versions. */
class FrozenCgroupTest {
    @TempDir
    Path folder;

    private static Optional<String> frozen(FakeTree tree) {
        return FrozenCgroup.of(tree.proc(), tree.cgroupRoot(), PID);
    }

    @Test
    void version2NamesTheCgroupThatWasFrozen() {
        FakeTree tree = FakeTree.unified(folder, "/pod/shop")
                .cgroup("pod/shop/cgroup.freeze", "0\n")
                .cgroup("pod/shop/cgroup.events", "populated 1\nfrozen 0\n")
                .cgroup("pod/cgroup.freeze", "0\n");
        assertThat(frozen(tree)).isEmpty();
        tree.cgroup("pod/shop/cgroup.events", "populated 1\nfrozen 1\n");
        assertThat(frozen(tree)).contains("/pod/shop");
        tree.cgroup("pod/cgroup.freeze", "1\n");
        assertThat(frozen(tree)).contains("/pod");
        tree.cgroup("pod/shop/cgroup.freeze", "1\n");
        assertThat(frozen(tree)).contains("/pod/shop");
    }

    @ParameterizedTest
    @ValueSource(strings = {"FROZEN", "FREEZING"})
    void version1NamesTheCgroupThatWasFrozen(String state) {
        FakeTree tree = FakeTree.version1(folder, "freezer", "/pod/shop")
                .cgroup("freezer/pod/shop/freezer.state", "THAWED\n")
                .cgroup("freezer/pod/shop/freezer.self_freezing", "0\n");
        assertThat(frozen(tree)).isEmpty();
        tree.cgroup("freezer/pod/shop/freezer.state", state + "\n")
                .cgroup("freezer/pod/shop/freezer.parent_freezing", "1\n");
        assertThat(frozen(tree)).contains("/pod/shop");
        tree.cgroup("freezer/pod/freezer.self_freezing", "1\n");
        assertThat(frozen(tree)).contains("/pod");
    }

    @Test
    void version2FreezesBesideVersion1() {
        FakeTree tree = FakeTree.version1(folder, "freezer", "/shop")
                .of("cgroup", "4:freezer:/shop\n0::/user\n")
                .cgroup("freezer/shop/freezer.state", "THAWED\n")
                .cgroup("unified/user/cgroup.freeze", "1\n");
        assertThat(frozen(tree)).contains("/user");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "11", "frozen", "frozen x", "unfrozen 1", "\u0000"})
    void garbageIsNotFrozen(String garbage) {
        FakeTree tree = FakeTree.unified(folder, "/shop")
                .cgroup("shop/cgroup.freeze", garbage)
                .cgroup("shop/cgroup.events", garbage);
        assertThat(frozen(tree)).isEmpty();
        tree.unreadable(tree.cgroupRoot().resolve("shop/cgroup.events"));
        assertThat(frozen(tree)).isEmpty();
        assertThat(frozen(new FakeTree(folder.resolve("nothing")))).isEmpty();
    }
}
