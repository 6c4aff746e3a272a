package dev.mortem.stack.demangle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.limit.Limits;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.Optional;

final class DemanglerTest {
    private final Demangler demangler = new Demangler();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "_Z1fv | f()",
                "_ZN3Foo3barEi | Foo::bar(int)",
                "_ZNK3Foo3barEv | Foo::bar() const",
                "_ZNKR3Foo3barEv | Foo::bar() const &",
                "_ZNO3Foo3barEv | Foo::bar() &&",
                "_ZN3FooC1ERKS_ | Foo::Foo(Foo const&)",
                "_ZN3FooD2Ev | Foo::~Foo()",
                "_ZN1BCI21AEi | B::A(int)",
                "_ZN12_GLOBAL__N_11fEv | (anonymous namespace)::f()",
                "_Z1fILb1EEvv | void f<true>()",
                "_Z1fILin3EEvv | void f<-3>()",
                "_Z1fILc97EEvv | void f<(char)97>()",
                "_Z1fILd3ff0000000000000EEvv | void f<(double)[3ff0000000000000]>()",
                "_Z1fIJicEEvDpT_ | void f<int, char>(int, char)",
                "_Z1fIJEEvDpT_ | void f<>()",
                "_Z1fI1BIiEJEEvv | void f<B<int>>()",
                "_Z1fPFivE | f(int (*)())",
                "_Z1fPFPFvvEiE | f(void (*(*)(int))())",
                "_Z1fIiEPFvvET_ | void (*f<int>(int))()",
                "_Z1fRA3_Kc | f(char const (&) [3])",
                "_Z1fPA3_A4_i | f(int (*) [3][4])",
                "_Z1fPA3_PFvvE | f(void (* (*) [3])())",
                "_Z1fM1AKFivE | f(int (A::*)() const)",
                "_Z1fM1Ai | f(int A::*)",
                "_Z1fKPFvvE | f(void (* const)())",
                "_Z1fPDoFvvE | f(void (*)() noexcept)",
                "_Z1fPDxFvvE | f(void (*)() transaction_safe)",
                "_Z1fDv4_f | f(float __vector(4))",
                "_Z1fCf | f(float _Complex)",
                "_Z1fDu | f(char8_t)",
                "_Z1fDF16_ | f(_Float16)",
                "_Z1fDB32_ | f(signed _BitInt(32))",
                "_Z1fPU8__strongi | f(int __strong*)",
                "_ZlsRSoRK3Foo | operator<<(std::basic_ostream<char,"
                        + " std::char_traits<char> >&, Foo const&)",
                "_ZN1AltI1BEEbv | bool A::operator< <B>()",
                "_ZN1AcvbEv | A::operator bool()",
                "_ZN1AcvT_IiEEv | A::operator int<int>()",
                "_Zli2_xPKc | operator\"\" _x(char const*)",
                "_ZdlPv | operator delete(void*)",
                "_ZnamSt11align_val_t | operator new[](unsigned long, std::align_val_t)",
                "_ZTV3Foo | vtable for Foo",
                "_ZTT3Foo | VTT for Foo",
                "_ZTI3Foo | typeinfo for Foo",
                "_ZTS3Foo | typeinfo name for Foo",
                "_ZTC1B0_1A | construction vtable for A-in-B",
                "_ZThn8_N1B1fEv | non-virtual thunk to B::f()",
                "_ZTv0_n24_N1B1fEv | virtual thunk to B::f()",
                "_ZTch0_h16_N1B1fEv | covariant return thunk to B::f()",
                "_ZGVZ1fvE1x | guard variable for f()::x",
                "_ZGR1x | reference temporary #0 for x",
                "_ZGR1x0_ | reference temporary #1 for x",
                "_ZTH1x | TLS init function for x",
                "_ZTW1x | TLS wrapper function for x",
                "_ZZ1fvE1x | f()::x",
                "_ZZ1fvE1x_0 | f()::x",
                "_ZZ1fvENKUlvE_clEv | f()::{lambda()#1}::operator()() const",
                "_ZZ1fvENKUlT_E0_clIiEEDaS_ | auto f()::{lambda(auto:1)#2}::operator()<int>"
                        + "(int) const",
                "_ZN1AUt_C1Ev | A::{unnamed type#1}::A()",
                "_ZZ1fvEs | f()::string literal",
                "_ZZN1A1fEiEd_NKUlvE_clEv | A::f(int)::{default arg#1}::{lambda()#1}"
                        + "::operator()() const",
                "_ZDC1a1bE | [a, b]",
                "_Z1fB5cxx11v | f[abi:cxx11]()",
                "_Z1fv.part.0.cold | f() [clone .part.0] [clone .cold]",
                "_Z1fv.constprop.1 | f() [clone .constprop.1]",
                "_Z1fIiEDTplfp_Li1EET_ | decltype ({parm#1}+(1)) f<int>(int)",
                "_Z1fIJiiEEDTfrplfp_EDpT_ | decltype (({parm#1}+...)) f<int, int>(int, int)",
                "_Z1fIJilEEv1AIXsZT_EE | void f<int, long>(A<2>)",
                "_Z1fIiEDTnw_T_EEv | decltype (new int) f<int>()",
                "_Z1fIiEDTstT_Ev | decltype (sizeof (int)) f<int>()",
                "_Z1fIiEDTgtLi1ELi2EEv | decltype (((1)>(2))) f<int>()",
                "_Z1fIiEDTquLb1ELi1ELi2EEv | decltype ((true)?(1) : (2)) f<int>()",
                "_Z1fIiEDTscT_Li1EEv | decltype (static_cast<int>(1)) f<int>()",
                "_Z1fIiEDTtlT_Li1EEEv | decltype (int{1}) f<int>()",
                "_Z1fIiEN1DIXsrN1A1BIT_EE5valueEE4typeES2_"
                        + " | D<A::B<int>::value>::type f<int>(A::B)",
                "_ZW3foo1fv | f@foo()",
                "_ZW3fooWP4part1fv | f@foo:part()",
                "_ZGIW3foo | initializer for module foo",
                "_Z1fIiEvT_Q1CIS0_E | void f<int>(int) requires C<int>",
                "_Z1fIiQ1CIT_EEvS0_ | void f<int>(int)",
                "_Z1fITk1CiEvT_ | void f<int>(int)",
                "_Z1fIiEvT_QrqXplLi1ELi2ENR1CTS0_E | void f<int>(int) requires"
                        + " requires { {(1)+(2)} noexcept -> C; typename int; }",
                "_Z1fIiEvT_QrQS0__XfL0p_E | void f<int>(int) requires"
                        + " requires (int) { {parm#1}; }",
                "_ZNH1A1fEi | A::f(int)",
                "_GLOBAL__I__Z1fv | global constructors keyed to f()",
                "___Z1fv_block_invoke_2 | invocation function for block in f()",
            })
    void writesNamesAsInTheSource(String mangled, String expected) {
        assertThat(demangler.demangle(mangled)).contains(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "_ZN4core3fmt5write17h0123456789abcdefE | core::fmt::write",
                "_ZN4core3ptr26drop_in_place$LT$usize$GT$17h0123456789abcdefE"
                        + " | core::ptr::drop_in_place<usize>",
                "_ZN38_$LT$A$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE"
                        + " | <A as core::fmt::Debug>::fmt",
                "_ZN4main4main17h0123456789abcdefE.llvm.123 | main::main",
            })
    void leavesTheHashOutOfRustNames(String mangled, String expected) {
        assertThat(demangler.demangle(mangled)).contains(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "$s4main3fooyyF | main.foo",
                "$s4main3foo3baryS_tF | main.foo",
                "$s4main4CartC5totalSiyF | main.Cart.total",
                "_$s4main4CartV4ItemOMa | main.Cart.Item",
                "$ss5printyypF | Swift.print",
                "_T04main3fooyyF | main.foo",
            })
    void knowsNamesOfSwift(String mangled, String path) {
        assertThat(demangler.demangle(mangled)).contains(path + " [Swift " + mangled + "]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "$s",
                "$d.12",
                "$s99main",
                "$s04main",
                "_T0",
                "",
                "_",
                "_Z",
                "main",
                "Z1fv",
                "_Z1",
                "_Z0v",
                "_Z99999999999f",
                "_Z3fv",
                "_Z1fS_",
                "_Z1fS99999999999_",
                "_Z1fT_",
                "_Z1fI",
                "_Z1fIiEvT0_",
                "_ZN",
                "_ZNE",
                "_ZN1f",
                "_ZNSt3fooS_E",
                "_ZC1v",
                "_Z1fA",
                "_Z1fM",
                "_Z1fLi1",
                "_ZTh",
                "_ZGIv",
                "_ZGVbN2v_acos",
                "_Z1fv trailing",
                "_Z1f\0v",
                "_ZN4core17h0123456789abcdefE17h0E",
                "\ud800\udc00",
            })
    void givesNothingForWhatIsNoMangledName(String text) {
        assertThat(demangler.demangle(text)).isEmpty();
    }

    @Test
    void readsEachTruncationAsWhatItStillSays() {
        String whole = "_ZNSt6vectorIiSaIiEE4pushIJRKiEEEvN9__gnu_cxx2itE";
        String name = "std::vector<int, std::allocator<int> >::push<int const&>";
        String data = "_ZNSt6vectorIiSaIiEE4pushIJRKiEEE";
        assertThat(demangler.demangle(whole)).contains("void " + name + "(__gnu_cxx::it)");
        for (int length = 0; length < whole.length(); length++) {
            Optional<String> read = demangler.demangle(whole.substring(0, length));
            assertThat(read.isPresent()).isEqualTo(length == data.length());
            assertThat(read.orElse(name)).isEqualTo(name);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "P",
                "K",
                "1AI",
                "N1AI",
                "PF",
                "A1_",
                "M1A",
                "DT",
                "X",
                "Z1f",
                "XadL_Z1fI",
                "Dp",
                "U1a",
                "Ul",
                "Do",
                "DOLb1EE",
                "Tt",
                "S"
            })
    void boundsNesting(String opening) {
        for (String start : new String[] {"_Z1f", "_Z1fI", "_Z1fIX", "_ZN1fI", "_Z", "_ZN"}) {
            String deep = start + opening.repeat((60_000 - start.length()) / opening.length());
            String closed = deep.substring(0, deep.length() / 2);
            closed += "i" + "E".repeat(closed.length() / opening.length());
            for (String hostile : new String[] {deep, deep + "i", closed}) {
                String name = hostile;
                assertThatIsBounded(name);
            }
        }
    }

    @Test
    void boundsWhatSubstitutionsStandFor() {
        StringBuilder doubling = new StringBuilder("_Z1f1AIiE");
        StringBuilder silent = new StringBuilder("_Z1fIJEEv1AIJEE");
        for (int i = 1; i < 200; i++) {
            String last = "S" + Integer.toString(i, 36).toUpperCase(java.util.Locale.ROOT) + "_";
            doubling.append("1AI").append(last).append(last).append("E");
            silent.append("1AIJ").append(last).append(last).append("EE");
        }
        assertThatIsBounded(doubling.toString());
        assertThatIsBounded(silent.toString());
        assertThatIsBounded(packsOfPacks());
    }

    /** Each expansion writes the whole pack again: n levels, 10 to the n elements. */
    private static String packsOfPacks() {
        String pack = "J" + "i".repeat(10) + "E";
        return "_Z1fI" + pack + "Ev" + "Dp1AIJ".repeat(50) + "DpT_" + "EE".repeat(50);
    }

    private void assertThatIsBounded(String name) {
        org.junit.jupiter.api.Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> assertThat(demangler.demangle(name).map(String::length).orElse(0))
                        .isLessThanOrEqualTo((int) Demangler.OUTPUT_LENGTH.defaultMax()));
    }

    @Test
    void readsUpToEachLimitAndNothingBeyond() {
        String nested = "_Z1f" + "P".repeat(9) + "i";
        assertThat(limited(Demangler.DEPTH, 11).demangle(nested)).contains("f(int*********)");
        assertThat(limited(Demangler.DEPTH, 10).demangle(nested)).isEmpty();

        assertThat(limited(Demangler.INPUT_LENGTH, 5).demangle("_Z1fi")).contains("f(int)");
        assertThat(limited(Demangler.INPUT_LENGTH, 4).demangle("_Z1fi")).isEmpty();

        assertThat(limited(Demangler.OUTPUT_LENGTH, 6).demangle("_Z1fi")).contains("f(int)");
        assertThat(limited(Demangler.OUTPUT_LENGTH, 5).demangle("_Z1fi")).isEmpty();

        assertThat(limited(Demangler.WORK, 100).demangle("_Z1fi")).contains("f(int)");
        assertThat(limited(Demangler.WORK, 2).demangle("_Z1fi")).isEmpty();
    }

    private static Demangler limited(dev.mortem.base.limit.Limit limit, long max) {
        return new Demangler(Limits.defaults().with(limit, max));
    }

    @Test
    void needsLittleStack() throws InterruptedException {
        String deep = "_Z1f" + "1AI".repeat(84) + "i" + "E".repeat(84);
        String[] seen = {""};
        Runnable read = () -> seen[0] = demangler.demangle(deep).orElse("nothing");
        Thread small = new Thread(null, read, "small", 640 * 1024);
        small.start();
        small.join();
        assertThat(seen[0]).startsWith("f(A<A<A<").endsWith(" > >)");
    }
}
