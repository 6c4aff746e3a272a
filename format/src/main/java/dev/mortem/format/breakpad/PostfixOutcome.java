package dev.mortem.format.breakpad;

import java.util.Map;

/** What came of a program. */
public sealed interface PostfixOutcome {
    /** Of an expression: the one value that was left. */
    record Value(long value) implements PostfixOutcome {}

    /** Of a program of assignments: the variables that it set, by name. */
    record Assigned(Map<String, Long> variables) implements PostfixOutcome {
        public Assigned {
            variables = Map.copyOf(variables);
        }
    }

    /** It needs a register or name that is not known. */
    record NoVariable(String name) implements PostfixOutcome {}

    /** It needs memory that is not there. */
    record NoMemory(long address) implements PostfixOutcome {}

    /** It is no program of the language, or divides by zero. */
    record Malformed(String why) implements PostfixOutcome {}
}
