package dev.mortem.collect.source;

import dev.mortem.collect.trigger.CommandTrigger;
import dev.mortem.collect.trigger.Event;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a command again and again by a shell, without input; what it prints is dropped. */
public final class CommandEnds implements EventSource {
    /** What a shell says of a command that SIGKILL ended, and of one that cannot be run. */
    private static final int KILLED = 137;

    private static final int NOT_RUN = 126;

    private final EventQueue queue = new EventQueue();
    private final CommandTrigger.Probe probe;
    private final Rounds rounds;

    public CommandEnds(CommandTrigger.Probe probe) {
        this.probe = probe;
        this.rounds = new Rounds("mortem-command", probe.every(), this::run);
    }

    private void run() {
        try {
            Process process = new ProcessBuilder("/bin/sh", "-c", probe.command())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.getOutputStream().close();
            boolean ended;
            try {
                ended = process.waitFor(probe.timeout().toMillis(), TimeUnit.MILLISECONDS);
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
            queue.add(
                    new Event.CommandEnded(probe.command(), ended ? process.exitValue() : KILLED));
        } catch (IOException notStarted) {
            queue.add(new Event.CommandEnded(probe.command(), NOT_RUN));
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void drainTo(List<Event> events) {
        queue.drainTo(events);
    }

    @Override
    public void close() {
        rounds.close();
    }
}
