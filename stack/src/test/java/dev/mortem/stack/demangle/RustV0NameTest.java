package dev.mortem.stack.demangle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.limit.Limits;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.Optional;

/** Rust RFC 2603 and "v0 Symbol Format": an example or more for each production. */
final class RustV0NameTest {
    private final Demangler demangler = new Demangler();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "_RNvC1a1f | a::f",
                "_RNvCs1234_7mycrate3foo | mycrate::foo",
                "_RNvNtCs1234_7mycrate3foo3bar | mycrate::foo::bar",
                "_RNvCs15kBYyAo9fc_7mycrate7example | mycrate::example",
                "_RNCNvC1a4main0 | a::main::{closure#0}",
                "_RNCNvC1a4mains_0 | a::main::{closure#1}",
                "_RNCNvC1a4mains0_1c | a::main::{closure:c#2}",
                "_RNSC1a4call | a::{shim:call#0}",
                "_RNKC1a0 | a::{K#0}",
                "_RNvMC1aNtB2_1S1f | <a::S>::f",
                "_RNvMs_C1aNtB4_1S1f | <a::S>::f",
                "_RNvXC1aNtB2_1SNtB2_1T1f | <a::S as a::T>::f",
                "_RNvYNtC1a1SNtB4_1T1f | <a::S as a::T>::f",
                "_RINvC1a1fjE | a::f::<usize>",
                "_RINvC1a1fjhE | a::f::<usize, u8>",
                "_RINvC1a1fNtB2_1SE | a::f::<a::S>",
                "_RINvC1a1fINtB2_1SlEE | a::f::<a::S<i32>>",
                "_RINvC1a1fReE | a::f::<&str>",
                "_RINvC1a1fQhE | a::f::<&mut u8>",
                "_RINvC1a1fPhE | a::f::<*const u8>",
                "_RINvC1a1fOhE | a::f::<*mut u8>",
                "_RINvC1a1fShE | a::f::<[u8]>",
                "_RINvC1a1fAhj3_E | a::f::<[u8; 3]>",
                "_RINvC1a1fTEE | a::f::<()>",
                "_RINvC1a1fThEE | a::f::<(u8,)>",
                "_RINvC1a1fThcEE | a::f::<(u8, char)>",
                "_RINvC1a1fFEuE | a::f::<fn()>",
                "_RINvC1a1fFhElE | a::f::<fn(u8) -> i32>",
                "_RINvC1a1fFUKCEuE | a::f::<unsafe extern \"C\" fn()>",
                "_RINvC1a1fFK8C_unwindEuE | a::f::<extern \"C-unwind\" fn()>",
                "_RINvC1a1fFG_RL0_hEuE | a::f::<for<'a> fn(&'a u8)>",
                "_RINvC1a1fFG0_RL1_hRL0_hEuE | a::f::<for<'a, 'b> fn(&'a u8, &'b u8)>",
                "_RINvC1a1fRL_hE | a::f::<&u8>",
                "_RINvC1a1fL_E | a::f::<'_>",
                "_RINvC1a1fDNtB2_1TEL_E | a::f::<dyn a::T>",
                "_RINvC1a1fDNtB2_1TNtB2_1UEL_E | a::f::<dyn a::T + a::U>",
                "_RINvC1a1fDNtB2_1Tp4ItemhEL_E | a::f::<dyn a::T<Item = u8>>",
                "_RINvC1a1fDINtB2_1TcEp4ItemhEL_E | a::f::<dyn a::T<char, Item = u8>>",
                "_RINvC1a1fFG_DNtB2_1TEL0_EuE | a::f::<for<'a> fn(dyn a::T + 'a)>",
                "_RINvC1a1fDG_INtB2_1TRL0_hEEL_E | a::f::<dyn for<'a> a::T<&'a u8>>",
                "_RINvC1a1fzE | a::f::<!>",
                "_RINvC1a1fpE | a::f::<_>",
                "_RINvC1a1fKj7b_E | a::f::<123>",
                "_RINvC1a1fKj0_E | a::f::<0>",
                "_RINvC1a1fKln7b_E | a::f::<-123>",
                "_RINvC1a1fKoffffffffffffffffff_E | a::f::<0xffffffffffffffffff>",
                "_RINvC1a1fKyffffffffffffffff_E | a::f::<18446744073709551615>",
                "_RINvC1a1fKb1_E | a::f::<true>",
                "_RINvC1a1fKc61_E | a::f::<'a'>",
                "_RINvC1a1fKca_E | a::f::<'\\n'>",
                "_RINvC1a1fKc27_E | a::f::<'\\''>",
                "_RINvC1a1fKc200b_E | a::f::<'\\u{200b}'>",
                "_RINvC1a1fKc2202_E | a::f::<'∂'>",
                "_RINvC1a1fKpE | a::f::<_>",
                "_RINvC1a1fKRe68c3a9_E | a::f::<\"hé\">",
                "_RINvC1a1fKRe2227_E | a::f::<\"\\\"'\">",
                "_RINvC1a1fKe68_E | a::f::<{*\"h\"}>",
                "_RINvC1a1fKRh7_E | a::f::<{&7}>",
                "_RINvC1a1fKQh7_E | a::f::<{&mut 7}>",
                "_RINvC1a1fKAh1_h2_EE | a::f::<{[1, 2]}>",
                "_RINvC1a1fKTh1_EE | a::f::<{(1,)}>",
                "_RINvC1a1fKTh1_b0_EE | a::f::<{(1, false)}>",
                "_RINvC1a1fKVNtB2_1EUE | a::f::<{a::E}>",
                "_RINvC1a1fKVNtB2_1ETh1_EE | a::f::<{a::E(1)}>",
                "_RINvC1a1fKVNtB2_1ES1xh1_1yb1_EE | a::f::<{a::E { x: 1, y: true }}>",
                "_RINvC1a1fKRRh7_E | a::f::<{&&7}>",
                "_RINvC1a1fjECs9_1b | a::f::<usize>",
                "_RNvC1a1f.llvm.1234 | a::f",
                "_RNvC1a1f.cold | a::f [clone .cold]",
                "_RNqCs4fqI2P2rA04_11utf8_identsu30____7hkackfecea1cbdathfdh9hlq6y"
                        + " | utf8_idents::საჭმელად_გემრიელი_სადილი",
                "_RNvC1au8gdel_5qa | a::gödel",
                "_RNvC1a2__f | a::_f",
            })
    void writesNamesAsInTheSource(String mangled, String expected) {
        assertThat(demangler.demangle(mangled)).contains(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "_R",
                "_RN",
                "_RNv",
                "_RNvC",
                "_RNvC1a",
                "_RNvC1a2f",
                "_R1NvC1a1f",
                "_RNvC1a1f1",
                "_RNvB_1f",
                "_RNvB9_1f",
                "_RNvB00000000000000_1f",
                "_RINvC1a1fKb2_E",
                "_RINvC1a1fKcd800_E",
                "_RINvC1a1fKc110000_E",
                "_RINvC1a1fKRe6_E",
                "_RINvC1a1fKReff_E",
                "_RINvC1a1fRL0_hE",
                "_RINvC1a1fDE",
                "_RNvC1a1f trailing",
                "_RN1C1a1f",
                "_RNvC99999999999a1f",
            })
    void givesNothingForWhatIsNoMangledName(String text) {
        assertThat(demangler.demangle(text)).isEmpty();
    }

    @Test
    void notPunycodeIsShownAsItIs() {
        assertThat(demangler.demangle("_RNvC1au3f_!")).contains("a::punycode{f_!}");
        assertThat(demangler.demangle("_RNvC1au9f_9999999")).contains("a::punycode{f_9999999}");
    }

    @Test
    void readsEachTruncationAsWhatItStillSays() {
        String whole = "_RINvNtC3std3mem8align_ofjdE";
        for (int length = 0; length < whole.length(); length++) {
            assertThat(demangler.demangle(whole.substring(0, length))).isEmpty();
        }
        assertThat(demangler.demangle(whole)).contains("std::mem::align_of::<usize, f64>");
    }

    @Test
    void boundsWhatBackReferencesStandFor() {
        // each tuple has the one before twice
        StringBuilder doubling = new StringBuilder("_RINvC1a1fTuuE");
        int last = 9;
        for (int i = 0; i < 60; i++) {
            int start = doubling.length() - 2;
            String back = "B" + base62(last) + "_";
            doubling.append('T').append(back).append(back).append('E');
            last = start - 1 + 1;
        }
        doubling.append('E');
        assertIsBounded(doubling.toString());
        assertIsBounded("_RNvC1a1f" + "B_".repeat(100));
        assertIsBounded("_RINvC1a1fFGzzzz_EuE");
        assertIsBounded("_RINvC1a1fFGzzzzzzzzz_EuE");
        for (String opening :
                new String[] {"R", "T", "S", "IC1a", "NvC1a", "FG_", "D", "Y", "KR"}) {
            assertIsBounded("_RINvC1a1f" + opening.repeat(60_000 / opening.length() - 10));
        }
    }

    private static String base62(int position) {
        String digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        int value = position - 1;
        return value < 62
                ? digits.substring(value, value + 1)
                : "" + digits.charAt(value / 62) + digits.charAt(value % 62);
    }

    private void assertIsBounded(String name) {
        org.junit.jupiter.api.Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(10),
                () -> assertThat(demangler.demangle(name).map(String::length).orElse(0))
                        .isLessThanOrEqualTo((int) Demangler.OUTPUT_LENGTH.defaultMax()));
    }

    @Test
    void readsUpToEachLimitAndNothingBeyond() {
        String nested = "_RINvC1a1f" + "R".repeat(9) + "hE";
        Demangler deep = new Demangler(Limits.defaults().with(Demangler.DEPTH, 6));
        Demangler shallow = new Demangler(Limits.defaults().with(Demangler.DEPTH, 5));
        assertThat(deep.demangle(nested)).contains("a::f::<&&&&&&&&&u8>");
        Optional<String> beyond = shallow.demangle(nested);
        assertThat(beyond).isEmpty();
    }
}
