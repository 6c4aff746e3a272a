package dev.mortem.stack.symfile;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.format.breakpad.CfiRules;
import dev.mortem.format.breakpad.SymFileWriter;
import dev.mortem.format.dwarf.cfi.CfaRule;
import dev.mortem.format.dwarf.cfi.Fde;
import dev.mortem.format.dwarf.cfi.FrameProgram;
import dev.mortem.format.dwarf.cfi.FrameRow;
import dev.mortem.format.dwarf.cfi.FrameTable;
import dev.mortem.format.dwarf.cfi.RegisterRule;

import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * STACK CFI records of call frame information. The language of these records has no tests and no shifts:
 * code whose frame is computed by a DWARF expression (linkage tables) gets none, and a register whose
 * place is, no rule.
 */
final class DwarfRules {
    private final Cpu cpu;
    private final long baseSvma;
    private final SymFileWriter out;
    private final Limits limits;
    private final Diagnostics diagnostics;
    private final Set<Long> written = new HashSet<>();

    DwarfRules(Cpu cpu, long baseSvma, SymFileWriter out, Limits limits, Diagnostics diagnostics) {
        this.cpu = cpu;
        this.baseSvma = baseSvma;
        this.out = out;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    /** Writes all of a table; of several entries for one function the first. */
    void write(FrameTable table) throws IOException {
        for (Fde fde : table.all()) {
            if (fde.range().start() != 0 && written.add(fde.range().start())) {
                write(fde);
            }
        }
    }

    private void write(Fde fde) throws IOException {
        List<FrameRow> rows;
        try {
            rows = FrameProgram.rows(fde, limits);
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "one function has no unwind records");
            return;
        }
        RuleRecords records = new RuleRecords(out, fde.range().end() - baseSvma);
        for (FrameRow row : rows) {
            Optional<Map<String, String>> rules = rules(row, fde);
            if (rules.isEmpty()) {
                return; // a reader guesses what is behind the last record as it holds
            }
            records.at(row.start() - baseSvma, rules.get());
        }
    }

    private Optional<Map<String, String>> rules(FrameRow row, Fde fde) {
        if (!(row.cfa() instanceof CfaRule.RegisterOffset cfa)
                || cfa.register() >= cpu.registerNames().size()) {
            return Optional.empty();
        }
        Map<String, String> rules = new LinkedHashMap<>();
        rules.put(CfiRules.CFA, register(cpu, cfa.register()) + " " + cfa.offset() + " +");
        int returnAddress = fde.cie().returnAddressRegister();
        rules.put(
                CfiRules.RETURN_ADDRESS,
                row.ruleOf(returnAddress)
                        .flatMap(this::expression)
                        .orElse(
                                returnAddress < cpu.registerNames().size()
                                        ? register(cpu, returnAddress)
                                        : ".undef"));
        for (int index = 0; index < row.ruleCount(); index++) {
            int register = row.register(index);
            if (register == returnAddress || register >= cpu.registerNames().size()) {
                continue;
            }
            expression(row.rule(index)).ifPresent(rule -> rules.put(register(cpu, register), rule));
        }
        return Optional.of(rules);
    }

    private Optional<String> expression(RegisterRule rule) {
        return switch (rule) {
            case RegisterRule.Offset saved ->
                Optional.of(CfiRules.CFA + " " + saved.offset() + " + ^");
            case RegisterRule.ValOffset value ->
                Optional.of(CfiRules.CFA + " " + value.offset() + " +");
            case RegisterRule.InRegister other ->
                other.register() < cpu.registerNames().size()
                        ? Optional.of(register(cpu, other.register()))
                        : Optional.empty();
            case RegisterRule.Undefined _ -> Optional.of(".undef");
            case RegisterRule.SameValue _,
                    RegisterRule.Expression _,
                    RegisterRule.ValExpression _ -> Optional.empty();
        };
    }

    /** As Breakpad calls it: with a dollar on the CPUs of the x86 family. */
    static String register(Cpu cpu, int number) {
        String name = cpu.registerNames().get(number);
        return cpu == Cpu.X86_64 || cpu == Cpu.X86 ? "$" + name : name;
    }
}
