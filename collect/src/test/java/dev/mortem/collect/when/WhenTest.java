package dev.mortem.collect.when;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.collect.trigger.AllOf;
import dev.mortem.collect.trigger.AnyOf;
import dev.mortem.collect.trigger.Compare;
import dev.mortem.collect.trigger.CpuAmount;
import dev.mortem.collect.trigger.CpuTrigger;
import dev.mortem.collect.trigger.LineSource;
import dev.mortem.collect.trigger.LineTrigger;
import dev.mortem.collect.trigger.SignalTrigger;
import dev.mortem.collect.trigger.Trigger;
import dev.mortem.collect.trigger.UrlTrigger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The language of conditions: what it makes, and how it refuses. */
class WhenTest {
    /** Each is printed as it is read, and read again as it is printed. */
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "cpu > 85% for 2s | cpu > 85% of machine for 2s",
                "cpu>1.5 cores | cpu > 1.5 cores",
                "cpu < 5% of core for 30s | cpu < 5% of core for 30s",
                "cpu >= 90% of quota for 1m | cpu >= 90% of quota for 1m",
                "cpu(thread) > 90% of core for 5s | cpu(thread) > 90% of core for 5s",
                "cpu(process) > 1 core | cpu > 1 cores",
                "memory > 2GB | memory(private) > 2GB",
                "memory(rss) <= 2 GiB for 10 s | memory(rss) <= 2GiB for 10s",
                "memory(uss) > 1500kB | memory(unique) > 1500kB",
                "memory > 800MB step 100MB | memory(private) > 800MB step 100MB",
                "memory grows 100MB/min for 5m | memory(private) grows 100MB/min for 5m",
                "memory(cgroup) grows 1GiB/h | memory(cgroup) grows 1GiB/h",
                "threads > 500 | threads > 500",
                "fds >= 1000 for 10s | fds >= 1000 for 10s",
                "io > 50MB/s for 10s | io > 50MB/s for 10s",
                "io(read) > 1GB/s | io(read) > 1GB/s",
                "faults > 100/s | faults > 100/s",
                "pressure(memory full) > 20% for 10s | pressure(memory full) > 20% for 10s",
                "pressure(cpu) > 50% | pressure(cpu) > 50%",
                "cgroup > 90% | cgroup > 90%",
                "oom-kill | oom-kill",
                "start | start",
                "end | end",
                "signal SEGV | signal SIGSEGV",
                "signal first any | signal first any",
                "module load | module load",
                "module unload named \"libssl*\" | module unload named \"libssl*\"",
                "thread start | thread start",
                "line \"a \\\"b\\\" c\" in /var/log/shop.log | line \"a \\\"b\\\" c\" in /var/log/shop.log",
                "line \"x\" in journal | line \"x\" in journal",
                "url http://localhost:80/a?b=(c > 2s | url http://localhost:80/a?b=(c > 2s every 5s",
                "url https://shop/ status 5xx every 1s | url https://shop/ status 5xx every 1s",
                "url https://shop/ status 500-503 | url https://shop/ status 500-503 every 5s",
                "url https://shop/ fails | url https://shop/ fails every 5s",
                "command \"curl -f x\" status != 0 | command \"curl -f x\" status != 0 every 5s",
                "command \"x\" status 3 | command \"x\" status = 3 every 5s",
                "idle for 30s | idle for 30s",
                "at 03:00 | at 03:00"
            })
    void aConditionIsReadAndPrinted(String text, String printed) throws WhenException {
        Trigger trigger = When.parse(text);
        assertThat(trigger.text()).isEqualTo(printed);
        assertThat(When.parse(printed)).isEqualTo(trigger);
    }

    @Test
    void valuesAreWhatTheyAre() throws WhenException {
        assertThat(When.parse("cpu > 85% for 2s"))
                .isEqualTo(new CpuTrigger(
                        Compare.ABOVE,
                        new CpuAmount(85, CpuAmount.Unit.PERCENT_OF_MACHINE),
                        Duration.ofSeconds(2)));
        assertThat(When.parse("line \"x y\" in \"/a b.log\""))
                .isEqualTo(new LineTrigger("x y", new LineSource.OfFile(Path.of("/a b.log"))));
        assertThat(When.parse("signal any")).isEqualTo(new SignalTrigger(SignalTrigger.ANY, false));
        UrlTrigger url = (UrlTrigger) When.parse("url http://h/ > 2s");
        assertThat(url.probe().timeout()).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void andBindsCloserThanOr() throws WhenException {
        Trigger trigger = When.parse("start or threads > 5 and fds > 6");
        assertThat(trigger)
                .isEqualTo(new AnyOf(
                        List.of(
                                When.parse("start"),
                                new AllOf(
                                        List.of(When.parse("threads > 5"), When.parse("fds > 6")),
                                        Duration.ZERO)),
                        Duration.ZERO));
        assertThat(When.parse(trigger.text())).isEqualTo(trigger);
    }

    @Test
    void parenthesesMayHaveATime() throws WhenException {
        Trigger trigger = When.parse("(threads > 5 or fds > 6) for 10s and cpu > 1%");
        assertThat(((AllOf) trigger).parts().getFirst())
                .isEqualTo(new AnyOf(
                        List.of(When.parse("threads > 5"), When.parse("fds > 6")),
                        Duration.ofSeconds(10)));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "cpux > 5 | column 1: found \"cpux\"; allowed: cpu, memory",
                "cpu = 5 | column 5: found \"=\"; allowed: one of > >= < <=",
                "cpu > 85 | column 9: found the end; allowed: % or cores behind the number",
                "cpu > 101% | column 7: found \"101%\"; allowed: more than 0 and at most 100 percent",
                "cpu > 0% | column 7: found \"0%\"; allowed: more than 0",
                "cpu > x | column 7: found \"x\"; allowed: an amount such as 85%",
                "cpu > 85% of core2 | column 14: found \"core2\"; allowed: core, machine or quota",
                "cpu(thread) > 2 cores | column 15: found \"2\"; allowed: more than 0 and at most 1 cores",
                "cpu > 85% for 2 | column 15: found \"2\"; allowed: a time such as",
                "cpu > 85% for 8d | column 15: found \"8d\"; allowed: at most 7d",
                "memory > 2XB | column 10: found \"2XB\"; allowed: a size such as",
                "memory > 0MB | column 10: found \"0MB\"; allowed: a size of more than nothing",
                "memory(heap) > 2GB | column 8: found \"heap)\"; allowed: private, rss",
                "memory < 2GB step 1GB | column 8: found \"<\"; allowed: > where there are steps",
                "threads > 5 for | column 16: found the end; allowed: a time",
                "signal SIGFOO | column 8: found \"SIGFOO\"; allowed: a signal such as",
                "signal SIGKILL | column 8: found \"SIGKILL\"; allowed: end",
                "line x in f | column 6: found \"x\"; allowed: a regular expression in quotation",
                "line \"[\" in f | column 6: found \"\"[\"\"; allowed: a regular expression (",
                "line \"x | column 6: found \"\"x\"; allowed: a regular expression in quotation marks, with",
                "url ftp://h/ > 2s | column 5: found \"ftp://h/\"; allowed: http://",
                "url http://h/ status 99 | column 22: found \"99\"; allowed: a status such as 503",
                "url http://h/ fails every 1ms | column 27: found \"1ms\"; allowed: 100ms or more",
                "command \"x\" status 300 | column 20: found \"300\"; allowed: a status from 0 to 255",
                "idle | column 5: found the end; allowed: for and a time",
                "at 25:00 | column 4: found \"25:00\"; allowed: a time of day",
                "(start | column 7: found the end; allowed: and, or, or \")\"",
                "start end | column 7: found \"end\"; allowed: and, or, or the end",
                "start and | column 10: found the end; allowed: cpu, memory",
                "` ` | column 2: found the end; allowed: cpu, memory"
            })
    void whatIsWrongIsToldWithItsColumn(String text, String message) {
        assertThatThrownBy(() -> When.parse(text))
                .isInstanceOf(WhenException.class)
                .hasMessageStartingWith(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"(", "((((", "cpu >", "memory(", "url", "line \"\\", "\"", "for 2s", "%"})
    void nothingThatIsCutShortIsTaken(String text) {
        assertThatThrownBy(() -> When.parse(text)).isInstanceOf(WhenException.class);
    }

    @Test
    void parenthesesAreNotEndless() {
        assertThatThrownBy(() -> When.parse("(".repeat(100_000)))
                .isInstanceOf(WhenException.class)
                .hasMessageContaining("at most 20 parentheses");
    }
}
