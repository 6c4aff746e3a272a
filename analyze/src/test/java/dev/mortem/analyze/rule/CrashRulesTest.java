package dev.mortem.analyze.rule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.analyze.blame.BlameTable;
import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.casefile.Cases;
import dev.mortem.analyze.report.Report.Finding;
import dev.mortem.analyze.report.Report.Severity;
import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.MemoryRegion;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

class CrashRulesTest {
    private static final String[] STACK = {
        "shop_total", "handle_request", "main", "libc!__libc_start_main"
    };

    private static Finding only(AnalysisRule rule, Cases cases) {
        List<Finding> found = rule.evaluate(cases.build()).map(Draft::finding).toList();
        assertThat(found).hasSize(1);
        assertThat(found.getFirst().rule()).isEqualTo(rule.id().label());
        return found.getFirst();
    }

    private static void nothing(AnalysisRule rule, Cases cases) {
        assertThat(rule.evaluate(cases.build()).map(Draft::finding)).isEmpty();
    }

    private static Cases segv(long address) {
        return new Cases().signal(11, 1, OptionalLong.of(address), 7);
    }

    private static Cases abort(String... frames) {
        return new Cases()
                .signal(6, -6, OptionalLong.empty(), 7)
                .thread(7, Cases.running(), frames);
    }

    @Test
    void aNullPointerIsToldWithItsRegisterAndOffset() {
        Finding finding = only(
                new AccessViolationRule(),
                segv(0x10).code("8b 40 10").thread(7, Cases.running().with("rax", 0), STACK));
        assertThat(finding.summary())
                .isEqualTo(
                        "Thread 7 crashed in shop_total() of shop: it read 4 bytes through a null"
                                + " pointer (rax), offset 0x10 – called from handle_request()");
        assertThat(finding.severity()).isEqualTo(Severity.ERROR);
        assertThat(finding.threadIds()).containsExactly(7L);
        assertThat(finding.modules()).containsExactly("shop");
        assertThat(finding.evidence())
                .contains(
                        "SIGSEGV, SEGV_MAPERR: address not mapped, address 0x10",
                        "the instruction reads 4 bytes at [rax + 0x10], rax = 0x0");
    }

    @Test
    void aWildPointerAConstantAndAJumpAreToldApart() {
        AccessViolationRule rule = new AccessViolationRule();
        assertThat(only(
                                rule,
                                segv(0x1234_5678)
                                        .code("89 10")
                                        .thread(7, Cases.running().with("rax", 0x1234_5678), STACK))
                        .summary())
                .contains("it wrote 4 bytes at 0x12345678 (rax = 0x12345678), where nothing is "
                        + "mapped");
        assertThat(only(
                                rule,
                                segv(Cases.CODE + 0x10)
                                        .code("c6 00 01")
                                        .thread(
                                                7,
                                                Cases.running().with("rax", Cases.CODE + 0x10),
                                                STACK))
                        .summary())
                .contains("which may not be written");
        assertThat(only(rule, segv(0).thread(7, Cases.running().with("rip", 0), STACK))
                        .summary())
                .contains("it jumped through a null function pointer");
    }

    @Test
    void aNonCanonicalPointerIsFoundInTheRegisters() {
        Finding finding = only(
                new AccessViolationRule(),
                new Cases()
                        .signal(11, 0x80, OptionalLong.of(0), 7)
                        .code("48 8b 47 08")
                        .thread(7, Cases.running().with("rdi", 0x4141_4141_4141_4141L), STACK));
        assertThat(finding.summary())
                .contains("it read 8 bytes through 0x4141414141414149 (rdi = 0x4141414141414141),"
                        + " which is no valid address");
    }

    @Test
    void aSentSignalIsNoAccessViolation() {
        Cases sent = new Cases().sent(11, 4242, 7).thread(7, Cases.running(), STACK);
        nothing(new AccessViolationRule(), sent);
        assertThat(only(new OtherSignalRule(), sent).summary())
                .isEqualTo("Shop was ended by SIGSEGV, which process 4242 sent; thread 7 was in"
                        + " shop_total() of shop");
        nothing(new OtherSignalRule(), segv(0).thread(7, Cases.running(), STACK));
    }

