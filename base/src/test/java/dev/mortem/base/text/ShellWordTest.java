package dev.mortem.base.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

class ShellWordTest {
    @Test
    void plainWordsStay() {
        assertThat(ShellWord.quoted("/srv/dumps/w-1.5_2026,a=b@c%d+e:f.core"))
                .isEqualTo("/srv/dumps/w-1.5_2026,a=b@c%d+e:f.core");
        assertThat(ShellWord.quoted("dömpe.dmp")).isEqualTo("dömpe.dmp");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "a b", "it's", "$(id)", "`id`", "a;b", "a\nb", "\\", "\"", "*", "~", "!x"
            })
    void aShellGivesTheWordBack(String word) throws Exception {
        Process shell =
                new ProcessBuilder("sh", "-c", "printf %s " + ShellWord.quoted(word)).start();
        byte[] said = shell.getInputStream().readAllBytes();
        assertThat(shell.waitFor()).isZero();
        assertThat(new String(said, StandardCharsets.UTF_8)).isEqualTo(word);
    }

    @Test
    void aFileIsNoOption() {
        assertThat(ShellWord.file(Path.of("-o.dmp"))).isEqualTo("./-o.dmp");
        assertThat(ShellWord.file(Path.of("my dumps/-o.dmp"))).isEqualTo("'my dumps/-o.dmp'");
    }
}
