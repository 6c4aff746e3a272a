package dev.mortem.stack.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.stack.fetch.StoreChain.Stage;
import dev.mortem.stack.fetch.SymbolPath.Element;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

class SymbolPathTest {
    private static final String MSDL = SymbolPath.MICROSOFT;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "srv*|MSDL",
                "SRV*https://h/s|https://h/s",
                "srv*/near*https://h/s|/near https://h/s",
                "srv*/near*/far*https://h/s|/near /far https://h/s",
                "srv**https://h/s|https://h/s",
                "symsrv*SymSrv.dll*/near*https://h/s/|/near https://h/s",
                "cache*/kept;srv*https://h/s|/kept https://h/s",
                "cache*;srv*https://h/s|https://h/s",
                "cache*/kept;srv*/local|/local",
                "  srv*/local ; |/local",
            })
    void stagesFollowEachOther(String path, String stages) {
        assertThat(SymbolPath.parse(path)).containsExactly(chain(stages));
    }

    @Test
    void elementsKeepTheirOrder() {
        assertThat(SymbolPath.parse("/a;srv*/b;https://h/c;;msdl;cache*/d;srv*"))
                .containsExactly(
                        new Element.Place("/a"),
                        chain("/b"),
                        new Element.Place("https://h/c"),
                        new Element.Place("msdl"),
                        chain("/d MSDL"));
        assertThat(SymbolPath.parse("")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\\\\server\\share|a Windows share",
                "srv*\\\\server\\share*https://h/s|a Windows share",
                "srv*C:\\symbols*https://h/s|a folder of Windows",
                "symsrv*other.dll*/near|only symsrv*symsrv.dll",
                "symsrv*/near|only symsrv*symsrv.dll",
                "srv*ftp://h/s|only http and https",
                "srv*https://user:secret@h/s|password",
            })
    void whatCannotBeUsedIsNamed(String path, String why) {
        assertThatThrownBy(() -> SymbolPath.parse(path))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why)
                .hasMessageNotContaining("secret");
    }

    private static Element chain(String stages) {
        List<Stage> all = Arrays.stream(stages.split(" ", -1))
                .map(stage -> stage.equals("MSDL") ? MSDL : stage)
                .map(SymbolPathTest::stage)
                .toList();
        return new Element.Stores(new StoreChain(all));
    }

    private static Stage stage(String text) {
        return text.startsWith("http")
                ? new Stage.Server(ServerUrl.of(text))
                : new Stage.Folder(Path.of(text));
    }
}