    @Test
    void anOverflowHasItsGroupOfFrames() {
        List<String> frames = new ArrayList<>(List.of("leaf"));
        for (int round = 0; round < 100; round++) {
            Collections.addAll(frames, "parse_term", "parse_expr");
        }
        frames.add("main");
        Cases cases = segv(Cases.STACK - 8)
                .thread(7, Cases.running().with("rsp", Cases.STACK), frames.toArray(new String[0]));
        assertThat(only(new StackOverflowRule(), cases).summary())
                .isEqualTo(
                        "Thread 7 ran out of stack in leaf() of shop: parse_expr() → parse_term()"
                                + " call each other in a circle 100 times – called from "
                                + "parse_term()");
        nothing(new AccessViolationRule(), cases);
        Cases elsewhere =
                segv(Cases.STACK - 8).thread(7, Cases.running(), frames.toArray(new String[0]));
        nothing(new StackOverflowRule(), elsewhere.code("8b 00"));
    }

    @Test
    void aWildPointerJustAboveTheStackIsNoOverflow() {
        nothing(
                new StackOverflowRule(),
                segv(Cases.STACK + Cases.STACK_BYTES)
                        .thread(
                                7,
                                Cases.running().with("rsp", Cases.STACK + Cases.STACK_BYTES - 64),
                                STACK));
    }

    @Test
    void aGuardPageBelowTheStackIsAnOverflow() {
        Cases cases = segv(Cases.STACK - 0x100)
                .thread(7, Cases.running().with("rsp", Cases.STACK - 0x80), STACK);
        cases.snapshot().region(Cases.region(Cases.STACK - 0x1000, 0x1000, "---", ""));
        assertThat(only(new StackOverflowRule(), cases).summary())
                .contains("no recursion is visible");
    }

    @Test
    void anAssertionQuotesItsText() {
        String text = "shop: cart.c:12: check: Assertion `n > 0' failed.";
        Cases cases = abort("libc!raise", "libc!abort", "libc!__assert_fail", "check", "main")
                .abortMessage(text + "\n");
        assertThat(only(new AbortRule(), cases).summary())
                .isEqualTo("Thread 7 aborted in check() of shop: \"" + text
                        + "\" – called from main()");
        nothing(new HeapCorruptionRule(), cases);
        nothing(new UnhandledNativeExceptionRule(), cases);
        nothing(new OtherSignalRule(), cases);
    }

    @Test
    void anAbortThatSomebodySentIsNotTheProcesssOwn() {
        Cases cases = new Cases().sent(6, 1, 7).thread(7, Cases.running(), STACK);
        nothing(new AbortRule(), cases);
        assertThat(only(new OtherSignalRule(), cases).summary())
                .contains("was ended by SIGABRT, which process 1 sent");
    }

    @Test
    void malloc_sComplaintIsHeapCorruption() {
        Cases cases = abort("libc!raise", "libc!abort", "libc!free", "drop_cart", "main")
                .abortMessage("free(): double free detected in tcache 2\n");
        assertThat(only(new HeapCorruptionRule(), cases).summary())
                .contains("in drop_cart() of shop: the heap is corrupt, \"free(): double free");
        nothing(new AbortRule(), cases);
    }

    @Test
    void terminateIsAnUnhandledException() {
        Cases cases = abort(
                "libc!raise",
                "libc!abort",
                "cpp!_ZSt9terminatev",
                "cpp!__cxa_throw",
                "reserve",
                "main");
        long header = 0x60_0000;
        long name = 0x60_2000;
        cases.memory().pointers(Cases.STACK + 0x1_0040, header + 112);
        cases.memory().pointers(header, 0x60_1000).pointers(header + 80, 0x474e5543432b2b00L);
        cases.memory().pointers(0x60_1000, 0x60_9000, name, 0).cString(name, "St13runtime_error");
        cases.memory().pointers(header + 112, 0x60_9100, 0x60_3000).cString(0x60_3000, "sold out");
        assertThat(only(new UnhandledNativeExceptionRule(), cases).summary())
                .isEqualTo("Thread 7 was terminated in reserve() of shop: an exception of type"
                        + " std::runtime_error: \"sold out\" was thrown and nobody caught it – "
                        + "called"
                        + " from main()");
        nothing(new AbortRule(), cases);
        nothing(new UnhandledNativeExceptionRule(), abort("libc!raise", "libc!abort", "main"));
    }

