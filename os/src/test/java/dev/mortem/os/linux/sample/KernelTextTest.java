package dev.mortem.os.linux.sample;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;

/** Numbers in small files of the kernel's. */
class KernelTextTest {
    private static KernelText of(String content) {
        KernelText text = new KernelText();
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, text.buffer(), 0, bytes.length);
        text.take(bytes.length);
        return text;
    }

    @Test
    void statsFieldsAreCountedBehindTheName() {
        KernelText stat =
                of("42 (a b) c) (x) S 1 42 42 0 -1 4194560 7 0 3 0 150 25 0 0 20 0 12 0 99\n");
        assertThat(stat.statField(12)).hasValue(3);
        assertThat(stat.statField(14)).hasValue(150);
        assertThat(stat.statField(15)).hasValue(25);
        assertThat(stat.statField(20)).hasValue(12);
        assertThat(stat.statField(60)).isEmpty();
    }

    @Test
    void valuesStandBehindTheirKeys() {
        KernelText rollup =
                of("Private_Clean:  8 kB\nXPrivate_Dirty: 1 kB\nPrivate_Dirty:\t12 kB\n");
        assertThat(rollup.value("Private_Dirty:")).hasValue(12);
        assertThat(rollup.value("Private_Clean:")).hasValue(8);
        assertThat(rollup.value("Swap:")).isEmpty();
        assertThat(of("oom_kill_disable 0\noom_kill 7\n").value("oom_kill ")).hasValue(7);
    }

    @Test
    void numbersAreDividedByBlanks() {
        KernelText statm = of("100 20 5 1 0 9 0\n");
        assertThat(statm.number(1)).hasValue(20);
        assertThat(statm.number(6)).hasValue(0);
        assertThat(statm.number(7)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "(", ")", "42 (x)", "42 (x) S -1", "99999999999999999999"})
    void whatIsCutOrNoNumberIsAbsent(String content) {
        assertThat(of(content).statField(4)).isEmpty();
        assertThat(of(content).value("x")).isEmpty();
        assertThat(of("-1 x").number(0)).isEmpty();
        assertThat(of("99999999999999999999").number(0)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {"0-3,8;5", "0;1", "0-0;1", "'0-1\n';2"})
    void processorsAreCounted(String list, long count) {
        assertThat(CpuList.count(list)).hasValue(count);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "3-1", "0-", "-1", "1,,2"})
    void whatIsNoListOfProcessorsIsNone(String list) {
        assertThat(CpuList.count(list)).isEqualTo(OptionalLong.empty());
    }

    @Test
    void modulesAreTheFilesWhoseCodeIsMapped() {
        String maps = """
                00400000-00401000 r-xp 00000000 fe:00 1 /bin/a b
                00402000-00403000 r--p 00000000 fe:00 2 /usr/share/data
                7f0000000000-7f0000001000 r-xp 00000000 fe:00 3 /lib/libx.so (deleted)
                7f0000002000-7f0000003000 r-xp 00000000 00:00 0 [vdso]
                7f0000004000-7f0000005000 rwxp 00000000 00:00 0
                """;
        assertThat(ModuleNames.of(maps)).containsExactlyInAnyOrder("/bin/a b", "/lib/libx.so");
    }
}
