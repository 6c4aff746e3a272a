package dev.mortem.stack.symfile;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.format.breakpad.CfiRules;
import dev.mortem.format.breakpad.SymFileWriter;
import dev.mortem.format.pe.PeImage;
import dev.mortem.format.pe.unwind.RuntimeFunction;
import dev.mortem.format.pe.unwind.UnwindCode;
import dev.mortem.format.pe.unwind.UnwindInfo;
import dev.mortem.format.pe.unwind.X64FunctionTable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * STACK CFI records of the unwind information of x64 images: a row behind each instruction of the prolog.
 * These records cannot tell where epilogs are, which a reader of the image finds in its code.
 */
final class WindowsRules {
    private static final int WORD_BYTES = 8;

    private final SymFileWriter out;
    private final Diagnostics diagnostics;

    WindowsRules(SymFileWriter out, Diagnostics diagnostics) {
        this.out = out;
        this.diagnostics = diagnostics;
    }

    /** @param functions the sizes of functions that are known by where they start */
    void write(PeImage image, Map<Long, Long> functions) throws IOException {
        try {
            Optional<X64FunctionTable> table = X64FunctionTable.read(image, diagnostics);
            for (long index = 0; table.isPresent() && index < table.get().count(); index++) {
                RuntimeFunction function = table.get().get(index);
                write(function, chain(table.get(), function));
            }
            if (table.isPresent()) {
                leaves(table.get(), functions);
            }
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "functions behind it have no unwind records");
        }
    }

    /** A function without an entry moves neither the stack pointer nor its caller's registers. */
    private void leaves(X64FunctionTable table, Map<Long, Long> functions)
            throws IOException, MalformedException {
        Map<String, String> rules = new Frame().rules();
        for (Map.Entry<Long, Long> function : new TreeMap<>(functions).entrySet()) {
            long rva = function.getKey();
            if (function.getValue() > 0 && table.find(rva).isEmpty()) {
                new RuleRecords(out, rva + function.getValue()).at(rva, rules);
            }
        }
    }

    private List<UnwindInfo> chain(X64FunctionTable table, RuntimeFunction function) {
        try {
            return function.beginRva() < function.endRva() ? table.unwind(function) : List.of();
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "one function has no unwind records");
            return List.of();
        }
    }

    private void write(RuntimeFunction function, List<UnwindInfo> chain) throws IOException {
        Frame frame = new Frame();
        for (UnwindInfo info : chain.reversed().subList(0, Math.max(0, chain.size() - 1))) {
            for (UnwindCode code : info.codes().reversed()) {
                frame.step(code, info);
            }
            frame.end();
        }
        if (chain.isEmpty()) {
            return;
        }
        UnwindInfo own = chain.getFirst();
        List<UnwindCode> codes = own.codes().reversed(); // in the order of execution
        RuleRecords records = new RuleRecords(out, function.endRva());
        records.at(function.beginRva(), frame.rules());
        int index = 0;
        while (index < codes.size() && !frame.unknown) {
            int offset = codes.get(index).prologOffset();
            while (index < codes.size() && codes.get(index).prologOffset() == offset) {
                frame.step(codes.get(index++), own);
            }
            boolean last = index == codes.size();
            if (last) {
                frame.end();
            }
            long rva = function.beginRva() + offset;
            if (!frame.unknown && rva < function.endRva()) {
                records.at(rva, frame.rules());
            }
        }
    }

    /** What the prolog has done so far. */
    private static final class Frame {
        private long cfaOffset = WORD_BYTES; // from sp: the return address alone
        private String base = DwarfRules.register(Cpu.X86_64, Cpu.X86_64.sp());
        private long baseOffset = WORD_BYTES; // from base to the frame's end
        private final Map<String, Long> saved = new LinkedHashMap<>();
        private final List<UnwindCode.Save> savesToPlace = new ArrayList<>();
        private boolean hasFrameRegister;
        private long frameCfaOffset;
        private boolean unknown;

        void step(UnwindCode code, UnwindInfo info) {
            switch (code) {
                case UnwindCode.Push push -> {
                    move(WORD_BYTES);
                    saved.put(register(push.register()), -cfaOffset);
                }
                case UnwindCode.Allocate allocate -> move(allocate.bytes());
                case UnwindCode.SetFrame _ -> setFrame(info);
                case UnwindCode.Save save -> savesToPlace.add(save);
                case UnwindCode.SaveXmm _, UnwindCode.Spare _ -> {}
                case UnwindCode.PushMachineFrame _ -> unknown = true;
            }
        }

        /** Saves count from sp as the prolog leaves it, which is known at its end only. */
        void end() {
            for (UnwindCode.Save save : savesToPlace) {
                long from = hasFrameRegister ? frameCfaOffset : cfaOffset;
                saved.put(register(save.register()), save.bytes() - from);
            }
            savesToPlace.clear();
        }

        private void move(long bytes) {
            cfaOffset += bytes;
            if (!hasFrameRegister) {
                baseOffset = cfaOffset;
            }
        }

        private void setFrame(UnwindInfo info) {
            if (info.frameRegister().isPresent()) {
                hasFrameRegister = true;
                base = register(info.frameRegister().getAsInt());
                frameCfaOffset = cfaOffset;
                baseOffset = cfaOffset - info.frameOffsetBytes();
            }
        }

        Map<String, String> rules() {
            Map<String, String> rules = new LinkedHashMap<>();
            rules.put(CfiRules.CFA, base + " " + baseOffset + " +");
            rules.put(CfiRules.RETURN_ADDRESS, CfiRules.CFA + " -8 + ^");
            saved.forEach((register, offset) ->
                    rules.put(register, CfiRules.CFA + " " + offset + " + ^"));
            return rules;
        }

        private static String register(int number) {
            return DwarfRules.register(Cpu.X86_64, number);
        }
    }
}
