package dev.mortem.cli;

import dev.mortem.cli.procdump.ProcDumpHelp;
import dev.mortem.cli.procdump.ProcDumpParser;
import dev.mortem.cli.procdump.ProcDumpRequest;
import dev.mortem.cli.procdump.ProcDumpUsageException;
import dev.mortem.os.ProcessControl;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/**
 * {@code mortem procdump}: ProcDump's own command line. Its grammar is none of picocli's, which only
 * hands the arguments on, as they are.
 */
@Command(
        name = "procdump",
        description = "ProcDump's own command line: 'mortem procdump -?' explains it.",
        footer = {"", "'mortem procdump -?' lists ProcDump's options and what they mean here."})
final class ProcDumpCommand implements Callable<Integer> {
    @Parameters(arity = "0..*", paramLabel = "ARGUMENTS", description = "As ProcDump takes them.")
    List<String> arguments = List.of();

    @Option(
            names = "--keep-free",
            converter = Quantities.SizeConverter.class,
            paramLabel = "SIZE",
            description = "In the configuration file only: space that stays free on the disk.")
    Optional<Long> keepFree = Optional.empty();

    private final Console console;
    private final Clock clock;
    private final Supplier<ProcessControl> means;

    ProcDumpCommand(Console console, Clock clock, Supplier<ProcessControl> means) {
        this.console = console;
        this.clock = clock;
        this.means = means;
    }

    /** So that picocli takes no option of ProcDump for one of its own. */
    static String[] asPicocliTakesIt(String... args) {
        String[] all = new String[args.length + 1];
        all[0] = args[0];
        all[1] = "--";
        System.arraycopy(args, 1, all, 2, args.length - 1);
        return all;
    }

    @Override
    public Integer call() throws CommandFailure {
        ProcDumpRequest request;
        try {
            request = ProcDumpParser.parse(arguments);
        } catch (ProcDumpUsageException wrong) {
            throw CommandFailure.because(ExitCode.WRONG_USAGE, wrong);
        }
        return switch (request) {
            case ProcDumpRequest.Help help -> help();
            case ProcDumpRequest.Cancel cancel -> cancel(cancel.pid());
            case ProcDumpRequest.Collect collect ->
                new ProcDumpCollection(console, clock, means.get(), collect, keepFree).run();
        };
    }

    private int help() {
        console.out().println(Version.tool());
        ProcDumpHelp.lines().forEach(console.out()::println);
        return ExitCode.DONE.number();
    }

    private int cancel(long pid) throws CommandFailure {
        try {
            Path folder = StateFolder.ofThisUser(System.getenv()).watches();
            List<WatchRecord> chosen = WatchRecord.running(folder).stream()
                    .filter(each -> each.targetPids().contains(pid))
                    .toList();
            if (chosen.isEmpty()) {
                throw new CommandFailure(
                        ExitCode.TARGET_NOT_FOUND,
                        "nothing of this user watches process " + pid
                                + "; \"mortem watch list\" shows what is watched");
            }
            WatchCancelCommand.end(console, folder, chosen);
            return ExitCode.DONE.number();
        } catch (IOException failure) {
            throw CommandFailure.because(ExitCode.STORAGE, failure);
        }
    }
}
