package dev.mortem.analyze.blame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.analyze.casefile.Cases;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.dwarf.function.SourceLanguage;
import dev.mortem.stack.symbol.Frame;
import dev.mortem.stack.unwind.FrameTrust;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

class BlameTableTest {
    private static final List<Frame> FRAMES = List.of(
            Cases.frame("libc!strlen", 0), Cases.frame("log_line", 1), Cases.frame("main", 2));

    @Test
    void libcIsPlumbingAndTheProgramIsNot() {
        BlameTable table = BlameTable.builtIn();
        assertThat(table.blamed(FRAMES, 0)).hasValue(1);
        assertThat(table.isPlumbing(Cases.frame("cpp!anything", 0))).isTrue();
        assertThat(table.isPlumbing(Cases.frame("free", 0))).isTrue();
        assertThat(table.isPlumbing(Cases.frame("?", 0))).isFalse();
    }

    @Test
    void whatASystemHeaderPutIntoTheProgramIsPlumbing() throws Exception {
        BlameTable table = BlameTable.builtIn();
        Frame header = inlined("fill", "/usr/include/c++/12/bits/stl_algobase.h");
        assertThat(table.isPlumbing(header)).isTrue();
        assertThat(table.isPlumbing(inlined("fill", "/home/ann/shop/fill.h"))).isFalse();
        assertThat(table.with("own.txt", "blame source */stl_*").isPlumbing(header))
                .isFalse();
    }

    private static Frame inlined(String function, String file) {
        Frame frame = Cases.frame(function, 0);
        return new Frame(
                Frame.Kind.INLINE,
                frame.address(),
                frame.lookupAddress(),
                FrameTrust.INLINE,
                false,
                frame.module(),
                frame.function(),
                Optional.of(new Frame.SourceLocation(file, 42)),
                SourceLanguage.CPP);
    }

    @Test
    void theUsersFileWins(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("blame.txt");
        Files.writeString(
                file,
                "# ours\n\nskip function log_*\nblame module libc.so*\n  blame function free\n");
        BlameTable table = BlameTable.builtIn().with(file);
        assertThat(table.blamed(FRAMES, 0)).hasValue(0);
        assertThat(table.blamed(FRAMES, 1)).hasValue(2);
        assertThat(table.isPlumbing(Cases.frame("free", 0))).isFalse();
    }

    @Test
    void aLineThatIsNoRuleIsNamed() {
        assertThatThrownBy(
                        () -> BlameTable.builtIn().with("own.txt", "skip module a\nskip what b\n"))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("own.txt: line 2")
                .hasMessageContaining("skip|blame module|function|source PATTERN");
    }

    @Test
    void patternsKnowStarsAndQuestionMarks() {
        assertThat(new Glob("lib*.so?").matches("libshop.so6")).isTrue();
        assertThat(new Glob("lib*.so?").matches("libshop.so")).isFalse();
        assertThat(new Glob("*a*b*c").matches("xxaxxbxxbxc")).isTrue();
        assertThat(new Glob("").matches("")).isTrue();
        assertThat(new Glob("*").matches("")).isTrue();
        assertThat(new Glob("*a".repeat(50)).matches("b".repeat(5000))).isFalse();
    }
}
