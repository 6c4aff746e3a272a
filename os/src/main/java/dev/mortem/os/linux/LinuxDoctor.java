package dev.mortem.os.linux;

import static dev.mortem.os.Doctor.Check.limited;
import static dev.mortem.os.Doctor.Check.ok;

import dev.mortem.os.Doctor;
import dev.mortem.os.Launcher;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatusFile;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Looks at what decides whether dumps work here, and tries it on a child of its own. */
final class LinuxDoctor implements Doctor {
    /** capability.h: CAP_SYS_PTRACE. */
    private static final int CAP_SYS_PTRACE = 19;

    private final ProcFolder proc;
    private final SnapshotChecks snapshots;
    private final TraceTrial trial;

    LinuxDoctor(ProcFolder proc, ProcessControl control, Launcher launcher) {
        this.proc = proc;
        this.snapshots = new SnapshotChecks(proc, Path.of("/"), control);
        this.trial = new TraceTrial(proc, control, launcher, snapshots);
    }

    @Override
    public List<Check> examine(Path dumpFolder) {
        StatusFile own = proc.status(ProcessHandle.current().pid()).orElse(StatusFile.parse(""));
        List<Check> checks = new ArrayList<>();
        checks.add(kernel());
        checks.add(ptraceScope(own));
        checks.add(capability(own));
        checks.add(seccomp(own));
        checks.addAll(trial.run());
        checks.addAll(snapshots.surroundings(own));
        checks.add(corePattern());
        checks.add(coreLimit());
        checks.add(space(dumpFolder));
        checks.add(container());
        checks.add(tool("gdb", "a second opinion on dumps", "apt-get install gdb"));
        checks.add(
                tool("cc", "\"mortem demo\" compiles its worker with it", "apt-get install gcc"));
        return List.copyOf(checks);
    }

    private Check kernel() {
        String release = kernelText("osrelease").orElse("unknown");
        String[] parts = release.split("[.-]", -1);
        boolean recent = parts.length > 1
                && (number(parts[0]) > 6 || (number(parts[0]) == 6 && number(parts[1]) >= 7));
        return recent
                ? ok("kernel", "Linux " + release, "everything that Mortem uses is there")
                : limited(
                        "kernel",
                        "Linux " + release,
                        "before 6.7, touched pages are found word by word: the pause is longer",
                        "");
    }

    private Check ptraceScope(StatusFile own) {
        Optional<String> scope = kernelText("yama/ptrace_scope");
        if (scope.isEmpty()) {
            return ok(
                    "ptrace_scope",
                    "Yama is not there",
                    "processes of the same user may be traced, root may trace all");
        }
        boolean capable = hasCapability(own);
        return switch (scope.get()) {
            case "0" -> ok("ptrace_scope", "0", "processes of the same user may be traced");
            case "1" ->
                capable
                        ? ok(
                                "ptrace_scope",
                                "1",
                                "we have CAP_SYS_PTRACE: everything may be traced")
                        : limited(
                                "ptrace_scope",
                                "1",
                                "only our own children may be traced, unless we run as root",
                                "sudo sysctl kernel.yama.ptrace_scope=0");
            case "2" ->
                capable
                        ? ok(
                                "ptrace_scope",
                                "2",
                                "we have CAP_SYS_PTRACE: everything may be traced")
                        : new Check(
                                "ptrace_scope",
                                Status.MISSING,
                                "2",
                                "only root may trace",
                                Optional.of("sudo mortem …"));
            default ->
                new Check(
                        "ptrace_scope",
                        Status.MISSING,
                        scope.get(),
                        "nobody may trace until the machine restarts; dumps of live processes cannot "
                                + "be taken",
                        Optional.of(
                                "remove kernel.yama.ptrace_scope=3 from /etc/sysctl.d and restart"));
        };
    }

    private static boolean hasCapability(StatusFile own) {
        return (own.mask("CapEff").orElse(0) >>> CAP_SYS_PTRACE & 1) != 0;
    }

    private static Check capability(StatusFile own) {
        String user = System.getProperty("user.name", "unknown");
        return hasCapability(own)
                ? ok("capability", "CAP_SYS_PTRACE", "processes of every user may be dumped")
                : limited(
                        "capability",
                        "no CAP_SYS_PTRACE, user " + user,
                        "only processes of " + user + " may be dumped",
                        "sudo mortem …");
    }

