package dev.mortem.os.linux;

import static dev.mortem.os.Doctor.Check.ok;

import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.os.Doctor.Check;
import dev.mortem.os.Doctor.Status;
import dev.mortem.os.Launcher;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.SnapshotMode;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;
import dev.mortem.os.linux.call.Errno;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.proc.ProcFolder;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Stops, reads and copies a child that sleeps: what works on it works on other processes of our user. */
final class TraceTrial {
    private final ProcFolder proc;
    private final ProcessControl control;
    private final Launcher launcher;
    private final SnapshotChecks snapshots;

    TraceTrial(
            ProcFolder proc, ProcessControl control, Launcher launcher, SnapshotChecks snapshots) {
        this.proc = proc;
        this.control = control;
        this.launcher = launcher;
        this.snapshots = snapshots;
    }

    List<Check> run() {
        Launcher.Program sleep = new Launcher.Program(
                List.of("sleep", "30"), Map.of(), Path.of("/"), Path.of("/dev/null"), false);
        try (Launcher.Child child = launcher.start(sleep)) {
            List<Check> checks = new ArrayList<>(examine(child.pid()));
            checks.add(snapshots.trial(child.pid()));
            return checks;
        } catch (IOException notStarted) {
            return List.of(
                    missing("trace", String.valueOf(notStarted.getMessage()), "nothing was tried"));
        }
    }

    private List<Check> examine(long pid) {
        try (LiveSnapshot snapshot =
                control.snapshot(pid, SnapshotOptions.defaults().withMode(SnapshotMode.NEVER))) {
            List<Check> checks = new ArrayList<>();
            checks.add(ok(
                    "trace",
                    "a child was stopped and its %d thread read"
                            .formatted(snapshot.threads().size()),
                    "dumps of live processes can be taken"));
            Optional<MemoryRegion> stack = snapshot.regions().stream()
                    .filter(region -> region.path().map("[stack]"::equals).orElse(false))
                    .findFirst();
            long address = stack.map(region -> region.range().end() - 4096).orElse(0L);
            checks.add(memory(snapshot, address));
            checks.add(processVmReadv(pid, address));
            checks.add(pagemapScan(pid, address));
            return checks;
        } catch (TargetException refused) {
            return List.of(missing(
                    "trace",
                    String.valueOf(refused.getMessage()),
                    "dumps of live processes cannot be taken"));
        }
    }

    private static Check memory(LiveSnapshot snapshot, long address) {
        byte[] page = new byte[4096];
        int read = snapshot.memory().read(address, page, 0, page.length);
        return read == page.length
                ? ok("memory", "/proc/PID/mem was read", "memory can be copied")
                : missing(
                        "memory",
                        "/proc/PID/mem gave %d of %d bytes".formatted(read, page.length),
                        "memory cannot be copied: a security module forbids it");
    }

    private static Check processVmReadv(long pid, long address) {
        long read = new Kernel().processVmRead(pid, address, new byte[64]);
        return read == 64
                ? ok("process_vm_readv", "works", "a second way to memory; not needed")
                : new Check(
                        "process_vm_readv",
                        Status.LIMITED,
                        Errno.name((int) Math.max(0, -read)),
                        "not needed; a sign that system calls are filtered",
                        Optional.empty());
    }

    private Check pagemapScan(long pid, long address) {
        Kernel kernel = new Kernel();
        long pagemap = kernel.openForReading(proc.of(pid).resolve("pagemap"));
        if (pagemap < 0) {
            return new Check(
                    "pagemap",
                    Status.LIMITED,
                    Errno.name((int) -pagemap),
                    "untouched memory is copied as well: dumps are larger, pauses longer",
                    Optional.empty());
        }
        try {
            return kernel.scanPagemap(pagemap, address, address + 4096, 16).isPresent()
                    ? ok("pagemap", "PAGEMAP_SCAN works", "only touched memory is copied")
                    : new Check(
                            "pagemap",
                            Status.LIMITED,
                            "no PAGEMAP_SCAN",
                            "touched memory is found page by page, which takes longer",
                            Optional.empty());
        } finally {
            kernel.close(pagemap);
        }
    }

    private static Check missing(String name, String found, String meaning) {
        return new Check(name, Status.MISSING, found, meaning, Optional.of("sudo mortem doctor"));
    }
}
