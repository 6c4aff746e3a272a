package dev.mortem.analyze.rule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.analyze.casefile.Cases;
import dev.mortem.analyze.report.Report.Finding;
import dev.mortem.base.address.AddressRange;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.windows.WindowsFacts;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

class WindowsCrashRulesTest {
    private static final String[] STACK = {"shop_total", "handle_request", "main"};

    private static final long ACCESS_VIOLATION = 0xc000_0005L;

    /** The finding that people read first. */
    private static Finding headline(Cases cases) {
        return AnalysisRules.evaluate(cases.build()).getFirst();
    }

    private static Cases raised(long code, Long... parameters) {
        return new Cases().exception(code, 7, parameters).thread(7, Cases.running(), STACK);
    }

    @Test
    void anAccessViolationIsToldWithItsRegisterAndAccess() {
        Finding finding = headline(new Cases()
                .exception(ACCESS_VIOLATION, 7, 1L, 0x10L)
                .code("89 50 10")
                .thread(7, Cases.running().with("rax", 0), STACK));
        assertThat(finding.rule()).isEqualTo("crash-access-violation");
        assertThat(finding.summary())
                .isEqualTo(
                        "Thread 7 crashed in shop_total() of shop: it wrote 4 bytes through a null"
                                + " pointer (rax), offset 0x10 – called from handle_request()");
        assertThat(finding.evidence())
                .contains("ACCESS_VIOLATION, 0xC0000005: memory was used that may not be used so,"
                        + " address 0x10");
    }

    @Test
    void theAccessOfTheRecordCountsWhereTheInstructionIsNotThere() {
        assertThat(headline(raised(ACCESS_VIOLATION, 0L, 0x1234_5678L)).summary())
                .contains("it read at 0x12345678, where nothing is mapped");
        assertThat(headline(raised(ACCESS_VIOLATION, 8L, 0L)).summary())
                .contains("it jumped through a null function pointer");
    }

    @Test
    void allOnesIsNoAddress() {
        Finding finding = headline(new Cases()
                .exception(ACCESS_VIOLATION, 7, 0L, -1L)
                .code("8b 00")
                .thread(7, Cases.running().with("rax", 0x8000_1234_1234_1234L), STACK));
        assertThat(finding.summary())
                .contains("through 0x8000123412341234 (rax = 0x8000123412341234), which is no"
                        + " valid address");
        assertThat(finding.evidence()).noneMatch(line -> line.contains("0xffffffffffffffff"));
    }

    @Test
    void aPointerIntoAModuleThatWasUnloadedIsSaid() {
        Cases cases = raised(ACCESS_VIOLATION, 8L, 0x6000_1000L);
        cases.snapshot().windows(withUnloaded("plugin.dll", 0x6000_0000L));
        assertThat(headline(cases).evidence())
                .contains("the address was in plugin.dll, which was unloaded: somebody kept a"
                        + " pointer into it");
        Cases elsewhere = raised(ACCESS_VIOLATION, 8L, 0x7000_1000L);
        elsewhere.snapshot().windows(withUnloaded("plugin.dll", 0x6000_0000L));
        assertThat(headline(elsewhere).evidence()).noneMatch(line -> line.contains("unloaded"));
    }

    private static WindowsFacts withUnloaded(String name, long base) {
        return new WindowsFacts(
                OptionalLong.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                List.of(new WindowsFacts.UnloadedModule(
                        AddressRange.ofSize(base, 0x1_0000), name, 0, 0)),
                List.of(),
                OptionalLong.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                List.of(),
                List.of(),
                Optional.empty(),
                List.of());
    }

    @ParameterizedTest
    @CsvSource({
        "0xC0000374, crash-heap-corruption, HEAP_CORRUPTION",
        "0xC000001D, crash-illegal-instruction, ILLEGAL_INSTRUCTION",
        "0xC0000096, crash-privileged-instruction, PRIVILEGED_INSTRUCTION",
        "0xC0000094, crash-divide-by-zero, INTEGER_DIVIDE_BY_ZERO",
        "0xC000008E, crash-divide-by-zero, FLOAT_DIVIDE_BY_ZERO",
        "0xC00000FD, crash-stack-overflow, STACK_OVERFLOW",
        "0xC0000006, crash-bus-error, IN_PAGE_ERROR",
        "0x80000003, crash-breakpoint, BREAKPOINT",
        "0xE06D7363, crash-unhandled-native-exception, CPP_EXCEPTION",
        "0xE0434352, crash-unhandled-managed-exception, CLR_EXCEPTION",
        "0xC0000409, crash-fast-fail, STACK_BUFFER_OVERRUN",
        "0xC0000602, crash-fast-fail, FAIL_FAST_EXCEPTION",
        "0xC0000142, crash-other, DLL_INIT_FAILED",
        "0xE0001234, crash-other, exception 0xE0001234",
        "0xC0FF0001, crash-other, exception 0xC0FF0001"
    })
    void eachCodeHasItsRuleAndItsName(String code, String rule, String name) {
        Finding finding = headline(raised(Long.decode(code)));
        assertThat(finding.rule()).isEqualTo(rule);
        assertThat(finding.evidence()).anyMatch(line -> line.startsWith(name + ", " + code));
        assertThat(finding.threadIds()).containsExactly(7L);
    }

