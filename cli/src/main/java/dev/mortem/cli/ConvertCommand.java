package dev.mortem.cli;

import dev.mortem.dump.reduce.DumpKind;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;

/** {@code mortem convert}: a dump in another format. */
@Command(
        name = "convert",
        description = "Writes a dump in another format: an ELF core as a minidump, or back.",
        footer = {
            "",
            "Nothing is lost on the way from a core to a minidump and back: what a minidump has no place for",
            "stands in streams of Mortem's own. A process of Windows or macOS has no ELF core. The new",
            "dump's path is printed on standard output."
        })
final class ConvertCommand implements Callable<Integer> {
    @Spec
    CommandSpec spec = CommandSpec.create();

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "IN", description = "The dump.")
    Path input = Path.of(".");

    @Parameters(
            index = "1",
            paramLabel = "OUT",
            description = "The new file; .dmp makes it a minidump, .core an ELF core.")
    Path output = Path.of(".");

    @Option(names = "--format", description = "core or minidump (default: what OUT ends with).")
    Optional<DumpFormat> format = Optional.empty();

    @Option(
            names = "--include-environment",
            description = "Keep the environment in a stream of the minidump: it may hold secrets.")
    boolean includeEnvironment;

    @Option(names = "--compress", description = "Write a zstd container of the dump.")
    boolean compress;

    @Mixin
    WritingOptions writing = new WritingOptions();

    private final Console console;

    ConvertCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws CommandFailure {
        new DumpOptionChecks(spec).requireFormat(output, format);
        DumpFormat wanted = format.or(() -> DumpFormat.of(output))
                .orElseThrow(
                        () -> new ParameterException(
                                spec.commandLine(),
                                output
                                        + " does not tell a format: end it with .dmp or .core, or say --format"));
        DumpShape shape = new DumpShape(
                writing.redact ? DumpKind.TRIAGE : DumpKind.FULL,
                wanted,
                writing.redact,
                includeEnvironment);
        DumpRewriter rewriter = new DumpRewriter(
                console,
                new DumpRewriter.Request(input, output, from -> shape, compress, writing.keepFree));
        RewriteReport.print(console, common.json, input, rewriter.rewrite());
        return ExitCode.DONE.number();
    }
}
