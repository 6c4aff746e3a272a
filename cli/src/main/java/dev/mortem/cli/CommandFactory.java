package dev.mortem.cli;

import picocli.CommandLine;

import java.time.Clock;

/** Makes the commands with what they need from outside: the console and the clock. */
final class CommandFactory implements CommandLine.IFactory {
    private final Console console;

    CommandFactory(Console console) {
        this.console = console;
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
            return new DumpCommand(console, clock);
        }
        if (wanted == AnalyzeCommand.class) {
            return new AnalyzeCommand(console, clock);
        }
        if (wanted == DoctorCommand.class) {
            return new DoctorCommand(console);
        }
        return wanted == DemoCommand.class ? new DemoCommand(console, clock) : null;
    }
}