    @ParameterizedTest
    @CsvSource({
        "2, FAST_FAIL_STACK_COOKIE_CHECK_FAILURE",
        "7, FAST_FAIL_FATAL_APP_EXIT",
        "76, FAST_FAIL_INVALID_EXTENDED_STATE",
        "15, FAST_FAIL 15",
        "77, FAST_FAIL 77"
    })
    void aFastFailIsToldByItsReason(long reason, String name) {
        Finding finding = headline(raised(0xc000_0409L, reason));
        assertThat(finding.rule()).isEqualTo("crash-fast-fail");
        assertThat(finding.summary()).contains("(" + name + ")").doesNotContain("abort");
    }

    @Test
    void aNetExceptionIsToldByItsHresult() {
        Finding finding = headline(raised(0xe043_4352L, 0xffff_ffff_8000_4003L));
        assertThat(finding.evidence())
                .contains("HRESULT 0x80004003: System.NullReferenceException or"
                        + " System.AccessViolationException or System.ArgumentNullException");
        assertThat(headline(raised(0xe043_4352L, 0x8009_0001L)).evidence())
                .contains("HRESULT 0x80090001");
        assertThat(headline(raised(0xe043_4352L)).summary())
                .contains("a .NET exception was thrown and nobody caught it");
    }

    @ParameterizedTest
    @CsvSource({"0x0517A7ED", "0xCFFFFFFF", "0x406D1388", "0x40010006", "0x04242420"})
    void whatOnlyTellsADebuggerSomethingIsNoCrash(String code) {
        assertThat(headline(raised(Long.decode(code))).rule()).isEqualTo("no-fault-found");
    }

    @Test
    void aDebuggersOwnBreakpointIsNoCrash() {
        Cases attached = new Cases()
                .exception(0x8000_0003L, 7)
                .thread(
                        7,
                        Cases.running(),
                        "ntdll!DbgBreakPoint",
                        "ntdll!DbgUiRemoteBreakin",
                        "ntdll!RtlUserThreadStart");
        assertThat(headline(attached).rule()).isEqualTo("no-fault-found");
        Cases own = new Cases()
                .exception(0x8000_0003L, 7)
                .thread(7, Cases.running(), "ntdll!DbgBreakPoint", "shop_check", "main");
        assertThat(headline(own).rule()).isEqualTo("crash-breakpoint");
        assertThat(headline(own).summary()).contains("shop_check()");
    }

    @Test
    void librariesOfWindowsAreNotBlamedInWhateverLettersTheyAreWritten() {
        Cases cases = new Cases()
                .exception(ACCESS_VIOLATION, 7, 0L, 0L)
                .thread(7, Cases.running(), "ntdll!RtlEnterCriticalSection", "shop_lock", "main");
        assertThat(headline(cases).summary()).startsWith("Thread 7 crashed in shop_lock()");
    }

    @Test
    void anExceptionOfMacosIsToldInTheSameWords() {
        Cases cases = new Cases().thread(7, Cases.running(), STACK);
        cases.snapshot().reason(new CrashReason.MachException(1, 1, 0, 7));
        Finding finding = headline(cases);
        assertThat(finding.rule()).isEqualTo("crash-access-violation");
        assertThat(finding.summary()).contains("it used memory through a null pointer");
        assertThat(finding.evidence())
                .contains("EXC_BAD_ACCESS, KERN_INVALID_ADDRESS: address not mapped, address 0x0");
    }

    @Test
    void anObjectiveCExceptionOfCrashpadIsTold() {
        Cases cases = new Cases().thread(7, Cases.running(), STACK);
        cases.snapshot().reason(new CrashReason.MachException(0x4350_6e78L, 0, 0, 7));
        Finding finding = headline(cases);
        assertThat(finding.rule()).isEqualTo("crash-unhandled-native-exception");
        assertThat(finding.summary())
                .isEqualTo(
                        "Thread 7 was ended in shop_total() of shop: an Objective-C exception was"
                                + " thrown and nobody caught it – called from handle_request()");
    }
}
