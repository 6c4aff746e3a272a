package dev.mortem.os.linux.stop;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.os.RuntimeKind;
import dev.mortem.os.linux.call.Errno;
import dev.mortem.os.linux.call.Kernel;
import dev.mortem.os.linux.inject.Gadgets;
import dev.mortem.os.linux.inject.InjectionException;
import dev.mortem.os.linux.inject.InjectionException.Kind;
import dev.mortem.os.linux.inject.InjectionTable;
import dev.mortem.os.linux.proc.Facts;
import dev.mortem.os.linux.proc.Mapping;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.RuntimeKinds;
import dev.mortem.os.linux.proc.StatusFile;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a copy of a target needs, looked up and opened while it still runs. The open memory belongs to
 * the program that ran then: should the target replace itself meanwhile, nothing more can be read or
 * written through it, and no harm is done to its successor. Belongs to the thread that traces.
 */
final class Ground implements AutoCloseable {
    /** VmFlags of ranges that userfaultfd(2) watches: forking would wait for its owner to answer. */
    private static final Set<String> USERFAULTFD = Set.of("um", "uw", "ui");

    /** struct pthread of glibc and musl has 2.3 KiB at most; alignment, and room to grow. */
    private static final long THREAD_BYTES_MAX = 64 * 1024;

    private static final int CAP_SYS_ADMIN = 21;
    private static final long SECCOMP_STRICT = 1;

    /** elf.h: EI_CLASS and ELFCLASS64. */
    private static final int EI_CLASS = 4;

    private static final int ELFCLASS64 = 2;

    private final Kernel kernel;
    private final long memory;
    private final long pagemap;
    private final List<AddressRange> stacks;
    private final Optional<AddressRange> mainStack;
    private final Gadgets gadgets;
    private final boolean go;
    private final boolean filtered;
    private final boolean adoptsOrphans;

    private Ground(
            Kernel kernel,
            long memory,
            long pagemap,
            List<Mapping> mappings,
            Gadgets gadgets,
            boolean go,
            StatusFile status) {
        this.kernel = kernel;
        this.memory = memory;
        this.pagemap = pagemap;
        this.stacks = stacks(mappings);
        this.mainStack = mappings.stream()
                .filter(Ground::isMainStack)
                .map(Mapping::range)
                .findFirst();
        this.gadgets = gadgets;
        this.go = go;
        this.filtered = status.number("Seccomp").orElse(0) != 0;
        this.adoptsOrphans = status.innermostPid().orElse(0) == 1;
    }

    /**
     * @param folder the /proc folder of a living thread of the target
     * @param mappings of its smaps
     * @throws InjectionException UNSUITABLE: why no copy of such a process is made
     */
    static Ground open(
            ProcFolder proc, Kernel kernel, Path folder, StatusFile status, List<Mapping> mappings)
            throws InjectionException {
        refuse(proc, folder, status, mappings);
        long memory = kernel.openForWriting(folder.resolve("mem"));
        if (memory < 0) {
            throw unsuitable("its memory cannot be written: " + Errno.name((int) -memory));
        }
        long pagemap = kernel.openForReading(folder.resolve("pagemap"));
        Gadgets gadgets =
                Gadgets.find(InjectionTable.ofThisCpu(), memory, mappings).orElse(null);
        if (gadgets == null || pagemap < 0) {
            kernel.close(memory);
            kernel.close(pagemap);
            throw unsuitable(
                    pagemap < 0
                            ? "its pagemap cannot be read: " + Errno.name((int) -pagemap)
                            : "its code has no way back from a system call, and it would be lost if"
                                    + " Mortem died in the middle");
        }
        long pid = status.number("Tgid").orElse(0);
        boolean go = new RuntimeKinds(proc).of(pid, Facts.executable(folder)) == RuntimeKind.GO;
        return new Ground(kernel, memory, pagemap, mappings, gadgets, go, status);
    }

