package dev.mortem.collect.trigger;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A condition is met.
 *
 * @param reason one word for file names: "Cpu"
 * @param words one line for people, with the values: "cpu 1.98 cores for 2.0 s"
 * @param values by name, in the order in which they are to be read
 */
public record Firing(String reason, String words, Map<String, String> values) {
    public Firing {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    /** From names and values in turn; an empty value is none. */
    static Firing of(String reason, String words, String... namesAndValues) {
        Map<String, String> values = new LinkedHashMap<>();
        for (int index = 0; index + 1 < namesAndValues.length; index += 2) {
            if (!namesAndValues[index + 1].isEmpty()) {
                values.put(namesAndValues[index], namesAndValues[index + 1]);
            }
        }
        return new Firing(reason, words, values);
    }

    /** Several in one; of values with the same name the later ones have a number. */
    public static Firing merged(List<Firing> firings) {
        Map<String, String> values = new LinkedHashMap<>();
        for (int index = 0; index < firings.size(); index++) {
            String number = Integer.toString(index + 1);
            firings.get(index)
                    .values()
                    .forEach((name, value) ->
                            values.put(values.containsKey(name) ? name + number : name, value));
        }
        return new Firing(
                firings.stream().map(Firing::reason).distinct().collect(Collectors.joining("+")),
                firings.stream().map(Firing::words).collect(Collectors.joining("; ")),
                values);
    }
}
