package dev.mortem.analyze.signature;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.casefile.Cases;
import dev.mortem.analyze.report.Report;
import dev.mortem.analyze.rule.AnalysisRules;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.OptionalLong;

class SignaturesTest {
    private static Report.Signature of(Cases cases) {
        CaseFile dump = cases.build();
        return Signatures.of(dump, AnalysisRules.evaluate(dump).getFirst());
    }

    private static Cases segv(long address, String... frames) {
        return new Cases()
                .signal(11, 1, OptionalLong.of(address), 7)
                .thread(7, Cases.running(), frames);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "parse | parse | parse",
                "parse.part.0 | parse.part.0 | parse",
                "parse.constprop.0.isra.1.cold | parse.constprop.0.isra.1.cold | parse",
                "read@@GLIBC_2.2.5 | read@@GLIBC_2.2.5 | read",
                "_ZN4shop4cartEi.cold | shop::cart(int) [clone .cold] | shop::cart",
                "_Zx | f<a(b)>(int) | f<a(b)>",
                "_Zx | (anonymous namespace)::run(int) | (anonymous namespace)::run",
                "_Zx | shop::less::operator()(int) const | shop::less::operator()",
                "_Zx | int shop::Pub::go<int>(int) | shop::Pub::go<int>",
                "_Zx | top(int)::{lambda(int)#1}::operator()(int) const | top::{lambda}::operator()",
                "_Zx | auto main::{lambda(auto:1)#1}::operator()<int>(int) const"
                        + " | main::{lambda}::operator()<int>",
                "_Zx | f(int) const::{unnamed type#2}::g() | f::{unnamed type}::g",
                "top::{lambda}::operator() | top::{lambda}::operator() | top::{lambda}::operator()",
                "_Zx | operator new(unsigned long) | operator new",
                "_Zx | shop::Cart::operator unsigned long() const | shop::Cart::operator unsigned long",
                "_Zx | bool shop::operator< <int>(shop::Box<int>) | shop::operator< <int>",
                "_Zx | shop::Ptr::operator->() const | shop::Ptr::operator->",
            })
    void namesAreWithoutWhatCompilersAdd(String raw, String display, String expected) {
        assertThat(FunctionNames.normalised(raw, display)).isEqualTo(expected);
    }

    @Test
    void callersAndClonesDoNotMatter() {
        Report.Signature one = of(segv(0, "total", "handle", "main"));
        assertThat(one.text()).isEqualTo("SIGSEGV null | total");
        assertThat(one.quality()).isEqualTo("symbols");
        assertThat(of(segv(8, "total.part.0", "main"))).isEqualTo(one);
        assertThat(of(segv(0, "libc!strlen", "total", "main"))).isEqualTo(one);
    }

    @Test
    void anotherFunctionOrAnotherFaultIsAnotherSignature() {
        String hash = of(segv(0, "total", "main")).hash();
        assertThat(of(segv(0, "other", "main")).hash()).isNotEqualTo(hash);
        assertThat(of(segv(0x1234_5678_9000L, "total", "main")).hash()).isNotEqualTo(hash);
    }

    @Test
    void withoutSymbolsTheOffsetInTheModuleIsLeft() {
        Report.Signature signature = of(segv(0, "?", "main"));
        assertThat(signature.text()).isEqualTo("SIGSEGV null | shop+0x100");
        assertThat(signature.quality()).isEqualTo("modules");
    }

    @Test
    void theHashIsTheStartOfSha256() {
        assertThat(Signatures.hash("abc")).isEqualTo("ba7816bf8f01cfea");
    }
}
