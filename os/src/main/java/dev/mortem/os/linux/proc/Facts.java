package dev.mortem.os.linux.proc;

import dev.mortem.base.snapshot.ProcessFacts;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** The facts of a process, and the machine's that they need. Safe for any thread. */
public final class Facts {
    private final ProcFolder proc;
    private final Optional<Instant> bootedAt;
    private final Users users;

    public Facts(ProcFolder proc) {
        this.proc = proc;
        this.bootedAt = bootTime(proc);
        this.users = Users.ofFile(Path.of("/etc/passwd"));
    }

    /**
     * Everything that /proc tells of a process as a whole.
     *
     * @param pid as we see it
     * @param livingTid a thread that has not ended: a leader that has shows no memory
     */
    public ProcessFacts of(long pid, long livingTid, Instant takenAt) {
        ProcessFacts.Builder facts = ProcessFacts.builder().takenAt(takenAt).cpuCount(cpuCount());
        Path folder = proc.task(pid, livingTid);
        Optional<StatusFile> status = proc.status(pid);
        facts.pid(status.map(StatusFile::innermostPid)
                .orElse(OptionalLong.empty())
                .orElse(pid));
        Optional<String> executable = executable(folder);
        executable.ifPresent(facts::executable);
        executable
                .map(path -> path.substring(path.lastIndexOf('/') + 1))
                .or(() -> proc.stat(pid).map(StatFile::name))
                .ifPresent(facts::image);
        facts.commandLine(ProcFolder.strings(folder.resolve("cmdline")));
        facts.environment(ProcFolder.strings(folder.resolve("environ")));
        status.flatMap(this::user).ifPresent(facts::user);
        startedAt(pid).ifPresent(facts::startedAt);
        kernelText("hostname").ifPresent(facts::host);
        facts.os("Linux", kernelText("osrelease").orElse("unknown"));
        return facts.build();
    }

    /** The executable's path in the process's own mount namespace. */
    public static Optional<String> executable(Path folder) {
        return ProcFolder.link(folder.resolve("exe"))
                .map(path -> path.endsWith(" (deleted)")
                        ? path.substring(0, path.length() - " (deleted)".length())
                        : path);
    }

    /** The effective user's name; the number where /etc/passwd has none, as in containers. */
    public Optional<String> user(StatusFile status) {
        return status.value("Uid")
                .map(ids -> List.of(ids.split("\\s+", -1)))
                .filter(ids -> ids.size() > 1)
                .map(ids -> users.name(ids.get(1)));
    }

    /** To the second or so: the kernel tells when it booted in whole seconds. */
    public Optional<Instant> startedAt(long pid) {
        return proc.stat(pid).flatMap(this::startedAt);
    }

    public Optional<Instant> startedAt(StatFile stat) {
        return bootedAt.map(boot -> boot.plus(StatFile.ofTicks(stat.startTicks())));
    }

    private int cpuCount() {
        return Runtime.getRuntime().availableProcessors();
    }

    private Optional<String> kernelText(String name) {
        return ProcFolder.text(proc.root().resolve("sys/kernel").resolve(name)).map(String::trim);
    }

    private static Optional<Instant> bootTime(ProcFolder proc) {
        return ProcFolder.text(proc.root().resolve("stat"))
                .flatMap(text ->
                        text.lines().filter(line -> line.startsWith("btime ")).findFirst())
                .map(line -> Numbers.parseUnsigned(line.substring(6).trim()))
                .filter(OptionalLong::isPresent)
                .map(seconds -> Instant.ofEpochSecond(seconds.getAsLong()));
    }
}
