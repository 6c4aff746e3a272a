package dev.mortem.dump.minidump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.base.snapshot.WindowsThread;
import dev.mortem.format.minidump.BreakpadInfo;
import dev.mortem.format.minidump.CpuContext;
import dev.mortem.format.minidump.ExceptionStream;
import dev.mortem.format.minidump.MinidumpFile;
import dev.mortem.format.minidump.SystemInfo;
import dev.mortem.format.minidump.ThreadEntry;
import dev.mortem.format.minidump.ThreadInfo;
import dev.mortem.format.minidump.ThreadNames;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The threads of a minidump: its list, with what other streams and the threads' own blocks add. The
 * faulting thread has the registers of the exception: when the dump was written it stood in the code that
 * writes dumps.
 */
final class MinidumpThreads {
    /** STILL_ACTIVE: the exit status of a thread that runs. */
    private static final long STILL_ACTIVE = 259;

    /** CONTEXT of AMD64 with all that AVX-512 and AMX add has some 12 KB. */
    private static final int CONTEXT_BYTES_MAX = 64 << 10;

    private final MinidumpFile file;
    private final Optional<SystemInfo> system;
    private final Optional<ExceptionStream> exception;
    private final Optional<Wow64> wow64;
    private final Map<Long, ThreadInfo> infos;
    private final Map<Long, String> names;
    private final OptionalLong dumper;

    /**
     * @param wow64 for a process of 32 bits in a dump of 64
     */
    MinidumpThreads(
            MinidumpFile file,
            Optional<SystemInfo> system,
            Optional<ExceptionStream> exception,
            Optional<Wow64> wow64) {
        this.file = file;
        this.system = system;
        this.exception = exception;
        this.wow64 = wow64;
        this.infos = ThreadInfo.readAll(file);
        this.names = ThreadNames.readAll(file);
        this.dumper = BreakpadInfo.read(file)
                .map(BreakpadInfo::dumpThreadId)
                .orElse(OptionalLong.empty());
    }

    /** Addresses of the threads' TEBs, as the process's own code sees them. */
    List<Long> tebs(List<ThreadEntry> entries) {
        return entries.stream().map(this::teb).flatMap(Optional::stream).toList();
    }

    private Optional<Long> teb(ThreadEntry entry) {
        boolean invalid = Optional.ofNullable(infos.get(entry.threadId()))
                .filter(ThreadInfo::hasInvalidTeb)
                .isPresent();
        if (entry.teb() == 0 || invalid) {
            return Optional.empty();
        }
        return wow64.isPresent() ? wow64.get().teb32(entry.teb()) : Optional.of(entry.teb());
    }

    /**
     * @param blocks to read TEBs from; empty for another system, whose dumps have other things there
     */
    List<ThreadSnapshot> of(List<ThreadEntry> entries, Optional<EnvironmentBlocks> blocks) {
        List<ThreadSnapshot> threads = new ArrayList<>();
        Set<Long> seen = new HashSet<>();
        for (ThreadEntry entry : entries) {
            if (seen.add(entry.threadId())) {
                threads.add(thread(entry, blocks));
            } else {
                file.diagnostics()
                        .report(
                                file.bytes().name() + ": ThreadList",
                                "thread %d is listed twice".formatted(entry.threadId()),
                                "the second entry is left out");
            }
        }
        exception
                .filter(fault -> !seen.contains(fault.threadId()))
                .ifPresent(fault -> threads.addFirst(onlyInException(fault)));
        return List.copyOf(threads);
    }

