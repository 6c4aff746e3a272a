package dev.mortem.stack.demangle;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ShortNameTest {
    private final Demangler demangler = new Demangler();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "_Z1fv | f()",
                "_Z1fSs | f(std::string)",
                "_Z1fNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE | f(std::string)",
                "_Z1fNSt3__112basic_stringIcNS_11char_traitsIcEENS_9allocatorIcEEEE"
                        + " | f(std::string)",
                "_Z1fNSt7__cxx1112basic_stringIwSt11char_traitsIwESaIwEEE | f(std::wstring)",
                "_Z1fSt17basic_string_viewIcSt11char_traitsIcEE | f(std::string_view)",
                "_ZlsRSoRK3Foo | operator<<(std::ostream&, Foo const&)",
                "_ZNSt6vectorIiSaIiEE9push_backERKi | std::vector<int>::push_back(int const&)",
                "_ZNSt6vectorI1AN4mine5allocIS0_EEE4sizeEv"
                        + " | std::vector<A, mine::alloc<A>>::size()",
                "_ZNSt6vectorIiSaIlEE4sizeEv | std::vector<int, std::allocator<long>>::size()",
                "_Z1fSt3mapIiSsSt4lessIiESaISt4pairIKiSsEEE | f(std::map<int, std::string>)",
                "_Z1fSt3mapIiSsSt7greaterIiESaISt4pairIKiSsEEE"
                        + " | f(std::map<int, std::string, std::greater<int>>)",
                "_Z1fSt3setIiSt4lessIiESaIiEE | f(std::set<int>)",
                "_Z1fSt13unordered_mapIiSsSt4hashIiESt8equal_toIiESaISt4pairIKiSsEEE"
                        + " | f(std::unordered_map<int, std::string>)",
                "_Z1fSt10unique_ptrI1ASt14default_deleteIS0_EE | f(std::unique_ptr<A>)",
                "_ZN1AB5cxx113fooB5cxx11Ev | A::foo()",
                "_Z1fIiET_S0_ | f<int>(int)",
                "_Z1fIiEPT_S0_ | f<int>(int)",
                "_Z1fIiEPFvvET_ | void (*f<int>(int))()",
                "_Z1fIJicEEvDpT_ | f<int, char>(int, char)",
                "_Z1fIJEEvDpT_ | f<>()",
                "_ZN1AltI1BEEbv | A::operator< <B>()",
                "_ZZ1fNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEENKUlvE_clEv"
                        + " | f(std::string)::{lambda()#1}::operator()() const",
                "_ZTV3Foo | vtable for Foo",
                "_Z1fv.part.0.cold | f() [clone .part.0] [clone .cold]",
                "_GLOBAL__I__Z1fSs | global constructors keyed to f(std::string)",
                "_RNvC1a1f | a::f",
                "_RINvC1a1fjE | a::f::<usize>",
            })
    void isWhatPeopleSay(String mangled, String expected) {
        assertThat(demangler.demangleShort(mangled)).contains(expected);
    }

    @Test
    void longArgumentsAreFoldedTheInnermostFirst() {
        String longest = "a".repeat(60);
        assertThat(demangler.demangleShort("_Z1f1AI60" + longest + "E")).contains("f(A<…>)");
        String nested = "_Z1f1AI1BI60" + longest + "EE";
        assertThat(demangler.demangleShort(nested)).contains("f(A<B<…>>)");
        assertThat(demangler.demangleShort("_Z1fSt6vectorI60" + longest + "SaIS0_EE"))
                .contains("f(std::vector<…>)");
        String rust = "_RINvC1a1fNtB2_60" + longest + "E";
        assertThat(demangler.demangleShort(rust)).contains("a::f::<…>");
        String legacy = "_ZN1a65f$LT$" + "b".repeat(56) + "$GT$17h0123456789abcdefE";
        assertThat(demangler.demangleShort(legacy)).contains("a::f<…>");
    }

    @Test
    void foldsBeyondTheBoundAndNotAtIt() {
        String at = "b".repeat(46);
        assertThat(demangler.demangleShort("_Z1f1AI46" + at + "E")).contains("f(A<" + at + ">)");
        assertThat(demangler.demangleShort("_Z1f1AI47" + at + "bE")).contains("f(A<…>)");
    }

    @Test
    void whatIsNoMangledNameHasNoShortOne() {
        assertThat(demangler.demangleShort("main")).isEmpty();
        assertThat(demangler.demangleShort("_Z1")).isEmpty();
        assertThat(demangler.demangleShort("_RNvC1a")).isEmpty();
    }
}
