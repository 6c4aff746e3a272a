package dev.mortem.stack.symbol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.format.dwarf.function.SourceCode;
import dev.mortem.format.dwarf.function.SourceFunction;
import dev.mortem.format.dwarf.function.SourceLanguage;
import dev.mortem.format.dwarf.line.SourceLine;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

class FunctionChainTest {
    private static final SourceLine LINE = new SourceLine("/src/shop.c", 42, 0);

    @Test
    void withoutDebugInformationTheSymbolIsAll() {
        FunctionChain chain = chain(symbol("parse", 0x1000), List.of());
        assertThat(chain.links()).hasSize(1);
        assertThat(name(chain, 0)).isEqualTo("parse");
        assertThat(chain.links().getFirst().source()).isEmpty();
    }

    @Test
    void whereNothingIsKnownThereIsOneFunctionWithoutName() {
        FunctionChain chain = FunctionChain.unknown();
        assertThat(chain.links()).hasSize(1);
        assertThat(chain.links().getFirst().name()).isEmpty();
    }

    @Test
    void inlinedFunctionsComeFirstAndHaveTheirOwnLines() {
        SourceFunction inner = function("total", "_Z5totali", true, OptionalLong.of(0x1000));
        SourceFunction outer = function("serve", "_Z5servev", false, OptionalLong.of(0x1000));
        FunctionChain chain = chain(symbol("_Z5servev", 0x1000), List.of(inner, outer));
        assertThat(chain.links())
                .extracting(FunctionChain.Link::inlined)
                .containsExactly(true, false);
        assertThat(name(chain, 0)).isEqualTo("_Z5totali");
        assertThat(chain.links().getFirst().name().orElseThrow().svma()).isEmpty();
        assertThat(chain.links().getFirst().source()).contains(LINE);
        assertThat(name(chain, 1)).isEqualTo("_Z5servev");
        assertThat(chain.links().get(1).language()).isEqualTo(SourceLanguage.CPP);
    }

    @Test
    void oneFunctionOfSeveralNamesKeepsThatOfItsSymbol() {
        FunctionChain chain =
                chain(symbol("poll", 0x1000), List.of(function("__poll", "__GI___poll", 0x1000)));
        assertThat(name(chain, 0)).isEqualTo("poll");
    }

    @Test
    void aPartMovedAwayHasItsFunctionsName() {
        FunctionChain chain =
                chain(symbol("parse.cold", 0x400), List.of(function("parse", "parse", 0x1000)));
        assertThat(name(chain, 0)).isEqualTo("parse");
        assertThat(chain.links().getFirst().name().orElseThrow().svma()).hasValue(0x1000);
    }

    @Test
    void aFunctionWithoutSymbolIsNotTheOneBeforeIt() {
        FunctionChain chain = chain(
                symbol("exported", 0x1000), List.of(function("hidden", "_ZL6hiddenv", 0x1100)));
        assertThat(name(chain, 0)).isEqualTo("_ZL6hiddenv");
    }

    @Test
    void aLineAloneLeavesTheSymbolsName() {
        FunctionChain chain = FunctionChain.of(
                symbol("memcpy", 0x1000),
                new SourceCode(List.of(), Optional.of(LINE), SourceLanguage.ASSEMBLER));
        assertThat(name(chain, 0)).isEqualTo("memcpy");
        assertThat(chain.links().getFirst().language()).isEqualTo(SourceLanguage.ASSEMBLER);
        assertThat(chain.links().getFirst().source()).contains(LINE);
    }

    private static FunctionChain chain(
            Optional<FunctionTable.Entry> symbol, List<SourceFunction> functions) {
        return FunctionChain.of(
                symbol, new SourceCode(functions, Optional.empty(), SourceLanguage.CPP));
    }

    private static String name(FunctionChain chain, int index) {
        return chain.links().get(index).name().orElseThrow().raw();
    }

    private static Optional<FunctionTable.Entry> symbol(String raw, long svma) {
        return Optional.of(new FunctionTable.Entry(raw, svma, 0x80));
    }

    private static SourceFunction function(String name, String linkageName, long entrySvma) {
        return function(name, linkageName, false, OptionalLong.of(entrySvma));
    }

    private static SourceFunction function(
            String name, String linkageName, boolean inlined, OptionalLong entrySvma) {
        return new SourceFunction(
                Optional.of(name),
                Optional.of(linkageName),
                Optional.empty(),
                inlined,
                Optional.of(LINE),
                entrySvma,
                SourceLanguage.CPP);
    }
}
