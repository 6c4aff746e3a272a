package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatusFile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A program that watches itself for harm, and what it was like before something was done to it. */
final class UprightTarget implements AutoCloseable {
    private static final ProcFolder PROC = new ProcFolder(Path.of("/proc"));

    private final Path folder;
    private final LiveTarget target;
    private final long pid;
    private final Map<Long, String> masks;

    private UprightTarget(Path folder, LiveTarget target, long pid) {
        this.folder = folder;
        this.target = target;
        this.pid = pid;
        LiveTarget.await("rounds", () -> rounds() > 2);
        // the C library starts a thread with all signals blocked
        LiveTarget.await("its own masks", () -> Set.copyOf(masks().values()).size() == 1);
        this.masks = masks();
    }

    /**
     * @param main whether its main thread is "blocked" most of the time, or "spinning"
     * @param what "subreaper", "filter", "killfilter" or ""
     */
    static UprightTarget start(Path folder, String main, int threads, String what)
            throws IOException {
        LiveTarget target =
                LiveTarget.start(folder, "upright", main, Integer.toString(threads), what);
        return new UprightTarget(folder, target, target.pid());
    }

    /** As PID 1 of a pid namespace; skips the test where that is not allowed. */
    static UprightTarget startAsInit(Path folder, String main, int threads) throws IOException {
        assumeTrue(LiveTarget.tool("unshare"), "needs unshare");
        assumeTrue(System.getProperty("user.name", "").equals("root"), "needs to run as root");
        LiveTarget outer = LiveTarget.startCommand(
                folder,
                List.of(
                        "unshare",
                        "--pid",
                        "--fork",
                        "--mount-proc",
                        "--kill-child",
                        LiveTarget.compile(folder, "upright").toString(),
                        main,
                        Integer.toString(threads)));
        long inner = PROC.pids().stream()
                .filter(other -> PROC.stat(other)
                        .map(stat -> stat.parentPid() == outer.pid())
                        .orElse(false))
                .findFirst()
                .orElseThrow();
        return new UprightTarget(folder, outer, inner);
    }

    long pid() {
        return pid;
    }

    LiveTarget target() {
        return target;
    }

    long rounds() {
        return word(0);
    }

    long otherRounds() {
        return word(1);
    }

    /** How often it was told of a child's end. */
    long childSignals() {
        return word(2);
    }

    /** Whether wait(2) finds a child, which it never makes itself. */
    boolean hasChild() {
        return word(4) != 0;
    }

    /** How often a sleep was cut short, which one kill may do once. */
    long interruptions() {
        return word(5);
    }

    /**
     * That it lives, goes on in all its threads, is what it was, and sees no child and no signal.
     *
     * @param childrenLeft how many children that it did not make may be there
     */
    void assertUnharmed(int childrenLeft) {
        long before = rounds();
        long others = otherRounds();
        LiveTarget.await("another round", () -> rounds() > before + 2);
        if (masks.size() > 1) {
            LiveTarget.await("the others' rounds", () -> otherRounds() > others + 2);
        }
        LiveTarget.await("nobody traces it", () -> !isTraced());
        LiveTarget.assertUntouched(pid);
        assertThat(target.output()).doesNotContain("harm");
        assertThat(word(3)).as("harm").isZero();
        assertThat(word(2)).as("SIGCHLDs").isZero();
        assertThat(masks()).as("threads and their signal masks").isEqualTo(masks);
        if (childrenLeft == 0) {
            LiveTarget.await("no children", () -> word(4) == 0);
        }
        LiveTarget.await("no process beside it", () -> copies().size() <= childrenLeft);
    }

    private boolean isTraced() {
        return PROC.tids(pid()).stream()
                .anyMatch(tid -> status(tid).number("TracerPid").orElse(0) != 0);
    }

    private StatusFile status(long tid) {
        return ProcFolder.text(PROC.task(pid(), tid).resolve("status"))
                .map(StatusFile::parse)
                .orElse(StatusFile.parse(""));
    }

    private Map<Long, String> masks() {
        Map<Long, String> all = new TreeMap<>();
        for (long tid : PROC.tids(pid())) {
            all.put(tid, status(tid).value("SigBlk").orElse(""));
        }
        return all;
    }

    /** Other processes of this executable, zombies too, which have its name. */
    private List<Long> copies() {
        List<Long> copies = new ArrayList<>();
        for (long other : PROC.pids()) {
            boolean same = other != pid()
                    && PROC.stat(other)
                            .map(stat -> stat.name().equals("upright"))
                            .orElse(false)
                    && isOurs(other);
            if (same) {
                copies.add(other);
            }
        }
        return copies;
    }

    /** A zombie has no executable: then its parent tells. */
    private boolean isOurs(long other) {
        String path = folder.resolve("upright").toString();
        return ProcFolder.link(PROC.of(other).resolve("exe"))
                .map(path::equals)
                .orElseGet(() ->
                        PROC.stat(other).map(stat -> stat.parentPid() == pid()).orElse(false));
    }

    private long word(int index) {
        try {
            return ByteBuffer.wrap(Files.readAllBytes(folder.resolve("rounds")))
                    .order(ByteOrder.nativeOrder())
                    .getLong(index * Long.BYTES);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    @Override
    public void close() {
        target.close();
    }
}
