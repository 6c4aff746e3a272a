package dev.mortem.stack.unwind;

import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.format.breakpad.CfiRules;
import dev.mortem.format.breakpad.PostfixInputs;
import dev.mortem.format.breakpad.PostfixOutcome;
import dev.mortem.format.breakpad.PostfixProgram;
import dev.mortem.format.breakpad.WinFrame;
import dev.mortem.stack.unwind.RuleExecution.Outcome;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Executes what Breakpad symbol files say of unwinding (Breakpad documentation, "Symbol Files": STACK CFI
 * and STACK WIN records). Belongs to one thread.
 */
final class SymbolFileExecution {
    /** What a STACK WIN program may restore besides esp and eip. */
    private static final List<String> RESTORED = List.of("ebp", "ebx", "esi", "edi");

    private static final int X86_WORD_BYTES = 4;

    private final CpuConvention convention;
    private final Cpu cpu;
    private final int wordSizeBytes;
    private final MemoryReader memory;

    SymbolFileExecution(CpuConvention convention, MemoryReader memory) {
        this.convention = convention;
        this.cpu = convention.cpu();
        this.wordSizeBytes = cpu.registerSizeBytes();
        this.memory = memory;
    }

    /** Each register by its expression; sp by {@code .cfa} where it has none. */
    Outcome follow(CfiRules rules, Registers callee, Registers caller) {
        Optional<PostfixProgram> cfaRule = rules.rule(CfiRules.CFA);
        Optional<PostfixProgram> returnRule = returnRule(rules);
        if (cfaRule.isEmpty() || returnRule.isEmpty()) {
            return new Outcome.Failed("the symbol file has no rule of the frame or its caller");
        }
        if (returnRule.get().isUndefined()) {
            return new Outcome.NoCaller();
        }
        PostfixOutcome base = evaluate(cfaRule.get(), OptionalLong.empty(), callee);
        if (!(base instanceof PostfixOutcome.Value(long cfa))) {
            return lacking(base);
        }
        PostfixOutcome target = evaluate(returnRule.get(), OptionalLong.of(cfa), callee);
        if (!(target instanceof PostfixOutcome.Value(long pc))) {
            return lacking(target);
        }
        caller.copyFrom(callee, convention.calleeSaved());
        caller.set(cpu.sp(), cfa);
        for (Map.Entry<String, PostfixProgram> rule : rules.rules().entrySet()) {
            OptionalInt register = register(rule.getKey());
            if (register.isEmpty() || register.getAsInt() == cpu.pc()) {
                continue; // .cfa, .ra, a vector register
            }
            PostfixOutcome value = evaluate(rule.getValue(), OptionalLong.of(cfa), callee);
            if (value instanceof PostfixOutcome.Value(long known)) {
                caller.set(register.getAsInt(), known);
            } else {
                caller.forget(register.getAsInt());
            }
        }
        if (!caller.isKnown(cpu.sp())) {
            return new Outcome.Failed("the caller's stack pointer is not known");
        }
        caller.set(cpu.pc(), convention.cleanReturnAddress(pc));
        // It held the address that was returned to: what it holds in the caller is not known.
        cpu.linkRegister().ifPresent(caller::forget);
        return new Outcome.Done();
    }

    /** Older files name the program counter itself. */
    private Optional<PostfixProgram> returnRule(CfiRules rules) {
        String pc = cpu.registerNames().get(cpu.pc());
        return rules.rule(CfiRules.RETURN_ADDRESS)
                .or(() -> rules.rule("$" + pc))
                .or(() -> rules.rule(pc));
    }

    private PostfixOutcome evaluate(PostfixProgram rule, OptionalLong cfa, Registers callee) {
        return rule.value(
                new PostfixInputs() {
                    @Override
                    public OptionalLong variable(String name) {
                        return switch (name) {
                            case CfiRules.CFA -> cfa;
                            case CfiRules.RETURN_ADDRESS ->
                                callee.get(cpu.linkRegister().orElse(-1));
                            default -> callee.get(register(name).orElse(-1));
                        };
                    }

                    @Override
                    public OptionalLong memory(long address) {
                        return memory.unsigned(address, wordSizeBytes);
                    }
                },
                wordSizeBytes);
    }