    /** A dump without a list of threads still has the registers of the fault. */
    private ThreadSnapshot onlyInException(ExceptionStream fault) {
        file.diagnostics()
                .report(
                        file.bytes().name() + ": ThreadList",
                        "the thread of the exception, %d, is not listed"
                                .formatted(fault.threadId()),
                        "only its registers are known");
        return new ThreadSnapshot(
                fault.threadId(),
                Optional.ofNullable(names.get(fault.threadId())),
                Optional.empty(),
                registers(fault.threadId(), 0, fault.context()),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private ThreadSnapshot thread(ThreadEntry entry, Optional<EnvironmentBlocks> blocks) {
        Optional<ByteSource> faultContext = exception
                .filter(fault -> fault.threadId() == entry.threadId())
                .flatMap(ExceptionStream::context);
        Optional<ThreadInfo> info = Optional.ofNullable(infos.get(entry.threadId()));
        Optional<ByteSource> ownContext =
                info.filter(ThreadInfo::hasInvalidContext).isPresent()
                        ? Optional.empty()
                        : entry.context();
        Optional<ThreadInfo> valid = info.filter(found -> !found.isInvalid());
        Optional<ByteSource> context = faultContext.or(() -> ownContext);
        return new ThreadSnapshot(
                entry.threadId(),
                Optional.ofNullable(names.get(entry.threadId())),
                Optional.empty(),
                registers(entry.threadId(), entry.teb(), context),
                isKept() ? context.stream().flatMap(this::kept).toList() : List.of(),
                valid.flatMap(ThreadInfo::userTime),
                valid.flatMap(ThreadInfo::kernelTime),
                Optional.empty(),
                Optional.of(windows(entry, valid, blocks)));
    }

    /** A context of 64 bits is not what a thread of 32 bits has. */
    private boolean isKept() {
        return wow64.isEmpty()
                && system.filter(found -> found.systemName().equals("Windows")).isPresent();
    }

    /** The whole context, so that writing it again loses no register. */
    private Stream<RawNote> kept(ByteSource context) {
        try {
            int sizeBytes = (int) Math.min(context.sizeBytes(), CONTEXT_BYTES_MAX);
            byte[] bytes = context.bytes("CONTEXT", 0, sizeBytes);
            return Stream.of(new RawNote(ContextParts.OWNER_MINIDUMP, ContextParts.CONTEXT, bytes));
        } catch (MalformedException cutWhileMapped) {
            file.diagnostics().report(cutWhileMapped, "vector registers are not known");
            return Stream.of();
        }
    }

    private WindowsThread windows(
            ThreadEntry entry, Optional<ThreadInfo> info, Optional<EnvironmentBlocks> blocks) {
        Optional<Long> teb = blocks.isPresent() ? teb(entry) : Optional.empty();
        boolean ended = info.isPresent() && info.get().exitStatus() != STILL_ACTIVE;
        return new WindowsThread(
                teb.map(OptionalLong::of).orElse(OptionalLong.empty()),
                teb.flatMap(at -> blocks.orElseThrow().stack(at))
                        .or(() -> Optional.of(entry.stack()).filter(range -> !range.isEmpty())),
                entry.suspendCount(),
                entry.priorityClass(),
                entry.priority(),
                info.isPresent() && info.get().startAddress() != 0
                        ? OptionalLong.of(info.get().startAddress())
                        : OptionalLong.empty(),
                info.flatMap(ThreadInfo::createdAt),
                ended ? OptionalLong.of(info.get().exitStatus()) : OptionalLong.empty(),
                teb.map(at -> blocks.orElseThrow().lastError(at)).orElse(OptionalLong.empty()),
                teb.map(at -> blocks.orElseThrow().lastStatus(at)).orElse(OptionalLong.empty()),
                wroteDump(entry.threadId()));
    }

    /** A program that dumps itself from its exception filter does so with the thread that failed. */
    private boolean wroteDump(long threadId) {
        boolean writes = Optional.ofNullable(infos.get(threadId))
                .filter(found -> (found.flags() & ThreadInfo.WRITING_THREAD) != 0)
                .isPresent();
        boolean fails = exception.filter(fault -> fault.threadId() == threadId).isPresent();
        return !fails && (writes || (dumper.isPresent() && dumper.getAsLong() == threadId));
    }

    private Optional<RegisterContext> registers(
            long threadId, long teb, Optional<ByteSource> context) {
        Optional<RegisterContext> dumped = context.flatMap(this::registers);
        return wow64.isPresent() ? wow64.get().registers(threadId, teb, dumped) : dumped;
    }

    private Optional<RegisterContext> registers(ByteSource context) {
        Optional<CpuContext> layout = system.isPresent()
                ? CpuContext.of(system.get().architecture(), context)
                : CpuContext.byFlags(context);
        try {
            if (layout.isEmpty()) {
                throw context.malformed(
                        "CONTEXT",
                        0,
                        "%,d bytes of an unknown form".formatted(context.sizeBytes()),
                        "a context of the dump's CPU");
            }
            return Optional.of(layout.get().read(context));
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "the thread's registers are not known");
            return Optional.empty();
        }
    }
}