    @Test
    void divisionIllegalInstructionAndBreakpointHaveTheirRules() {
        Cases division = new Cases()
                .signal(8, 1, OptionalLong.of(Cases.CODE), 7)
                .thread(7, Cases.running(), STACK);
        assertThat(only(new DivideByZeroRule(), division).summary())
                .contains("it divided an integer by zero");
        Cases floating = new Cases()
                .signal(8, 3, OptionalLong.of(Cases.CODE), 7)
                .thread(7, Cases.running(), STACK);
        nothing(new DivideByZeroRule(), floating);
        assertThat(only(new OtherSignalRule(), floating).summary())
                .contains("floating-point division by zero");
        Cases trap = new Cases()
                .signal(4, 2, OptionalLong.of(Cases.CODE), 7)
                .code("0f 0b")
                .thread(7, Cases.running(), STACK);
        assertThat(only(new IllegalInstructionRule(), trap).summary())
                .contains("it ran into a trap of the compiler (ud2)");
        nothing(new IllegalInstructionRule(), division);
        Cases breakpoint = new Cases()
                .signal(5, 0x80, OptionalLong.empty(), 7)
                .thread(7, Cases.running(), STACK);
        assertThat(only(new BreakpointRule(), breakpoint).summary()).contains("breakpoint");
        nothing(new BreakpointRule(), division);
        Cases halt = new Cases()
                .signal(11, 0x80, OptionalLong.of(0), 7)
                .code("f4")
                .thread(7, Cases.running(), STACK);
        assertThat(only(new PrivilegedInstructionRule(), halt).summary())
                .contains("an instruction of the kernel");
        nothing(new AccessViolationRule(), halt);
        nothing(new PrivilegedInstructionRule(), trap);
    }

    @Test
    void aTruncatedMappingIsABusError() {
        Cases cases = new Cases()
                .signal(7, 2, OptionalLong.of(Cases.DATA + 8), 7)
                .code("c6 00 01")
                .thread(7, Cases.running().with("rax", Cases.DATA + 8), STACK);
        assertThat(only(new BusErrorRule(), cases).summary())
                .contains(
                        "it wrote 1 byte at 0x500008 (rax = 0x500008), beyond the end of the file");
        nothing(new BusErrorRule(), segv(0).thread(7, Cases.running(), STACK));
        nothing(new AccessViolationRule(), cases);
    }

    @Test
    void theBlameGoesBelowASignalHandlerAndPastPlumbing() throws MalformedException {
        CaseFile dump = segv(0).thread(
                        7,
                        Cases.running(),
                        "libc!raise",
                        "crash_handler",
                        "libc!<signal>",
                        "libc!strlen",
                        "measure",
                        "main")
                .build();
        assertThat(dump.crashedThread().orElseThrow().blamed()).hasValue(4);
        CaseFile skipped = segv(0).blame(
                        BlameTable.builtIn().with("own.txt", "skip function meas*\n"))
                .thread(7, Cases.running(), "libc!strlen", "measure", "main")
                .build();
        assertThat(skipped.crashedThread().orElseThrow().blamed()).hasValue(2);
    }

    @Test
    void aCutDumpSaysSo() {
        Cases cases = new Cases().onDemand().truncated().thread(7, Cases.running(), STACK);
        cases.snapshot()
                .region(new MemoryRegion(
                        AddressRange.ofSize(0x70_0000, 0x3000),
                        "rw-",
                        false,
                        0,
                        Optional.empty(),
                        0x1000,
                        Optional.of("the core is truncated")));
        assertThat(only(new TruncatedDumpRule(), cases).summary())
                .isEqualTo("The dump is truncated: 8,192 bytes of 1 memory region are missing");
        nothing(new TruncatedDumpRule(), new Cases().onDemand().thread(7, Cases.running(), STACK));
    }

    @Test
    void missingNamesOfOwnCodeAreTold() {
        Cases cases = segv(0).thread(7, Cases.running(), "?", "main", "libc!?");
        Finding finding = only(new MissingSymbolsRule(), cases);
        assertThat(finding.summary())
                .isEqualTo(
                        "No function names for code of shop: the crashed function cannot be named");
        assertThat(finding.severity()).isEqualTo(Severity.WARNING);
        nothing(new MissingSymbolsRule(), segv(0).thread(7, Cases.running(), "main", "libc!?"));
    }

    /** No symbols name the code of start files; but a crash without a name is never passed over. */
    @Test
    void namesThatSymbolsLackAreOnlyToldOfTheCrashedFunction() {
        Cases start = segv(0).thread(7, Cases.running(), "main", "?");
        only(new MissingSymbolsRule(), start);
        nothing(new MissingSymbolsRule(), start.programSymbols("full"));
        Finding finding = only(
                new MissingSymbolsRule(),
                segv(0).programSymbols("full").thread(7, Cases.running(), "?", "main"));
        assertThat(finding.summary()).endsWith(": the crashed function cannot be named");
    }
}
