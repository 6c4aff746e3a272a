package dev.mortem.os.linux.stop;

import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.RegisterContext;
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
 * @param sp and {@code pc} its stack pointer and program counter, where it waits in the kernel
 * @param kernelFunction where in the kernel it sleeps
 */
record ThreadFacts(
        long innerTid,
        Optional<StatFile> stat,
        OptionalLong systemCall,
        OptionalLong sp,
        OptionalLong pc,
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
        String[] call =
                ProcFolder.text(task.resolve("syscall")).orElse("").trim().split(" ", -1);
        return new ThreadFacts(
                inner.orElse(tid),
                ProcFolder.text(task.resolve("stat")).flatMap(StatFile::parse),
                call.length < 2 ? OptionalLong.empty() : Numbers.parseUnsigned(call[0]),
                address(call, 2),
                address(call, 1),
                ProcFolder.text(task.resolve("wchan"))
                        .filter(name -> !name.isBlank() && !name.equals("0")));
    }

    /**
     * The last two of "202 0x7f… … 0x7ffd…(sp) 0x7f…(pc)"; "running" has none, and "-1 sp pc" is in no
     * call (proc_pid_syscall(5)).
     */
    private static OptionalLong address(String[] call, int fromEnd) {
        String word = call.length < 3 ? "" : call[call.length - fromEnd];
        return word.startsWith("0x") ? Numbers.parseHex(word.substring(2)) : OptionalLong.empty();
    }

    /** The two registers that /proc tells of a thread in the kernel that ptrace cannot stop. */
    Optional<RegisterContext> place(Cpu cpu) {
        boolean waits = stat.map(known -> known.state().equals("D")).orElse(false);
        return !waits || sp.isEmpty() || pc.isEmpty()
                ? Optional.empty()
                : Optional.of(RegisterContext.none(cpu)
                        .with(cpu.sp(), sp.getAsLong())
                        .with(cpu.pc(), pc.getAsLong()));
    }

    /** The call's name, or where there is none for it, the kernel's function. */
    Optional<String> waitChannel(Cpu cpu) {
        Optional<String> call = systemCall.isPresent()
                ? SystemCalls.name(cpu, systemCall.getAsLong())
                : Optional.empty();
        return call.or(() -> kernelFunction);
    }
}
