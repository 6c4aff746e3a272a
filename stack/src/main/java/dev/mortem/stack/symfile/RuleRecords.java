package dev.mortem.stack.symfile;

import dev.mortem.format.breakpad.SymFileWriter;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The STACK CFI records of one function: what its first instruction's rules are, then what changes.
 * Belongs to one thread.
 */
final class RuleRecords {
    private final SymFileWriter out;
    private final long endRva;
    private Map<String, String> last = Map.of();
    private boolean begun;

    RuleRecords(SymFileWriter out, long endRva) {
        this.out = out;
        this.endRva = endRva;
    }

    /**
     * The rules from there on.
     *
     * @param rules an expression for each register by its name; without one a register keeps its value
     */
    void at(long rva, Map<String, String> rules) throws IOException {
        if (!begun) {
            begun = true;
            out.cfiStart(rva, endRva - rva, text(rules));
        } else {
            Map<String, String> changes = changes(rules);
            if (!changes.isEmpty()) {
                out.cfiChange(rva, text(changes));
            }
        }
        last = new LinkedHashMap<>(rules);
    }

    private Map<String, String> changes(Map<String, String> rules) {
        Map<String, String> changes = new LinkedHashMap<>();
        rules.forEach((register, rule) -> {
            if (!rule.equals(last.get(register))) {
                changes.put(register, rule);
            }
        });
        for (String register : last.keySet()) {
            if (!rules.containsKey(register)) {
                changes.put(register, register); // it has its caller's value again
            }
        }
        return changes;
    }

    private static String text(Map<String, String> rules) {
        StringBuilder text = new StringBuilder();
        rules.forEach((register, rule) -> text.append(text.isEmpty() ? "" : " ")
                .append(register)
                .append(": ")
                .append(rule));
        return text.toString();
    }
}
