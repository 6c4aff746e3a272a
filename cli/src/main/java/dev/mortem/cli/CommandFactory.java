package dev.mortem.cli;

import dev.mortem.os.ProcessControl;

import picocli.CommandLine;

import java.time.Clock;
import java.util.function.Supplier;

/** Makes the commands with what they need from outside: console, clock, and the means to stop processes. */
final class CommandFactory implements CommandLine.IFactory {
    private final Console console;
    private final Supplier<ProcessControl> control;

    CommandFactory(Console console, Supplier<ProcessControl> control) {
        this.console = console;
        this.control = control;
    }

    @Override
    public <K> K create(Class<K> wanted) throws Exception {
        Object made = made(wanted);
        return made == null ? CommandLine.defaultFactory().create(wanted) : wanted.cast(made);
    }

    private @org.jspecify.annotations.Nullable Object made(Class<?> wanted) {
        Clock clock = Clock.systemUTC();
        if (wanted == PsCommand.class) {
            return new PsCommand(console, clock);
        }
        if (wanted == DumpCommand.class) {
            return new DumpCommand(console, clock, control);
        }
        if (wanted == WatchCommand.class) {
            return new WatchCommand(console, clock, control);
        }
        if (wanted == WatchListCommand.class) {
            return new WatchListCommand(console, clock);
        }
        if (wanted == WatchCancelCommand.class) {
            return new WatchCancelCommand(console);
        }
        if (wanted == DumpsListCommand.class) {
            return new DumpsListCommand(console);
        }
        if (wanted == ProcDumpCommand.class) {
            return new ProcDumpCommand(console, clock, control);
        }
        if (wanted == AnalyzeCommand.class) {
            return new AnalyzeCommand(console, clock);
        }
        if (wanted == ConvertCommand.class) {
            return new ConvertCommand(console);
        }
        if (wanted == StripCommand.class) {
            return new StripCommand(console);
        }
        if (wanted == SymbolsFetchCommand.class) {
            return new SymbolsFetchCommand(console, clock);
        }
        if (wanted == SymbolsInfoCommand.class) {
            return new SymbolsInfoCommand(console);
        }
        if (wanted == SymbolsPackCommand.class) {
            return new SymbolsPackCommand(console);
        }
        if (wanted == SymbolsCheckCommand.class) {
            return new SymbolsCheckCommand(console);
        }
        if (wanted == DoctorCommand.class) {
            return new DoctorCommand(console);
        }
        return wanted == DemoCommand.class ? new DemoCommand(console, clock) : null;
    }
}
