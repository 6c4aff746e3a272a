package dev.mortem.format.breakpad;

import dev.mortem.base.limit.Limits;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How the caller's registers follow, from {@code fromRva} up to but without {@code toRva}: what STACK CFI
 * INIT says, with the changes of the STACK CFI records behind it. Registers without a rule keep their
 * value where the calling convention has the callee save them.
 *
 * @param rules an expression for each register by its name in the file, for {@link #CFA} and {@link
 *     #RETURN_ADDRESS}
 */
public record CfiRules(long fromRva, long toRva, Map<String, PostfixProgram> rules) {
    /** The frame's base; the caller's stack pointer, where that has no rule of its own. */
    public static final String CFA = ".cfa";

    /** The caller's program counter; in an expression the return address in its register. */
    public static final String RETURN_ADDRESS = ".ra";

    public CfiRules {
        rules = Map.copyOf(rules);
    }

    /** The rule of a register, by one of its names. */
    public Optional<PostfixProgram> rule(String name) {
        return Optional.ofNullable(rules.get(name));
    }

    public boolean contains(long rva) {
        return rva >= fromRva && rva < toRva;
    }

    /** Puts a start and its changes together. Belongs to one thread. */
    static final class Reader {
        /** Registers of a CPU with its vector registers; a line has room for more. */
        private static final int REGISTERS_MAX = 256;

        private final long rva;
        private final Limits limits;
        private final Map<String, PostfixProgram> rules = new LinkedHashMap<>();
        private long from;
        private long to;
        private boolean broken;

        Reader(long rva, Limits limits) {
            this.rva = rva;
            this.limits = limits;
        }

        /** False behind what is in force at the address, and behind a line that is broken. */
        boolean take(SymLines lines) {
            SymFields fields = lines.fields();
            if (!fields.take("STACK") || !fields.take("CFI")) {
                return true;
            }
            boolean starts = fields.take("INIT");
            long start = fields.hex();
            if (starts) {
                to = start + fields.hex();
            } else if (start > rva) {
                to = Math.min(to, start);
                return false;
            } else if (start < from) {
                broken = true;
                return false;
            }
            from = start;
            broken |= lines.isCut();
            addRules(fields);
            return !broken;
        }

        /** A name ends with a colon; what follows up to the next name is its expression. */
        private void addRules(SymFields fields) {
            Optional<String> name = Optional.empty();
            StringBuilder expression = new StringBuilder();
            while (!fields.isAtEnd()) {
                String word = fields.text();
                if (word.endsWith(":")) {
                    name.ifPresent(register -> add(register, expression.toString()));
                    name = Optional.of(word.substring(0, word.length() - 1));
                    expression.setLength(0);
                } else {
                    expression.append(word).append(' ');
                }
            }
            broken |= name.isEmpty();
            name.ifPresent(register -> add(register, expression.toString()));
        }

        private void add(String register, String expression) {
            if (rules.size() >= REGISTERS_MAX && !rules.containsKey(register)) {
                broken = true;
                return;
            }
            rules.put(register, PostfixProgram.parse(expression, limits));
        }

        Optional<CfiRules> rules() {
            return broken || from >= to
                    ? Optional.empty()
                    : Optional.of(new CfiRules(from, to, rules));
        }
    }
}