    private static void refuse(
            ProcFolder proc, Path folder, StatusFile status, List<Mapping> mappings)
            throws InjectionException {
        if (!InjectionTable.ofThisCpu().hasBeenRun()) {
            throw unsuitable("snapshots have not been tried on this CPU");
        }
        if (!isWide(folder)) {
            throw unsuitable("it is no 64-bit program");
        }
        if (mappings.isEmpty()) {
            throw unsuitable("its smaps cannot be read");
        }
        if (mappings.stream()
                .anyMatch(mapping -> mapping.flags().stream().anyMatch(USERFAULTFD::contains))) {
            throw unsuitable("userfaultfd watches its memory, and would have to answer first");
        }
        if (status.value("x86_Thread_features").orElse("").contains("shstk")) {
            throw unsuitable("it has a shadow stack, which forbids what would bring it back if"
                    + " Mortem died in the middle");
        }
        long seccomp = status.number("Seccomp").orElse(0);
        if (seccomp == SECCOMP_STRICT) {
            throw unsuitable("it is under strict seccomp, which kills it for any call");
        }
        StatusFile own = proc.status(ProcessHandle.current().pid()).orElse(StatusFile.parse(""));
        boolean mayAsk = (own.mask("CapEff").orElse(0) >>> CAP_SYS_ADMIN & 1) != 0
                && own.number("Seccomp").orElse(0) == 0;
        if (seccomp != 0 && !mayAsk) {
            throw unsuitable("it is under seccomp, and asking its filters needs CAP_SYS_ADMIN");
        }
    }

    /** By the executable's ELF header; a file that cannot be read is taken for 64-bit, and seen later. */
    private static boolean isWide(Path folder) {
        try (InputStream file = Files.newInputStream(folder.resolve("exe"))) {
            byte[] start = file.readNBytes(EI_CLASS + 1);
            return start.length <= EI_CLASS || start[EI_CLASS] == ELFCLASS64;
        } catch (IOException unknown) {
            return true;
        }
    }

    private static InjectionException unsuitable(String why) {
        return new InjectionException(Kind.UNSUITABLE, why);
    }

    /** An open /proc/PID/mem for reading and writing. */
    long memory() {
        return memory;
    }

    long pagemap() {
        return pagemap;
    }

    /** The main thread's stack as the kernel made it. */
    Optional<AddressRange> mainStack() {
        return mainStack;
    }

    /**
     * The stack around a stack pointer, where it is one below which the kernel itself writes: the main
     * thread's, or one whose thread keeps its own variables at its end, as all threads of pthread_create do.
     * The main thread's variables are elsewhere, and may be next to anything.
     *
     * @param threadPointer of the same thread
     */
    Optional<AddressRange> stackAt(long sp, long threadPointer, boolean isMain) {
        for (AddressRange stack : stacks) {
            if (stack.contains(sp)) {
                boolean main = mainStack.filter(stack::equals).isPresent();
                boolean pthread = !go
                        && !isMain
                        && Addresses.isBelow(sp, threadPointer)
                        && stack.contains(threadPointer)
                        && stack.end() - threadPointer <= THREAD_BYTES_MAX;
                return main || pthread ? Optional.of(stack) : Optional.empty();
            }
        }
        return Optional.empty();
    }

    private static boolean isMainStack(Mapping mapping) {
        return mapping.path().map("[stack]"::equals).orElse(false);
    }

    /** The main stack, and what may be others: memory that ends in a guard. */
    private static List<AddressRange> stacks(List<Mapping> mappings) {
        List<AddressRange> stacks = new ArrayList<>();
        for (int index = 0; index < mappings.size(); index++) {
            Mapping mapping = mappings.get(index);
            boolean guarded = index > 0
                    && mappings.get(index - 1).range().end() == mapping.range().start()
                    && mappings.get(index - 1).permissions().equals("---");
            boolean memory = !mapping.isFile() && !mapping.shared();
            if (mapping.permissions().startsWith("rw")
                    && (isMainStack(mapping) || (guarded && memory))) {
                stacks.add(mapping.range());
            }
        }
        return stacks;
    }

    Gadgets gadgets() {
        return gadgets;
    }

    /** Whether it is under seccomp. */
    boolean isFiltered() {
        return filtered;
    }

    /** Whether it is known to adopt orphans, as PID 1 of its namespace. */
    boolean adoptsOrphans() {
        return adoptsOrphans;
    }

    @Override
    public void close() {
        kernel.close(memory);
        kernel.close(pagemap);
    }
}
