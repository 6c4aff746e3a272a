package dev.mortem.os.linux.stop;

import dev.mortem.base.snapshot.Cpu;
import dev.mortem.os.linux.proc.Numbers;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatFile;
import dev.mortem.os.linux.proc.StatusFile;
import dev.mortem.os.linux.table.SystemCalls;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What /proc tells of one thread while it still runs: once stopped, its state is "traced" and it waits
 * in ptrace_stop.
 *
 * @param innerTid its id in the process's own pid namespace
 * @param systemCall the number of the call that it is in
 * @param kernelFunction where in the kernel it sleeps
 */
record ThreadFacts(
        long innerTid,
        Optional<StatFile> stat,
        OptionalLong systemCall,
        Optional<String> kernelFunction) {

    /** Of all threads that there are now, by the tid that we see. */
    static Map<Long, ThreadFacts> ofAll(ProcFolder proc, long pid, boolean namespaced) {
        Map<Long, ThreadFacts> facts = new LinkedHashMap<>();
        for (long tid : proc.tids(pid)) {
            facts.put(tid, of(proc.task(pid, tid), tid, namespaced));
        }
        return facts;
    }

    /** Of one thread; {@code namespaced} where its process has a pid namespace of its own. */
    static ThreadFacts of(Path task, long tid, boolean namespaced) {
        OptionalLong inner = namespaced
                ? ProcFolder.text(task.resolve("status"))
                        .map(text -> StatusFile.parse(text).innermostPid())
                        .orElse(OptionalLong.empty())
                : OptionalLong.empty();
        return new ThreadFacts(
                inner.orElse(tid),
                ProcFolder.text(task.resolve("stat")).flatMap(StatFile::parse),
                systemCall(ProcFolder.text(task.resolve("syscall")).orElse("")),
                ProcFolder.text(task.resolve("wchan"))
                        .filter(name -> !name.isBlank() && !name.equals("0")));
    }

    /** "202 0x7f… …" is in call 202; "running" and "-1 …" are in none (proc_pid_syscall(5)). */
    private static OptionalLong systemCall(String line) {
        int blank = line.indexOf(' ');
        return blank < 0 ? OptionalLong.empty() : Numbers.parseUnsigned(line.substring(0, blank));
    }

    /** The call's name, or where there is none for it, the kernel's function. */
    Optional<String> waitChannel(Cpu cpu) {
        Optional<String> call = systemCall.isPresent()
                ? SystemCalls.name(cpu, systemCall.getAsLong())
                : Optional.empty();
        return call.or(() -> kernelFunction);
    }
}
