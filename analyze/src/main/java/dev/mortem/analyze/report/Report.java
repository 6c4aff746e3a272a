package dev.mortem.analyze.report;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything one analysis found out: the document {@code mortem.report/1}, field for field. Unknown is
 * empty, never 0. Addresses are unsigned. {@code findings} is never empty and its first entry is the
 * headline. Command lines are masked already; texts that come from the dump are otherwise as they were
 * read, so a renderer must escape them.
 */
public record Report(
        String tool,
        Instant analysedAt,
        Duration duration,
        DumpFacts dump,
        ReportProcess process,
        Reason reason,
        List<ReportThread> threads,
        List<ReportStack> stacks,
        List<ReportModule> modules,
        List<Lock> locks,
        Memory memory,
        Optional<Handles> handles,
        List<Finding> findings,
        Signature signature,
        List<Problem> diagnostics,
        Details details) {
    public static final String SCHEMA = "mortem.report/1";

    /** A report of a dump that tells no details. */
    public Report(
            String tool,
            Instant analysedAt,
            Duration duration,
            DumpFacts dump,
            ReportProcess process,
            Reason reason,
            List<ReportThread> threads,
            List<ReportStack> stacks,
            List<ReportModule> modules,
            List<Lock> locks,
            Memory memory,
            Optional<Handles> handles,
            List<Finding> findings,
            Signature signature,
            List<Problem> diagnostics) {
        this(
                tool,
                analysedAt,
                duration,
                dump,
                process,
                reason,
                threads,
                stacks,
                modules,
                locks,
                memory,
                handles,
                findings,
                signature,
                diagnostics,
                Details.none());
    }

    public Report {
        threads = List.copyOf(threads);
        stacks = List.copyOf(stacks);
        modules = List.copyOf(modules);
        locks = List.copyOf(locks);
        findings = List.copyOf(findings);
        diagnostics = List.copyOf(diagnostics);
        if (findings.isEmpty()) {
            throw new IllegalArgumentException("a report without a headline");
        }
    }

    public Finding headline() {
        return findings.getFirst();
    }

    /**
     * @param format "elfCore", "minidump" or "snapshot"
     * @param sidecar path of the sidecar that was read
     */
    public record DumpFacts(
            Optional<String> file,
            OptionalLong sizeBytes,
            String format,
            Optional<Instant> takenAt,
            Optional<String> kind,
            boolean truncated,
            Optional<String> comment,
            Optional<String> sidecar) {}

    /**
     * What a dump tells beyond what all dumps do.
     *
     * @param flags MINIDUMP_TYPE: what its writer was asked for
     * @param streams what the file holds, in its order
     * @param annotations of a crash reporter, by name
     * @param windows of a process of Windows
     */
    public record Details(
            OptionalLong flags,
            List<String> streams,
            SortedMap<String, String> annotations,
            Optional<WindowsDetails> windows) {
        public Details {
            streams = List.copyOf(streams);
            annotations = Collections.unmodifiableSortedMap(new TreeMap<>(annotations));
        }

        /** Nothing more. */
        public static Details none() {
            return new Details(OptionalLong.empty(), List.of(), new TreeMap<>(), Optional.empty());
        }
    }

    /**
     * What only a dump of Windows tells.
     *
     * @param build the system's build: "19041.1.amd64fre.vb_release"
     * @param unloaded modules that were there before
     * @param processMemory counters of the process in bytes, by name: "workingSetBytes"
     * @param machineMemory of the machine in bytes, by name: "availableBytes"
     */
    public record WindowsDetails(
            Optional<String> currentDirectory,
            Optional<String> build,
            List<UnloadedModule> unloaded,
            Map<String, Long> processMemory,
            Map<String, Long> machineMemory) {
        public WindowsDetails {
            unloaded = List.copyOf(unloaded);
            processMemory = Collections.unmodifiableMap(new LinkedHashMap<>(processMemory));
            machineMemory = Collections.unmodifiableMap(new LinkedHashMap<>(machineMemory));
        }
    }

    public record UnloadedModule(String name, long base, long sizeBytes) {}

    public record ReportProcess(
            OptionalLong pid,
            Optional<String> image,
            Optional<String> commandLine,
            Optional<String> user,
            Optional<Instant> startedAt,
            Optional<Duration> up,
            Optional<String> osName,
            Optional<String> osVersion,
            Optional<String> osBuild,
            String cpuArch,
            OptionalInt cpuCount,
            Optional<String> host,
            Optional<List<String>> environment) {}

    /** What ended or stopped the process; {@code text} is one sentence for people. */
    public record Reason(
            ReasonKind kind,
            Optional<String> code,
            Optional<String> name,
            OptionalLong address,
            Optional<String> access,
            OptionalLong threadId,
            String text,
            Optional<String> chance) {}

    /** The names of the schema. */
    public enum ReasonKind {
        SIGNAL("signal"),
        WINDOWS_EXCEPTION("windowsException"),
        MACH_EXCEPTION("machException"),
        HANG("hang"),
        ON_DEMAND("onDemand"),
        UNKNOWN("unknown");

        private final String label;

        ReasonKind(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }

    /**
     * @param stackId of the {@link ReportStack} this thread has, with others perhaps; empty for none
     * @param stackEnd why the stack ends, one sentence; "complete" where it is whole
     * @param waitsFor one sentence: "mutex 0x55… held by thread 12"
     */
    public record ReportThread(
            long id,
            Optional<String> name,
            boolean crashed,
            Optional<String> state,
            Optional<Duration> user,
            Optional<Duration> kernel,
            OptionalLong startAddress,
            OptionalInt stackId,
            String stackEnd,
            Optional<String> waitsFor,
            List<Register> registers) {}

    public record Register(String name, long value) {}

    public record ReportStack(int stackId, List<Long> threadIds, List<ReportFrame> frames) {
        public ReportStack {
            threadIds = List.copyOf(threadIds);
            frames = List.copyOf(frames);
        }
    }

    /**
     * @param function the whole name
     * @param functionFrom where the name came from, where that is not the module: a JIT symbol map
     * @param functionShort as people say it, where that is another one
     * @param language what its code was written in, where the debug information says so
     * @param tailCalled how it was reached, where the next frame called another function
     * @param sourceUrl where the module's PDB says that {@code file} is on the web
     */
    public record ReportFrame(
            int index,
            String kind,
            long address,
            Optional<String> module,
            OptionalLong moduleOffset,
            Optional<String> function,
            OptionalLong functionOffset,
            Optional<String> file,
            OptionalInt line,
            String trust,
            Optional<String> functionFrom,
            Optional<String> functionShort,
            Optional<String> language,
            Optional<Source> source,
            Optional<TailCalled> tailCalled,
            Optional<String> sourceUrl) {
        /** A frame of which only this is known. */
        public static Builder builder(int index, String kind, long address, String trust) {
            return new Builder(index, kind, address, trust);
        }

        /** A builder that starts from this frame. */
        public Builder toBuilder() {
            Builder builder = new Builder(index, kind, address, trust);
            builder.module = module;
            builder.moduleOffset = moduleOffset;
            builder.function = function;
            builder.functionOffset = functionOffset;
            builder.file = file;
            builder.line = line;
            builder.functionFrom = functionFrom;
            builder.functionShort = functionShort;
            builder.language = language;
            builder.source = source;
            builder.tailCalled = tailCalled;
            builder.sourceUrl = sourceUrl;
            return builder;
        }

        /** Collects what is known of a frame. Belongs to one thread. */
        public static final class Builder {
            private final int index;
            private final String kind;
            private final long address;
            private final String trust;
            private Optional<String> module = Optional.empty();
            private OptionalLong moduleOffset = OptionalLong.empty();
            private Optional<String> function = Optional.empty();
            private OptionalLong functionOffset = OptionalLong.empty();
            private Optional<String> file = Optional.empty();
            private OptionalInt line = OptionalInt.empty();
            private Optional<String> functionFrom = Optional.empty();
            private Optional<String> functionShort = Optional.empty();
            private Optional<String> language = Optional.empty();
            private Optional<Source> source = Optional.empty();
            private Optional<TailCalled> tailCalled = Optional.empty();
            private Optional<String> sourceUrl = Optional.empty();

            private Builder(int index, String kind, long address, String trust) {
                this.index = index;
                this.kind = kind;
                this.address = address;
                this.trust = trust;
            }

            /** @param offset of the address from the module's start */
            public Builder module(String name, OptionalLong offset) {
                module = Optional.of(name);
                moduleOffset = offset;
                return this;
            }

            public Builder function(String name, OptionalLong offset) {
                function = Optional.of(name);
                functionOffset = offset;
                return this;
            }

            public Builder functionFrom(Optional<String> named) {
                functionFrom = named;
                return this;
            }

            public Builder functionShort(Optional<String> name) {
                functionShort = name;
                return this;
            }

            public Builder language(Optional<String> name) {
                language = name;
                return this;
            }

            public Builder line(String inFile, int number) {
                file = Optional.of(inFile);
                line = OptionalInt.of(number);
                return this;
            }

            public Builder source(Optional<Source> shown) {
                source = shown;
                return this;
            }

            public Builder sourceUrl(Optional<String> url) {
                sourceUrl = url;
                return this;
            }

            public Builder tailCalled(TailCalled jump) {
                tailCalled = Optional.of(jump);
                return this;
            }

            public ReportFrame build() {
                return new ReportFrame(
                        index,
                        kind,
                        address,
                        module,
                        moduleOffset,
                        function,
                        functionOffset,
                        file,
                        line,
                        trust,
                        functionFrom,
                        functionShort,
                        language,
                        source,
                        tailCalled,
                        sourceUrl);
            }
        }
    }

    /**
     * A function that was reached by a jump.
     *
     * @param called the function that its caller on the stack called
     * @param framesMissing whether frames between are not shown, as more than one way leads here
     */
    public record TailCalled(String called, boolean framesMissing) {}

    /**
     * The lines around a frame's line.
     *
     * @param path of the file that they were read from; empty where there is only a note
     * @param firstLine the number of the first of {@code lines}, from 1
     * @param lines without line ends, tabs as spaces; empty where there is only a note
     * @param note what a reader must know: why nothing is shown, or that the file was changed
     */
    public record Source(
            Optional<String> path, int firstLine, List<String> lines, Optional<String> note) {
        public Source {
            lines = List.copyOf(lines);
        }
    }

    /**
     * @param company who made it, as its version resource says
     * @param product what it is part of
     * @param symbols "full", "functions", "exports" or "none"
     * @param symbolsFrom the file they were read from, or "memory"
     * @param missingWhy what is missing, and what would help
     * @param sourceIndexes how its PDB leads to the sources: "sourceLink", "sourceServer"
     */
    public record ReportModule(
            String name,
            String path,
            long base,
            long sizeBytes,
            Optional<String> version,
            Optional<String> company,
            Optional<String> product,
            Optional<String> codeId,
            Optional<String> debugId,
            String symbols,
            Optional<String> symbolsFrom,
            Optional<String> missingWhy,
            List<String> sourceIndexes) {
        public ReportModule {
            sourceIndexes = List.copyOf(sourceIndexes);
        }
    }

    /**
     * Something in memory that threads wait for.
     *
     * @param held false also for what cannot be held, as a condition variable
     * @param probable whether it is only likely to be what {@code kind} says
     * @param detail what else is known, and what is not: "3 of 8 threads have arrived"
     */
    public record Lock(
            String kind,
            long address,
            OptionalLong ownerThreadId,
            List<Long> waiters,
            boolean held,
            boolean probable,
            Optional<String> detail) {
        public Lock {
            waiters = List.copyOf(waiters);
        }

        /** One whose kind is certain, and of which nothing else is known. */
        public Lock(
                String kind,
                long address,
                OptionalLong ownerThreadId,
                List<Long> waiters,
                boolean held) {
            this(kind, address, ownerThreadId, waiters, held, false, Optional.empty());
        }
    }

    public record Memory(
            long committedBytes,
            long privateBytes,
            long mappedBytes,
            long imageBytes,
            OptionalLong largestFreeBytes,
            List<MemoryKind> byKind) {}

    public record MemoryKind(String kind, long sizeBytes, long presentBytes, int regions) {}

    /**
     * Open handles, or file descriptors.
     *
     * @param socketsByState as netstat names the states; empty where there are no sockets
     * @param remotes whom the process is connected to, most connections first
     */
    public record Handles(
            long total,
            Map<String, Long> byType,
            Map<String, Long> socketsByState,
            List<Remote> remotes) {
        /** Handles without sockets. */
        public Handles(long total, Map<String, Long> byType) {
            this(total, byType, Map.of(), List.of());
        }
    }

    public record Remote(String address, long connections) {}

    /** The contract's severities, most severe first. */
    public enum Severity {
        ERROR("error"),
        WARNING("warning"),
        INFORMATION("information"),
        NOTIFICATION("notification");

        private final String label;

        Severity(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }

    /**
     * @param rule the rule's id in the contract: "crash-abort"
     * @param summary one sentence: what happened, to which thread, in whose code
     * @param evidence what the finding rests on, a line each
     */
    public record Finding(
            String rule,
            Severity severity,
            String summary,
            String explanation,
            String recommendation,
            List<Long> threadIds,
            List<String> modules,
            List<String> evidence) {}

    /**
     * @param hash the first 16 hex digits of the SHA-256 of {@code text}
     * @param quality "symbols", "modules" or "addresses": what the text is made of
     */
    public record Signature(String text, String hash, List<String> frames, String quality) {}

    /** A diagnostic as the report lists it. */
    public record Problem(String where, String what, String consequence) {}
}
