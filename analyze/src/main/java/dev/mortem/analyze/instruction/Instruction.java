package dev.mortem.analyze.instruction;

import java.util.List;
import java.util.Optional;

/**
 * One decoded instruction.
 *
 * @param accesses what it reads and writes in memory, the operand that is written out first, what
 * the
 *     stack pointer implies last
 * @param target the register that a jump or call goes through, when it goes through one
 * @param aligned whether the operand's address must be a multiple of its size
 */
public record Instruction(
        int sizeBytes, Kind kind, List<Access> accesses, Optional<String> target, boolean aligned) {
    public Instruction {
        accesses = List.copyOf(accesses);
    }

    /** What matters to a fault's explanation. */
    public enum Kind {
        ORDINARY,
        CALL,
        JUMP,
        RETURN,
        STRING,
        DIVIDE,
        BREAKPOINT,
        /** ud0, ud1, ud2: there to trap. */
        UNDEFINED,
        /** Only the kernel may: hlt, in, out, cli, wrmsr. */
        PRIVILEGED,
        SYSTEM_CALL
    }

    /** How memory is touched. */
    public enum AccessKind {
        READ("read"),
        WRITE("write"),
        READ_WRITE("write");

        private final String label;

        AccessKind(String label) {
            this.label = label;
        }

        /** As reports name it. An operand that is read and written needs leave to write. */
        public String label() {
            return label;
        }
    }

    /** @param sizeBytes 0 where the decoder does not know */
    public record Access(MemoryOperand operand, AccessKind kind, int sizeBytes) {}
}
