package dev.mortem.collect.trigger;

import dev.mortem.base.snapshot.SignalNames;

import java.util.HashSet;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/** Numbers of the signals that a watch can await. */
public final class SignalNumbers {
    /** Standard ones but those that programs live with, as SIGCHLD, and those that stop them. */
    private static final Set<Integer> SEEN_COMING =
            Set.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 31);

    /** Those that a crash raises. */
    private static final Set<Integer> OF_CRASHES = Set.of(4, 5, 6, 7, 8, 11, 31);

    private SignalNumbers() {}

    public static OptionalInt number(String name) {
        OptionalInt number = SignalNames.number(name);
        return number.isPresent() && SEEN_COMING.contains(number.getAsInt())
                ? number
                : OptionalInt.empty();
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
