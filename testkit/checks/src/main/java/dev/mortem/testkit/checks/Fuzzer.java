package dev.mortem.testkit.checks;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.LongPredicate;

/** Runs one target over damaged inputs until it does what it must not, or the time is over. */
public final class Fuzzer {
    /**
     * Inputs have some 16 KiB: a parser that needs longer does not bound its work. Of the processor: on a
     * busy machine a long run at the lowest priority stands still for that long.
     */
    private static final Duration INPUT_TIME_MAX = Duration.ofSeconds(5);

    private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();

    private static final int SHOWN_BYTES_MAX = 2048;

    private Fuzzer() {}

    /**
     * What went wrong.
     *
     * @param target whose parser
     * @param run the number of the run: the same seed and number make the same input
     * @param input what was parsed
     * @param problem the exception with its stack, or how long it took
     */
    @SuppressWarnings("ArrayRecordComponent") // made once and read once
    public record Defect(String target, long run, byte[] input, String problem) {
        @Override
        public String toString() {
            int shown = Math.min(input.length, SHOWN_BYTES_MAX);
            return "%s, run %d, %d bytes: %s%n%s"
                    .formatted(
                            target,
                            run,
                            input.length,
                            problem,
                            HexFormat.of().formatHex(input, 0, shown));
        }
    }

    /**
     * The first defect; none where all runs went well. The sound inputs themselves come first.
     *
     * @param goOn asked before each run with its number, from 0
     */
    public static Optional<Defect> run(FuzzTarget target, long seed, LongPredicate goOn) {
        for (byte[] sound : target.seeds()) {
            Optional<Defect> defect = parse(target, -1, sound);
            if (defect.isPresent()) {
                return defect;
            }
        }
        for (long run = 0; goOn.test(run); run++) {
            Mutator mutator = new Mutator(seed * 1_000_003 + run);
            byte[] input = target.seeds().get(mutator.choose(target.seeds().size()));
            byte[] other = target.seeds().get(mutator.choose(target.seeds().size()));
            Optional<Defect> defect = parse(target, run, mutator.damage(input, other));
            if (defect.isPresent()) {
                return defect;
            }
        }
        return Optional.empty();
    }

    private static Optional<Defect> parse(FuzzTarget target, long run, byte[] input) {
        long began = CLOCK.getCurrentThreadCpuTime();
        try {
            target.parser().parse(input.clone());
        } catch (RuntimeException | Error defect) {
            return Optional.of(new Defect(target.name(), run, input, stackOf(defect)));
        } catch (Exception refused) {
            // What a parser declares is its answer to bad input.
            return slow(target, run, input, began);
        }
        return slow(target, run, input, began);
    }

    private static Optional<Defect> slow(FuzzTarget target, long run, byte[] input, long began) {
        Duration took = Duration.ofNanos(CLOCK.getCurrentThreadCpuTime() - began);
        return took.compareTo(INPUT_TIME_MAX) <= 0
                ? Optional.empty()
                : Optional.of(new Defect(target.name(), run, input, "took " + took));
    }

    private static String stackOf(Throwable defect) {
        StringWriter text = new StringWriter();
        PrintWriter writer = new PrintWriter(text);
        writer.println(defect);
        StackTraceElement[] stack = defect.getStackTrace();
        for (int index = 0; index < Math.min(stack.length, 12); index++) {
            writer.println("  at " + stack[index]);
        }
        writer.flush();
        return text.toString();
    }
}
