package dev.mortem.cli;

import dev.mortem.os.ProcessControl;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The {@code mortem} command. */
@Command(
        name = "mortem",
        description = "Collects and explains the memory dumps of server worker processes.",
        footer = {
            "",
            "TARGET is a pid, an executable's name, unit:NAME, container:ID, port:8080 or command:GLOB.",
            "'mortem COMMAND --help' tells all about one command. Exit codes: 0 done, 1 defect in Mortem,",
            "2 wrong usage, 3 target not found or ambiguous, 4 not permitted, 5 ended without the dump,",
            "6 storage, 7 not a dump, 8 some of several inputs failed, 130 interrupted."
        })
public final class Main implements Runnable {
    /** In the order in which help lists them. */
    private static final Map<String, Class<?>> COMMANDS = commands();

    /** Commands that the contract names and that no part does yet: asked for, they say so. */
    private static final Map<String, String> NOT_BUILT = Map.ofEntries(
            Map.entry("rule", "collection rules"),
            Map.entry("postmortem", "dumps of crashes nobody waited for"),
            Map.entry("collect", "the support package"),
            Map.entry("events", "event logs"),
            Map.entry("trace", "failed-request tracing"),
            Map.entry("freb", "IIS's failed-request traces"),
            Map.entry("show", "questions on a dump"),
            Map.entry("triage", "triage of many dumps"),
            Map.entry("service", "the host service"));

    @Spec
    CommandSpec spec = CommandSpec.create();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help and exit.")
    boolean help;

    @Option(names = "--version", versionHelp = true, description = "Show the version and exit.")
    boolean version;

    /** For picocli. */
    public Main() {}

    /** Runs one command line and ends this process with its exit code. */
    public static void main(String[] args) {
        Console console = Console.ofThisProcess();
        int code =
                run(console, EarlyRehearsal.begin(args), ConfigFile.places(System.getenv()), args);
        console.flush();
        System.exit(code);
    }

    /** Runs one command line; the result is the exit code. */
    static int run(Console console, String... args) {
        return run(console, ConfigFile.places(System.getenv()), args);
    }

    /** The same with configuration files of the caller's choice, the weaker first. */
    static int run(Console console, List<Path> configFiles, String... args) {
        return run(console, ProcessControl::ofThisMachine, configFiles, args);
    }

    private static int run(
            Console console,
            Supplier<ProcessControl> control,
            List<Path> configFiles,
            String... args) {
        if (args.length > 0 && NOT_BUILT.containsKey(args[0])) {
            console.note("mortem " + args[0] + ": " + NOT_BUILT.get(args[0])
                    + " is not built yet. 'mortem --help' lists what is.");
            return ExitCode.WRONG_USAGE.number();
        }
        CommandLine line = new CommandLine(new Main(), new CommandFactory(console, control));
        needed(configFiles, args).forEach(line::addSubcommand);
        line.setOut(console.out())
                .setErr(console.err())
                .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.OFF))
                .setUsageHelpWidth(100)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Main::wrongUsage)
                .setExecutionExceptionHandler(failureHandler(console));
        line.getCommandSpec().versionProvider(() -> new String[] {Version.tool()});
        try {
            line.setDefaultValueProvider(ConfigFile.read(configFiles, line));
        } catch (CommandFailure wrongFile) {
            console.note("mortem: " + wrongFile.getMessage());
            return wrongFile.exitCode().number();
        }
        boolean isProcDump = args.length > 0 && args[0].equals("procdump");
        // an argument of another program that begins with @ is that program's affair
        line.setExpandAtFiles(!isProcDump && !List.of(args).contains("--"));
        return line.execute(isProcDump ? ProcDumpCommand.asPicocliTakesIt(args) : args);
    }

    private static Map<String, Class<?>> commands() {
        Map<String, Class<?>> commands = new LinkedHashMap<>();
        commands.put("ps", PsCommand.class);
        commands.put("dump", DumpCommand.class);
        commands.put("watch", WatchCommand.class);
        commands.put("dumps", DumpsCommand.class);
        commands.put("procdump", ProcDumpCommand.class);
        commands.put("analyze", AnalyzeCommand.class);
        commands.put("convert", ConvertCommand.class);
        commands.put("strip", StripCommand.class);
        commands.put("symbols", SymbolsCommand.class);
        commands.put("doctor", DoctorCommand.class);
        commands.put("demo", DemoCommand.class);
        return Collections.unmodifiableMap(commands);
    }

    /**
     * The command that is asked for, alone: to learn the options of all takes a third of a short run's
     * time. All of them where help lists them, a name has to be guessed, or a file sets defaults.
     */
    private static Map<String, Class<?>> needed(List<Path> configFiles, String... args) {
        Class<?> asked = args.length > 0 ? COMMANDS.get(args[0]) : null;
        return asked == null || configFiles.stream().anyMatch(Files::exists)
                ? COMMANDS
                : Map.of(args[0], asked);
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private static int wrongUsage(ParameterException wrong, String[] args) {
        CommandLine command = wrong.getCommandLine();
        command.getErr()
                .println(command.getCommandSpec().qualifiedName() + ": " + wrong.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(wrong, command.getErr());
        command.getErr()
                .println("See '" + command.getCommandSpec().qualifiedName()
                        + " --help' for what is allowed.");
        return ExitCode.WRONG_USAGE.number();
    }

    private static IExecutionExceptionHandler failureHandler(Console console) {
        return (failure, command, parsed) -> {
            String name = command.getCommandSpec().qualifiedName();
            if (failure instanceof CommandFailure known) {
                console.err().println(name + ": " + known.getMessage());
                return known.exitCode().number();
            }
            console.err().println(name + ": a defect in Mortem: " + failure);
            for (StackTraceElement element : List.of(failure.getStackTrace())) {
                console.err().println("    at " + element);
            }
            console.err()
                    .println("Please report it with these lines and the command that you ran.");
            return ExitCode.DEFECT.number();
        };
    }
}