    private static Check seccomp(StatusFile own) {
        long mode = own.number("Seccomp").orElse(0);
        return mode == 0
                ? ok("seccomp", "no filter", "nothing keeps us from system calls")
                : limited(
                        "seccomp",
                        "mode " + mode + ", as in most containers",
                        "system calls that we need may be refused; \"trace\" below shows it",
                        "docker run --cap-add SYS_PTRACE --security-opt seccomp=unconfined …");
    }

    private Check corePattern() {
        String pattern = kernelText("core_pattern").orElse("");
        if (pattern.isEmpty()) {
            return limited(
                    "core_pattern",
                    "empty",
                    "the kernel writes no dumps of crashes",
                    "sudo sysctl kernel.core_pattern=core.%p");
        }
        if (pattern.startsWith("|")) {
            String handler = pattern.substring(1).trim().split(" ", 2)[0];
            return limited(
                    "core_pattern",
                    pattern,
                    "dumps of crashes go to " + handler + ", not to files"
                            + (handler.endsWith("systemd-coredump") ? "; see coredumpctl" : ""),
                    "");
        }
        return ok(
                "core_pattern",
                pattern,
                pattern.startsWith("/")
                        ? "the kernel writes dumps of crashes there"
                        : "the kernel writes dumps of crashes into the crashed program's folder");
    }

    private Check coreLimit() {
        String limit = ProcFolder.text(proc.of(ProcessHandle.current().pid()).resolve("limits"))
                .orElse("")
                .lines()
                .filter(line -> line.startsWith("Max core file size"))
                .map(line ->
                        line.substring("Max core file size".length()).trim().split(" +", 2)[0])
                .findFirst()
                .orElse("unknown");
        return limit.equals("0")
                ? limited(
                        "core_limit",
                        "0",
                        "programs started from this shell leave no core when they crash",
                        "ulimit -c unlimited")
                : ok("core_limit", limit, "programs started from this shell may leave a core");
    }

    private static Check space(Path dumpFolder) {
        Path existing = dumpFolder.toAbsolutePath();
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        try {
            FileStore store = Files.getFileStore(existing);
            long total = store.getTotalSpace();
            long free = store.getUsableSpace();
            long kept = Math.max(total / 10, 5_000_000_000L);
            String found = String.format(
                    Locale.ROOT,
                    "%s: %.1f GB free of %.1f (%s)",
                    existing,
                    free / 1e9,
                    total / 1e9,
                    store.type());
            if (!Files.isWritable(existing)) {
                return new Check(
                        "space",
                        Status.MISSING,
                        found,
                        "the folder cannot be written",
                        Optional.of("mortem … -o FOLDER"));
            }
            if (free <= kept) {
                return new Check(
                        "space",
                        Status.MISSING,
                        found,
                        String.format(
                                Locale.ROOT,
                                "%.1f GB are kept free: no dump will be written there",
                                kept / 1e9),
                        Optional.of("free some, or: mortem … -o FOLDER"));
            }
            String meaning =
                    String.format(Locale.ROOT, "dumps may take %.1f GB", (free - kept) / 1e9);
            return store.type().equals("tmpfs") || store.type().equals("ramfs")
                    ? limited(
                            "space",
                            found,
                            meaning + "; the folder is in memory, and dumps take it from programs",
                            "mortem … -o FOLDER")
                    : ok("space", found, meaning);
        } catch (IOException unknown) {
            return limited("space", existing + ": " + unknown.getMessage(), "not known", "");
        }
    }

    private Check container() {
        boolean nested = proc.status(ProcessHandle.current().pid())
                .flatMap(status -> status.value("NSpid"))
                .map(pids -> pids.split("\\s+", -1).length > 1)
                .orElse(false);
        boolean marked =
                Files.exists(Path.of("/.dockerenv")) || Files.exists(Path.of("/run/.containerenv"));
        return nested || marked
                ? limited(
                        "container",
                        "we run in a container",
                        "only its own processes are seen",
                        "run Mortem on the host, or: docker run --pid=host --cap-add SYS_PTRACE …")
                : ok("container", "no container", "all processes of the machine are seen");
    }

    private static Check tool(String name, String use, String mend) {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            Path file = Path.of(folder.isEmpty() ? "." : folder, name);
            if (Files.isExecutable(file)) {
                return ok(name, file.toString(), use);
            }
        }
        return limited(name, "not found", "not needed by Mortem itself; " + use, mend);
    }

    private Optional<String> kernelText(String name) {
        return ProcFolder.text(proc.root().resolve("sys/kernel").resolve(name)).map(String::trim);
    }

    private static int number(String text) {
        return text.matches("\\d{1,6}") ? Integer.parseInt(text) : 0;
    }
}
