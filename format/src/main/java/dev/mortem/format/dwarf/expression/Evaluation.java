package dev.mortem.format.dwarf.expression;

/** What evaluating a sound expression gave: a value, or what it lacked. */
public sealed interface Evaluation {
    /** The top of the stack at the end. */
    record Value(long value) implements Evaluation {}

    /** It reads memory that is not there. */
    record NoMemory(long address) implements Evaluation {}

    /** It reads a register, by its DWARF number, whose value is not known. */
    record NoRegister(int register) implements Evaluation {}

    /**
     * It holds an operation that is not evaluated, or has no meaning in call frame information (DWARF 5,
     * 6.4.2), or needs what is not known of the frame: its base, or a value that it was entered with.
     */
    record Unsupported(int opcode) implements Evaluation {}
}
