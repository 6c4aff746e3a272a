package dev.mortem.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.os.Launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * A file system of a few KiB that only a child process has mounted, in a mount namespace of its own; it
 * is seen through that process's root, and goes with it. For one test.
 */
final class SmallDisk implements AutoCloseable {
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final Path folder;
    private final Launcher.Child holder;

    private SmallDisk(Path folder, Launcher.Child holder) {
        this.folder = folder;
        this.holder = holder;
    }

    /**
     * Mounts it; the test is skipped where that is not permitted.
     *
     * @param folder an empty one, where others see nothing
     */
    static SmallDisk mount(Path folder, int kibibytes) throws IOException {
        Path place = Files.createDirectory(folder.resolve("disk"));
        Path log = Files.createFile(folder.resolve("disk.log"));
        String script = """
                mount -t tmpfs -o size=%dk none '%s' || exit 1
                echo mounted
                while [ ! -e '%s/larger' ]; do sleep 0.01; done
                mount -o remount,size=256m '%s' && echo larger
                exec sleep 1000
                """.formatted(kibibytes, place, folder, place);
        Launcher.Child holder = Launcher.ofThisMachine()
                .start(new Launcher.Program(
                        List.of("unshare", "-m", "sh", "-c", script),
                        Map.of(),
                        folder,
                        log,
                        false));
        SmallDisk disk = new SmallDisk(folder, holder);
        boolean mounted = disk.awaitWord("mounted");
        if (!mounted) {
            holder.close();
        }
        assumeTrue(mounted, "needs the right to mount in a namespace of its own (root)");
        return disk;
    }

    /** As every process of this machine sees it. */
    Path place() {
        return Path.of("/proc/" + holder.pid() + "/root" + folder.toAbsolutePath() + "/disk");
    }

    /** Makes it large enough for any dump of a test. */
    void enlarge() throws IOException {
        Files.createFile(folder.resolve("larger"));
        if (!awaitWord("larger")) {
            throw new IOException("the disk cannot be made larger");
        }
    }

    private boolean awaitWord(String word) throws IOException {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!Files.readString(folder.resolve("disk.log")).contains(word)) {
            if (!holder.isRunning() || System.nanoTime() - end > 0) {
                return false;
            }
            LockSupport.parkNanos(1_000_000);
        }
        return true;
    }

    @Override
    public void close() {
        holder.close();
    }
}