    /** By the names that files use: with "$" on x86, and of ARM's registers those of their roles too. */
    private OptionalInt register(String name) {
        String plain = name.startsWith("$") ? name.substring(1) : name;
        OptionalInt register = switch (plain) {
            case "fp" -> OptionalInt.of(cpu.fp());
            case "lr" -> cpu.linkRegister();
            default -> cpu.register(plain);
        };
        return register.isPresent() && register.getAsInt() < convention.dwarfRegisters()
                ? register
                : OptionalInt.empty();
    }

    /** What the record's program, or the sizes in it, say. */
    Outcome follow(UnwindRule.WindowsFrame rule, Registers callee, Registers caller) {
        WinFrame frame = rule.frame();
        long sizeBytes =
                frame.localBytes() + frame.savedRegisterBytes() + rule.calleeParameterBytes();
        long returnAddress = cut(callee.sp() + sizeBytes);
        return frame.program().isPresent()
                ? run(frame.program().get(), rule, returnAddress, callee, caller)
                : bySizes(rule, returnAddress, callee, caller);
    }

    private Outcome bySizes(
            UnwindRule.WindowsFrame rule, long at, Registers callee, Registers caller) {
        OptionalLong returnAddress = memory.unsigned(at, X86_WORD_BYTES);
        if (returnAddress.isEmpty()) {
            return new Outcome.NoMemory(at);
        }
        caller.copyFrom(callee, CpuConvention.mask(cpu, "ebp", "ebx"));
        if (rule.frame().usesFramePointer()) {
            long saved = callee.sp()
                    + rule.calleeParameterBytes()
                    + rule.frame().savedRegisterBytes()
                    - 2L * X86_WORD_BYTES;
            OptionalLong value = memory.unsigned(cut(saved), X86_WORD_BYTES);
            value.ifPresentOrElse(
                    known -> caller.set(cpu.fp(), known), () -> caller.forget(cpu.fp()));
        }
        caller.set(cpu.sp(), at + X86_WORD_BYTES);
        caller.set(cpu.pc(), returnAddress.getAsLong());
        return new Outcome.Done();
    }

    private Outcome run(
            PostfixProgram program,
            UnwindRule.WindowsFrame rule,
            long returnAddress,
            Registers callee,
            Registers caller) {
        WinFrame frame = rule.frame();
        long searchFrom = cut(returnAddress + (long) X86_WORD_BYTES * rule.skippedWords());
        PostfixInputs inputs = new PostfixInputs() {
            @Override
            public OptionalLong variable(String name) {
                return switch (name) {
                    case ".cbParams" -> OptionalLong.of(frame.parameterBytes());
                    case ".cbSavedRegs" -> OptionalLong.of(frame.savedRegisterBytes());
                    case ".cbLocals" -> OptionalLong.of(frame.localBytes());
                    case ".raSearch", ".raSearchStart" -> OptionalLong.of(searchFrom);
                    default -> callee.get(register(name).orElse(-1));
                };
            }

            @Override
            public OptionalLong memory(long address) {
                return memory.unsigned(address, X86_WORD_BYTES);
            }
        };
        PostfixOutcome outcome = program.run(inputs, X86_WORD_BYTES);
        if (!(outcome instanceof PostfixOutcome.Assigned(Map<String, Long> set))) {
            return lacking(outcome);
        }
        Long pc = set.get("$eip");
        Long sp = set.get("$esp");
        if (pc == null || sp == null) {
            return new Outcome.Failed("'" + program + "' does not set both $eip and $esp");
        }
        // What the code has saved of the others is not told: compilers tell ebp and ebx only.
        caller.copyFrom(callee, CpuConvention.mask(cpu, "ebp", "ebx"));
        caller.set(cpu.sp(), sp);
        caller.set(cpu.pc(), pc);
        for (String name : RESTORED) {
            Long value = set.get("$" + name);
            if (value != null) {
                caller.set(cpu.register(name).orElseThrow(), value);
            }
        }
        return new Outcome.Done();
    }

    private static long cut(long address) {
        return address & 0xffff_ffffL;
    }

    private static Outcome lacking(PostfixOutcome outcome) {
        return switch (outcome) {
            case PostfixOutcome.NoMemory(long address) -> new Outcome.NoMemory(address);
            case PostfixOutcome.NoVariable(String name) ->
                new Outcome.Failed("the symbol file's rule needs " + name + ", which is not known");
            case PostfixOutcome.Malformed(String why) ->
                new Outcome.Failed("the symbol file's rule " + why);
            case PostfixOutcome.Value ignored -> new Outcome.Failed("the rule is a value");
            case PostfixOutcome.Assigned ignored -> new Outcome.Failed("the rule is a program");
        };
    }
}
