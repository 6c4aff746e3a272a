package dev.mortem.format.breakpad;

import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * An expression or program in Breakpad's postfix language: decimal numbers, names, {@code + - * / % @}
 * over two values, {@code ^} which reads the word at an address, {@code =} which gives a name that
 * starts with "$" a value. {@code a @ b} is a, rounded down to a multiple of b, a power of two. Numbers
 * are unsigned and wrap at the size of a word.
 *
 * <p>Each word is executed once and there are no jumps, so that every program ends; its stack is never
 * deeper than it has words. Immutable, safe for any thread.
 */
public final class PostfixProgram {
    static final Limit WORDS_MAX = new Limit(
            "words of a postfix program",
            1024,
            "words",
            "the longest that compilers write have some 60");

    /** In place of an expression: the value is lost. */
    private static final String UNDEFINED = ".undef";

    /** The sign and the digits of the largest 64-bit number. */
    private static final int NUMBER_CHARS_MAX = 21;

    private final List<String> words;
    private final boolean tooLong;

    private PostfixProgram(List<String> words, boolean tooLong) {
        this.words = List.copyOf(words);
        this.tooLong = tooLong;
    }

    /** Splits a text into words; whether they form a program shows when it is executed. */
    public static PostfixProgram parse(String text, Limits limits) {
        List<String> words = new ArrayList<>();
        int wordsMax = limits.maxInt(WORDS_MAX);
        int at = 0;
        while (at < text.length()) {
            int end = text.indexOf(' ', at);
            end = end < 0 ? text.length() : end;
            if (end > at) {
                if (words.size() == wordsMax) {
                    return new PostfixProgram(List.of(), true);
                }
                words.add(text.substring(at, end));
            }
            at = end + 1;
        }
        return new PostfixProgram(words, false);
    }

    /** Whether it says that the value is lost. */
    public boolean isUndefined() {
        return words.equals(List.of(UNDEFINED));
    }

    /** Whether the program reads or sets the name. */
    public boolean mentions(String name) {
        return words.contains(name);
    }

    /**
     * The value of an expression, which sets nothing.
     *
     * @param wordBytes 4 or 8: the size of the CPU's words
     */
    public PostfixOutcome value(PostfixInputs inputs, int wordBytes) {
        Machine machine = new Machine(inputs, wordBytes);
        try {
            machine.execute();
            long value = machine.pop();
            if (!machine.stack.isEmpty() || !machine.assigned.isEmpty()) {
                return new PostfixOutcome.Malformed("'" + this + "' is not one expression");
            }
            return new PostfixOutcome.Value(value);
        } catch (EndedException ended) {
            return ended.outcome;
        }
    }

    /**
     * Executes a program of assignments. A name that it has set has that value from there on; else it is
     * asked of {@code inputs}.
     *
     * @param wordBytes 4 or 8: the size of the CPU's words
     */
    public PostfixOutcome run(PostfixInputs inputs, int wordBytes) {
        Machine machine = new Machine(inputs, wordBytes);
        try {
            machine.execute();
            return machine.stack.isEmpty()
                    ? new PostfixOutcome.Assigned(machine.assigned)
                    : new PostfixOutcome.Malformed("'" + this + "' leaves values unused");
        } catch (EndedException ended) {
            return ended.outcome;
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PostfixProgram that
                && tooLong == that.tooLong
                && words.equals(that.words);
    }

    @Override
    public int hashCode() {
        return words.hashCode();
    }

    @Override
    public String toString() {
        return tooLong ? "a program that is too long" : String.join(" ", words);
    }

    /** On the stack: a name until its value is needed. */
    private sealed interface Item {
        record Word(long value) implements Item {}

        record Name(String text) implements Item {}
    }

    /** Ends the execution with what came of it. */
    private static final class EndedException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient PostfixOutcome outcome;

        EndedException(PostfixOutcome outcome) {
            super(outcome.toString(), null, false, false);
            this.outcome = outcome;
        }
    }

    /** One execution. */
    private final class Machine {
        private final PostfixInputs inputs;
        private final long mask;
        private final Deque<Item> stack = new ArrayDeque<>();
        private final Map<String, Long> assigned = new HashMap<>();

        Machine(PostfixInputs inputs, int wordBytes) {
            this.inputs = inputs;
            this.mask = wordBytes == 4 ? 0xffff_ffffL : -1L;
        }

        void execute() throws EndedException {
            if (tooLong) {
                throw malformed("has too many words");
            }
            for (String word : words) {
                step(word);
            }
        }

        private void step(String word) throws EndedException {
            switch (word) {
                case "+", "-", "*", "/", "%", "@" -> {
                    long right = pop();
                    long left = pop();
                    push(compute(word.charAt(0), left, right));
                }
                case "^" -> {
                    long address = pop();
                    OptionalLong value = inputs.memory(address);
                    if (value.isEmpty()) {
                        throw new EndedException(new PostfixOutcome.NoMemory(address));
                    }
                    push(value.getAsLong());
                }
                case "=" -> {
                    long value = pop();
                    if (stack.poll() instanceof Item.Name(String name) && name.startsWith("$")) {
                        assigned.put(name, value);
                    } else {
                        throw malformed("sets something that is no variable");
                    }
                }
                default -> {
                    char first = word.charAt(0);
                    if (first == '$' || first == '.' || Character.isLetter(first)) {
                        stack.push(new Item.Name(word));
                    } else {
                        push(number(word));
                    }
                }
            }
        }

        private long compute(char operator, long left, long right) throws EndedException {
            return switch (operator) {
                case '+' -> left + right;
                case '-' -> left - right;
                case '*' -> left * right;
                case '/' -> Long.divideUnsigned(left, divisor(right));
                case '%' -> Long.remainderUnsigned(left, divisor(right));
                default -> {
                    if (Long.bitCount(right) != 1) {
                        throw malformed("aligns to what is no power of two");
                    }
                    yield left & -right;
                }
            };
        }

        private long divisor(long value) throws EndedException {
            if (value == 0) {
                throw malformed("divides by zero");
            }
            return value;
        }

        private long number(String word) throws EndedException {
            if (word.length() <= NUMBER_CHARS_MAX && word.charAt(0) != '+') {
                try {
                    return word.charAt(0) == '-'
                            ? Long.parseLong(word)
                            : Long.parseUnsignedLong(word);
                } catch (NumberFormatException noNumber) {
                    throw malformed("has a word that is nothing");
                }
            }
            throw malformed("has a word that is nothing");
        }

        private void push(long value) {
            stack.push(new Item.Word(value & mask));
        }

        long pop() throws EndedException {
            Item item = stack.poll();
            return switch (item) {
                case null -> throw malformed("takes more values than there are");
                case Item.Word(long value) -> value;
                case Item.Name(String name) -> variable(name);
            };
        }

        private long variable(String name) throws EndedException {
            Long set = assigned.get(name);
            OptionalLong value = set != null ? OptionalLong.of(set) : inputs.variable(name);
            if (value.isEmpty()) {
                throw new EndedException(new PostfixOutcome.NoVariable(name));
            }
            return value.getAsLong() & mask;
        }

        private EndedException malformed(String what) {
            return new EndedException(
                    new PostfixOutcome.Malformed("'" + PostfixProgram.this + "' " + what));
        }
    }
}
