package dev.mortem.cli;

import picocli.CommandLine.Option;

import java.util.Optional;

/** What every command takes that writes a dump. */
final class WritingOptions {
    @Option(
            names = "--redact",
            description =
                    "For giving away: stacks only, of these only addresses; no command line, no"
                            + " environment.")
    boolean redact;

    @Option(
            names = "--keep-free",
            converter = Quantities.SizeConverter.class,
            paramLabel = "SIZE",
            description =
                    "Space that stays free on the disk (default: the larger of 10 %% and 5 GB).")
    Optional<Long> keepFree = Optional.empty();
}
