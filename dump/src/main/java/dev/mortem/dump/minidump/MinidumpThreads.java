package dev.mortem.dump.minidump;

import dev.mortem.base.address.AddressRange;
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
    private final EnvironmentBlocks blocks;
    private final Map<Long, ThreadInfo> infos;
    private final Map<Long, String> names;
    private final OptionalLong dumper;

    MinidumpThreads(
            MinidumpFile file,
            Optional<SystemInfo> system,
            Optional<ExceptionStream> exception,
            EnvironmentBlocks blocks) {
        this.file = file;
        this.system = system;
        this.exception = exception;
        this.blocks = blocks;
        this.infos = ThreadInfo.readAll(file);
        this.names = ThreadNames.readAll(file);
        this.dumper = BreakpadInfo.read(file)
                .map(BreakpadInfo::dumpThreadId)
                .orElse(OptionalLong.empty());
    }

    List<ThreadSnapshot> of(List<ThreadEntry> entries) {
        List<ThreadSnapshot> threads = new ArrayList<>();
        Set<Long> seen = new HashSet<>();
        for (ThreadEntry entry : entries) {
            if (seen.add(entry.threadId())) {
                threads.add(thread(entry));
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
                fault.context().flatMap(this::registers),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private ThreadSnapshot thread(ThreadEntry entry) {
        Optional<ByteSource> faultContext = exception
                .filter(fault -> fault.threadId() == entry.threadId())
                .flatMap(ExceptionStream::context);
        Optional<ByteSource> context = faultContext.or(entry::context);
        Optional<RegisterContext> registers = context.flatMap(this::registers);
        Optional<ThreadInfo> info = Optional.ofNullable(infos.get(entry.threadId()))
                .filter(found -> !found.isInvalid());
        return new ThreadSnapshot(
                entry.threadId(),
                Optional.ofNullable(names.get(entry.threadId())),
                Optional.empty(),
                registers,
                isWindows() ? context.stream().flatMap(this::kept).toList() : List.of(),
                info.flatMap(ThreadInfo::userTime),
                info.flatMap(ThreadInfo::kernelTime),
                Optional.empty(),
                Optional.of(windows(entry, info)));
    }

    private boolean isWindows() {
        return system.filter(found -> found.systemName().equals("Windows")).isPresent();
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

    private WindowsThread windows(ThreadEntry entry, Optional<ThreadInfo> info) {
        long teb = entry.teb();
        boolean hasTeb = teb != 0;
        boolean ended = info.isPresent() && info.get().exitStatus() != STILL_ACTIVE;
        boolean writes = info.isPresent() && (info.get().flags() & ThreadInfo.WRITING_THREAD) != 0;
        return new WindowsThread(
                hasTeb ? OptionalLong.of(teb) : OptionalLong.empty(),
                stack(entry),
                entry.suspendCount(),
                entry.priorityClass(),
                entry.priority(),
                info.isPresent() && info.get().startAddress() != 0
                        ? OptionalLong.of(info.get().startAddress())
                        : OptionalLong.empty(),
                info.flatMap(ThreadInfo::createdAt),
                ended ? OptionalLong.of(info.get().exitStatus()) : OptionalLong.empty(),
                hasTeb ? blocks.lastError(teb) : OptionalLong.empty(),
                hasTeb ? blocks.lastStatus(teb) : OptionalLong.empty(),
                writes || isDumper(entry.threadId()));
    }

    private boolean isDumper(long threadId) {
        return dumper.isPresent() && dumper.getAsLong() == threadId;
    }

    private Optional<AddressRange> stack(ThreadEntry entry) {
        Optional<AddressRange> own =
                entry.teb() == 0 ? Optional.empty() : blocks.stack(entry.teb());
        return own.or(() -> Optional.of(entry.stack()).filter(range -> !range.isEmpty()));
    }

    private Optional<RegisterContext> registers(ByteSource context) {
        Optional<CpuContext> layout = system.isPresent()
                ? CpuContext.of(system.get().architecture(), context)
                : CpuContext.byFlags(context);
        if (layout.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(layout.get().read(context));
        } catch (MalformedException cut) {
            file.diagnostics().report(cut, "the thread's registers are not known");
            return Optional.empty();
        }
    }
}
