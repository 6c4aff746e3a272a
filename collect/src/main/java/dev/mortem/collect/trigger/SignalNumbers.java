package dev.mortem.collect.trigger;

import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/** Standard signals by name, the same numbers on x86 and arm (signal(7)); those that can be seen coming. */
public final class SignalNumbers {
    private static final Map<String, Integer> NUMBERS = Map.ofEntries(
            Map.entry("SIGHUP", 1),
            Map.entry("SIGINT", 2),
            Map.entry("SIGQUIT", 3),
            Map.entry("SIGILL", 4),
            Map.entry("SIGTRAP", 5),
            Map.entry("SIGABRT", 6),
            Map.entry("SIGBUS", 7),
            Map.entry("SIGFPE", 8),
            Map.entry("SIGKILL", 9),
            Map.entry("SIGUSR1", 10),
            Map.entry("SIGSEGV", 11),
            Map.entry("SIGUSR2", 12),
            Map.entry("SIGPIPE", 13),
            Map.entry("SIGALRM", 14),
            Map.entry("SIGTERM", 15),
            Map.entry("SIGXCPU", 24),
            Map.entry("SIGXFSZ", 25),
            Map.entry("SIGSYS", 31));

    /** Those that a crash raises. */
    private static final Set<Integer> OF_CRASHES = Set.of(4, 5, 6, 7, 8, 11, 31);

    private SignalNumbers() {}

    public static OptionalInt number(String name) {
        return Optional.ofNullable(NUMBERS.get(name))
                .map(OptionalInt::of)
                .orElse(OptionalInt.empty());
    }

    /** "SIGSEGV"; "signal 42" for one that has no name here. */
    public static String name(int number) {
        return NUMBERS.entrySet().stream()
                .filter(entry -> entry.getValue() == number)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("signal " + number);
    }

    /** Of names, and of {@link SignalTrigger#ANY}, which means those of crashes. */
    public static Set<Integer> numbers(Set<String> names) {
        Set<Integer> numbers = names.stream()
                .flatMap(name -> number(name).stream().boxed())
                .collect(Collectors.toCollection(HashSet::new));
        if (names.contains(SignalTrigger.ANY)) {
            numbers.addAll(OF_CRASHES);
        }
        return numbers;
    }
}
