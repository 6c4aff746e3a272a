package dev.mortem.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code mortem symbols}: which build a file is of, and stores of symbols. */
@Command(
        name = "symbols",
        description = "Tells which build a file is of, and keeps stores of binaries and symbols.",
        subcommands = {
            SymbolsInfoCommand.class,
            SymbolsFetchCommand.class,
            SymbolsPackCommand.class,
            SymbolsCheckCommand.class
        })
final class SymbolsCommand implements Runnable {
    @Spec
    CommandSpec spec = CommandSpec.create();

    @Mixin
    CommonOptions common = new CommonOptions();

    SymbolsCommand() {}

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "a subcommand is missing: "
                        + String.join(", ", spec.subcommands().keySet()));
    }
}
