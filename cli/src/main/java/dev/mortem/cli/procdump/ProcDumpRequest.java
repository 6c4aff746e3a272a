package dev.mortem.cli.procdump;

import dev.mortem.dump.reduce.DumpKind;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** What a command line of ProcDump asks for. */
public sealed interface ProcDumpRequest {
    /** The help. */
    record Help() implements ProcDumpRequest {}

    /** That whatever watches a process ends. */
    record Cancel(long pid) implements ProcDumpRequest {}

    /**
     * Dumps.
     *
     * @param place a file's name or a folder; empty for the current folder
     * @param types what each dump is to hold, the smallest first; each is a file of its own
     * @param notes what is to be told about options that change nothing
     */
    record Collect(
            Subject subject,
            Optional<String> place,
            List<DumpType> types,
            Conditions conditions,
            Rhythm rhythm,
            Care care,
            List<String> notes)
            implements ProcDumpRequest {
        public Collect {
            types = List.copyOf(types);
            notes = List.copyOf(notes);
        }
    }

    /** Whom it is about. */
    sealed interface Subject {}

    /**
     * One that runs, or will.
     *
     * @param target a pid, a name, or one of Mortem's own words such as unit:NAME
     * @param await whether it may be started later
     */
    record Running(String target, boolean await) implements Subject {}

    /** One that is to be started. */
    record Launched(String program, List<String> arguments) implements Subject {
        public Launched {
            arguments = List.copyOf(arguments);
        }
    }

    /**
     * What one dump holds.
     *
     * @param mask MINIDUMP_TYPE where it was given as such; {@code kind} is then the nearest one
     */
    record DumpType(String option, DumpKind kind, OptionalLong mask) {}

    /** Which exceptions count. */
    enum ExceptionWatch {
        NONE,
        UNHANDLED,
        FIRST_CHANCE
    }

    /** A counter of a process, with its threshold. */
    record CounterThreshold(String path, ProcessCounter counter, boolean below, double threshold) {}

    /**
     * When to dump; any of them does.
     *
     * @param cpuAbove percent of all cores, or of one core with {@code perCore}
     * @param memoryAbove in MiB, as all of ProcDump's MB are
     * @param signals names of signals that count whether they are handled or not
     * @param breakpoints whether handled breakpoints are exceptions too
     */
    record Conditions(
            OptionalDouble cpuAbove,
            OptionalDouble cpuBelow,
            boolean perCore,
            OptionalLong memoryAbove,
            OptionalLong memoryBelow,
            OptionalLong threads,
            OptionalLong descriptors,
            List<CounterThreshold> counters,
            List<String> signals,
            ExceptionWatch exceptions,
            boolean breakpoints,
            boolean log,
            boolean end,
            boolean moduleLoad,
            boolean moduleUnload,
            boolean threadStart,
            boolean threadEnd,
            ExceptionFilter filter) {
        public Conditions {
            counters = List.copyOf(counters);
            signals = List.copyOf(signals);
        }

        /** Whether dumps wait for anything. */
        public boolean isEmpty() {
            return !hasThreshold()
                    && signals.isEmpty()
                    && exceptions == ExceptionWatch.NONE
                    && !log
                    && !end
                    && !moduleLoad
                    && !moduleUnload
                    && !threadStart
                    && !threadEnd;
        }

        /** Whether one of them must hold for a time. */
        public boolean hasThreshold() {
            return cpuAbove.isPresent()
                    || cpuBelow.isPresent()
                    || memoryAbove.isPresent()
                    || memoryBelow.isPresent()
                    || threads.isPresent()
                    || descriptors.isPresent()
                    || !counters.isEmpty();
        }
    }

    /**
     * How often.
     *
     * @param seconds between dumps without a condition, else the time that a threshold must hold
     * @param interval from one look to the next
     */
    record Rhythm(int count, Duration seconds, Duration interval) {}

    /**
     * How.
     *
     * @param clones how many copies at a time were allowed, where a copy was asked for
     * @param avoidOutage whether there is rather no dump than a process that stands
     * @param atMost how long a dump may take
     */
    record Care(
            OptionalInt clones,
            boolean avoidOutage,
            Optional<Duration> atMost,
            boolean overwrite,
            boolean kill,
            Optional<String> comment) {}
}
