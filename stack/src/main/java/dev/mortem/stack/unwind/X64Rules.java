package dev.mortem.stack.unwind;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.pe.unwind.RuntimeFunction;
import dev.mortem.format.pe.unwind.UnwindCode;
import dev.mortem.format.pe.unwind.UnwindInfo;
import dev.mortem.format.pe.unwind.X64FunctionTable;
import dev.mortem.stack.unwind.WindowsCode.Suggestion;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a table of functions of x64 says of a place in one of them ("x64 exception handling", "Unwind
 * procedure").
 *
 * @param base what the table's addresses count from
 * @param same whether a jump stays in the function that it leaves
 */
record X64Rules(long base, X64FunctionTable table, SameFunction same) {
    /** Whether an rva lies in a function, or in another part of it, where that is known. */
    @FunctionalInterface
    interface SameFunction {
        boolean is(RuntimeFunction function, long targetRva);
    }

    /** The rules for a pc in a function of the table, better ones first. */
    List<Suggestion> of(RuntimeFunction function, long pc, boolean exact, CodeMap code)
            throws MalformedException {
        List<UnwindInfo> chain = table.unwind(function);
        if (chain.isEmpty()) {
            return List.of(); // an entry that points at others only
        }
        UnwindInfo info = chain.getFirst();
        long offset = pc - base - function.beginRva();
        List<Suggestion> rules = new ArrayList<>();
        if (exact && (offset >= info.prologBytes() || info.chained().isPresent())) {
            epilog(info, function, pc, code).ifPresent(rules::add);
        }
        rules.add(new Suggestion(codes(chain, offset), true));
        return rules;
    }

    /** The codes of what was executed of the prolog, then all of the functions that this one continues. */
    private static UnwindRule.WindowsCodes codes(List<UnwindInfo> chain, long offset) {
        List<UnwindCode> done = new ArrayList<>();
        OptionalInt frameRegister = OptionalInt.empty();
        long frameOffsetBytes = 0;
        for (int part = 0; part < chain.size(); part++) {
            UnwindInfo info = chain.get(part);
            boolean whole = part > 0 || offset >= info.prologBytes();
            for (UnwindCode unwind : info.codes()) {
                if (whole || unwind.prologOffset() <= offset) {
                    done.add(unwind);
                }
            }
            boolean isSet = whole || done.stream().anyMatch(UnwindCode.SetFrame.class::isInstance);
            if (frameRegister.isEmpty() && info.frameRegister().isPresent() && isSet) {
                frameRegister = info.frameRegister();
                frameOffsetBytes = info.frameOffsetBytes();
            }
        }
        return new UnwindRule.WindowsCodes(frameRegister, frameOffsetBytes, done);
    }

    /**
     * Version 1 leaves epilogs to be told by their bytes. A jump is only one where it leaves the function
     * with all its parts, and even then the frame may still be there: a part that was moved away and
     * says nothing of where it belongs. Version 2 says where they are.
     */
    private Optional<Suggestion> epilog(
            UnwindInfo info, RuntimeFunction function, long pc, CodeMap code) {
        long fromEnd = function.endRva() + base - pc;
        boolean listed = info.epilogs().stream()
                .anyMatch(epilog -> fromEnd <= epilog.fromEndBytes()
                        && epilog.fromEndBytes() - fromEnd < epilog.sizeBytes());
        if (info.version() == 2 && !listed) {
            return Optional.empty();
        }
        Optional<Epilogs.Found> found = Epilogs.at(pc, code);
        if (found.isEmpty()) {
            return listed ? Optional.of(byCodes(info, fromEnd)) : Optional.empty();
        }
        boolean leaves = found.get().target().isEmpty()
                || !same.is(function, found.get().target().getAsLong() - base);
        return leaves || listed
                ? Optional.of(new Suggestion(found.get().rule(), found.get().returns() || listed))
                : Optional.empty();
    }

    /**
     * Without the bytes: an epilog of version 2 pops, in the order of the codes, a byte for a register
     * and two for r8 to r15; what was allocated was freed before it.
     */
    private static Suggestion byCodes(UnwindInfo info, long fromEnd) {
        long executed = info.epilogs().stream()
                .mapToLong(epilog -> epilog.fromEndBytes() - fromEnd)
                .filter(offset -> offset >= 0)
                .min()
                .orElse(0);
        List<UnwindCode> left = new ArrayList<>();
        for (UnwindCode code : info.codes()) {
            if (code instanceof UnwindCode.Push(int _, int register)) {
                if (executed <= 0) {
                    left.add(code);
                }
                executed -= register >= 8 ? 2 : 1;
            }
        }
        return new Suggestion(new UnwindRule.WindowsCodes(OptionalInt.empty(), 0, left), false);
    }
}
