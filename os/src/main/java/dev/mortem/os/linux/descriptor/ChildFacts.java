package dev.mortem.os.linux.descriptor;

import dev.mortem.base.kernel.ChildProcess;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.os.linux.proc.Numbers;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatFile;
import dev.mortem.os.linux.table.SystemCalls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What /proc tells of a process's children. */
final class ChildFacts {
    /** Enough to know a command by; some have megabytes of arguments. */
    private static final int COMMAND_LINE_BYTES_MAX = 4096;

    /** elf.h, e_ident: the class is byte 4, and 2 means 64 bits. */
    private static final int EI_CLASS = 4;

    private static final int ELFCLASS64 = 2;

    private final ProcFolder proc;
    private final int depth;

    /** @param parent whose pid namespace numbers the children */
    ChildFacts(ProcFolder proc, long parent) {
        this.proc = proc;
        this.depth = pids(parent).size();
    }

    /** @param pid as we see it */
    ChildProcess of(long pid, StatFile stat) {
        List<Long> pids = pids(pid);
        long asParentSees = depth > 0 && pids.size() >= depth ? pids.get(depth - 1) : pid;
        return new ChildProcess(
                asParentSees, stat.name(), stat.state(), commandLine(pid), waitChannel(pid));
    }

    /** NSpid of proc_pid_status(5): outermost first. */
    private List<Long> pids(long pid) {
        return proc.status(pid).flatMap(status -> status.value("NSpid")).stream()
                .flatMap(value -> List.of(value.split("\\s+", -1)).stream())
                .flatMap(number -> Numbers.parseUnsigned(number).stream().boxed())
                .toList();
    }

    private List<String> commandLine(long pid) {
        try (InputStream file = Files.newInputStream(proc.of(pid).resolve("cmdline"))) {
            byte[] bytes = file.readNBytes(COMMAND_LINE_BYTES_MAX);
            String text = new String(bytes, StandardCharsets.UTF_8);
            String whole = text.endsWith("\0") ? text.substring(0, text.length() - 1) : text;
            return whole.isEmpty() ? List.of() : List.of(whole.split("\0", -1));
        } catch (IOException | SecurityException gone) {
            return List.of();
        }
    }

    /** The call's name, or where its numbers are not this CPU's, the kernel's function. */
    private Optional<String> waitChannel(long pid) {
        Path folder = proc.of(pid);
        String[] call =
                ProcFolder.text(folder.resolve("syscall")).orElse("").trim().split(" ", -1);
        OptionalLong number =
                call.length < 3 ? OptionalLong.empty() : Numbers.parseUnsigned(call[0]);
        Optional<String> name = number.isPresent() && is64Bit(folder)
                ? SystemCalls.name(ownCpu(), number.getAsLong())
                : Optional.empty();
        return name.or(() -> ProcFolder.text(folder.resolve("wchan"))
                .filter(function -> !function.isBlank() && !function.equals("0")));
    }

    private static Cpu ownCpu() {
        return "aarch64".equals(System.getProperty("os.arch")) ? Cpu.ARM64 : Cpu.X86_64;
    }

    private static boolean is64Bit(Path folder) {
        try (InputStream file = Files.newInputStream(folder.resolve("exe"))) {
            byte[] start = file.readNBytes(EI_CLASS + 1);
            return start.length > EI_CLASS && start[EI_CLASS] == ELFCLASS64;
        } catch (IOException | SecurityException unseen) {
            return false;
        }
    }
}
