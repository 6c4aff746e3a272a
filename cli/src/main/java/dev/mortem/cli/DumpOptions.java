package dev.mortem.cli;

import dev.mortem.dump.reduce.DumpKind;
import dev.mortem.dump.write.WriteOptions;
import dev.mortem.os.SnapshotMode;
import dev.mortem.os.SnapshotOptions;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/** What every command takes that writes dumps of running processes. */
final class DumpOptions {
    @Option(
            names = "--kind",
            defaultValue = "full",
            description = {
                "What the dump holds (default: ${DEFAULT-VALUE}):",
                "full: all memory; heap: private memory that can be written;",
                "mini: stacks and what registers and stacks point to;",
                "triage: stacks without data, no command line, no folders of modules."
            })
    DumpKind kind = DumpKind.FULL;

    @Option(
            names = "--format",
            description =
                    "core or minidump (default: what the name after -o ends with, else core).")
    Optional<DumpFormat> format = Optional.empty();

    @Option(
            names = "--include-environment",
            description = "Keep the environment in a stream of the minidump: it may hold secrets.")
    boolean includeEnvironment;

    @Option(
            names = "--compress",
            description = "Write <dump>.core.zst or .dmp.zst, about an eighth of the size.")
    boolean compress;

    @Option(
            names = "--direct-io",
            description = "Write past the page cache: the dump is durable when it appears. The"
                    + " folder's file system must support it.")
    boolean directIo;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE|DIR",
            defaultValue = ".",
            description = "Where the dump goes (default: the current folder).")
    Path output = Path.of(".");

    @Option(
            names = "--snapshot",
            defaultValue = "prefer",
            paramLabel = "require|prefer|never",
            description =
                    "Whether the dump is written from a frozen copy while the process runs on:"
                            + " require (a copy, or no dump), prefer (a copy, or else it stands) or"
                            + " never (default: ${DEFAULT-VALUE}).")
    SnapshotMode snapshotMode = SnapshotMode.PREFER;

    @Option(
            names = "--max-pause",
            converter = Quantities.DurationConverter.class,
            defaultValue = "1s",
            paramLabel = "TIME",
            description = "The longest that the process may stand (default: ${DEFAULT-VALUE}).")
    Duration maxPause = SnapshotOptions.DEFAULT_MAX_PAUSE;

    @Option(
            names = "--include-dontdump",
            description = "Also ranges that the program marked MADV_DONTDUMP: keys, huge buffers.")
    boolean includeDontDump;

    @Option(
            names = "--exclude-shared",
            converter = Quantities.SizeConverter.class,
            paramLabel = "ABOVE",
            description = "Leave out shared mappings larger than this.")
    Optional<Long> excludeSharedAbove = Optional.empty();

    @Mixin
    WritingOptions writing = new WritingOptions();

    @Option(names = "--hash", description = "Put the dump's SHA-256 into the sidecar.")
    boolean hash;

    DumpOptions() {}

    /** What is wanted of each dump. */
    DumpTaker.Request request() {
        return new DumpTaker.Request(
                output,
                shape(),
                new WriteOptions(compress, directIo),
                hash,
                writing.keepFree,
                new SnapshotOptions(
                        maxPause,
                        includeDontDump,
                        excludeSharedAbove.map(OptionalLong::of).orElse(OptionalLong.empty()),
                        true,
                        snapshotMode,
                        OptionalLong.empty()));
    }

    DumpShape shape() {
        Optional<DumpFormat> named =
                Files.isDirectory(output) ? Optional.empty() : DumpFormat.of(output);
        DumpFormat wanted = format.or(() -> named).orElse(DumpFormat.CORE);
        return new DumpShape(
                writing.redact ? DumpKind.TRIAGE : kind,
                wanted,
                writing.redact,
                includeEnvironment);
    }

    /** @param spec of the command that they were given to */
    void refuseWhatCannotBe(CommandSpec spec) {
        DumpOptionChecks checks = new DumpOptionChecks(spec);
        checks.requireFormat(output, format);
        checks.requireKindOfRedacted(writing.redact, kind);
        if (includeEnvironment
                && (shape().format() != DumpFormat.MINIDUMP || shape().withoutArguments())) {
            throw wrong(
                    spec,
                    "--include-environment is for minidumps of the kinds mini, heap and full;"
                            + " a full core has the environment in its memory");
        }
        if (maxPause.isZero()) {
            throw wrong(spec, "--max-pause must be more than nothing");
        }
    }

    private static ParameterException wrong(CommandSpec spec, String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
