package dev.mortem.cli;

import dev.mortem.dump.reduce.DumpKind;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code mortem strip}: a dump with less in it. */
@Command(
        name = "strip",
        description = "Writes a smaller dump of a dump: for a ticket, or for giving away.",
        footer = {
            "",
            "mini keeps stacks and what registers and stacks point to; triage keeps stacks without data and",
            "neither command line nor environment; heap keeps private memory that can be written. The",
            "format stays that of the dump unless the new file's name or --format says otherwise. The new",
            "dump's path is printed on standard output."
        })
final class StripCommand implements Callable<Integer> {
    @Spec
    CommandSpec spec = CommandSpec.create();

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "DUMP", description = "The dump.")
    Path input = Path.of(".");

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "FILE",
            description = "The new file.")
    Path output = Path.of(".");

    @Option(
            names = "--kind",
            defaultValue = "mini",
            description =
                    "What the new dump holds: mini, triage or heap (default: ${DEFAULT-VALUE}).")
    DumpKind kind = DumpKind.MINI;

    @Option(
            names = "--format",
            description = "core or minidump (default: what FILE ends with, else as DUMP).")
    Optional<DumpFormat> format = Optional.empty();

    @Option(names = "--compress", description = "Write a zstd container of the dump.")
    boolean compress;

    @Mixin
    WritingOptions writing = new WritingOptions();

    private final Console console;

    StripCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws CommandFailure {
        DumpOptionChecks checks = new DumpOptionChecks(spec);
        checks.requireFormat(output, format);
        checks.requireKindOfRedacted(writing.redact, kind);
        if (kind == DumpKind.FULL) {
            throw wrong("--kind full leaves nothing out; mortem convert writes all of it anew");
        }
        if (Files.isDirectory(output)) {
            throw wrong("-o names the new file, and " + output + " is a folder");
        }
        DumpKind wanted = writing.redact ? DumpKind.TRIAGE : kind;
        DumpRewriter rewriter = new DumpRewriter(
                console,
                new DumpRewriter.Request(
                        input,
                        output,
                        from -> new DumpShape(
                                wanted,
                                format.or(() -> DumpFormat.of(output)).orElse(from),
                                writing.redact,
                                false),
                        compress,
                        writing.keepFree));
        RewriteReport.print(console, common.json, input, rewriter.rewrite());
        return ExitCode.DONE.number();
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
