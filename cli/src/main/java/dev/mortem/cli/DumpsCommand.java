package dev.mortem.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code mortem dumps}: what was caught on this machine. */
@Command(
        name = "dumps",
        description = "What was caught on this machine.",
        subcommands = {DumpsListCommand.class})
final class DumpsCommand implements Runnable {
    @Spec
    CommandSpec spec = CommandSpec.create();

    @Mixin
    CommonOptions common = new CommonOptions();

    DumpsCommand() {}

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "what about them? list shows them");
    }
}
