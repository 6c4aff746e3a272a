package dev.mortem.cli.procdump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.cli.procdump.ProcDumpRequest.Collect;
import dev.mortem.cli.procdump.ProcDumpRequest.DumpType;
import dev.mortem.cli.procdump.ProcDumpRequest.ExceptionWatch;
import dev.mortem.cli.procdump.ProcDumpRequest.Launched;
import dev.mortem.cli.procdump.ProcDumpRequest.Running;
import dev.mortem.collect.trigger.Trigger;
import dev.mortem.dump.reduce.DumpKind;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

class ProcDumpParserTest {
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");

    /** As a shell would cut it. */
    static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(line);
        while (matcher.find()) {
            words.add(matcher.group(1) != null ? matcher.group(1) : matcher.group(2));
        }
        return words;
    }

    private static Collect collect(String line) throws ProcDumpUsageException {
        return (Collect) ProcDumpParser.parse(words(line));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "42 | -mm MINI",
                "-mm 42 | -mm MINI",
                "-ma 42 | -ma FULL",
                "-mt 42 | -mt TRIAGE",
                "-mp 42 | -mp HEAP",
                "-ma -mm 42 | -mm MINI, -ma FULL",
                "-ma -mp -mt 42 | -mt TRIAGE, -mp HEAP, -ma FULL",
                "-mc 61826 42 | -mc FULL 61826",
                "-mc 0x61964 42 | -mc MINI 61964",
                "-mc 100008 42 | -mc TRIAGE 100008",
                "-mc 200 42 | -mc HEAP 200"
            })
    void whatADumpHolds(String line, String expected) throws ProcDumpUsageException {
        List<String> found = collect(line).types().stream()
                .map(type -> type.option() + " " + type.kind()
                        + (type.mask().isPresent()
                                ? " " + Long.toHexString(type.mask().getAsLong())
                                : ""))
                .toList();
        assertThat(String.join(", ", found)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "-c 85 42 | cpu >= 85% of machine for 10s",
                "-c 85 -s 2 42 | cpu >= 85% of machine for 2s",
                "-c 150 -u 42 | cpu >= 150% of core for 10s",
                "-cl 5 -s 60 42 | cpu < 5% of machine for 1m",
                "-m 5120 -s 30 42 | memory(private) >= 5GiB for 30s",
                "-ml 100 42 | memory(private) < 100MiB for 10s",
                "-tc 500 42 | threads >= 500 for 10s",
                "-fc 900 42 | fds >= 900 for 10s",
                "-e 42 | signal any",
                "-e 1 42 | signal first any",
                "-e 1 -b 42 | signal first any",
                "-sig 10,SEGV,SIGTERM 42 | signal first SIGUSR1; signal first SIGSEGV; signal first SIGTERM",
                "-t 42 | end",
                "-ld 42 | module load",
                "-ld -f ssl 42 | module load named ~*ssl*~",
                "-ud 42 | module unload",
                "-ct -et 42 | thread start; thread end",
                "-l 42 | line ~~ in journal",
                "-l -f refused 42 | line ~(?i)\\Qrefused\\E~ in journal",
                "-l -x /tmp /bin/true | line ~~ in stderr",
                "-p \\Process(w3wp)\\Thread_Count 300 42 | threads >= 300 for 10s",
                "-pl \\Process(w3wp#1)\\Private_Bytes 1048576 42 | memory(private) < 1MiB for 10s",
                "-p \\Process(a)\\%_Processor_Time 90 -s 3 42 | cpu >= 90% of core for 3s",
                "-p \\Process(a)\\Handle_Count 10.5 42 | fds >= 11 for 10s",
                "-c 50 -m 10 -t 42 | cpu >= 50% of machine for 10s; memory(private) >= 10MiB for 10s; end"
            })
    void whenToDump(String line, String expected) throws ProcDumpUsageException {
        List<String> arguments = words(line).stream()
                .map(word -> word.startsWith("\\Process") ? word.replace('_', ' ') : word)
                .toList();
        List<Trigger> triggers = ProcDumpTriggers.of((Collect) ProcDumpParser.parse(arguments));
        assertThat(String.join("; ", triggers.stream().map(Trigger::text).toList()))
                .isEqualTo(expected.replace('~', '"'));
    }

    @Test
    void withoutAConditionDumpsAreTakenApart() throws ProcDumpUsageException {
        Collect asked = collect("–64 –ma –s 4 –n 3 42 w3wp-PID-perf.dmp");
        assertThat(asked.conditions().isEmpty()).isTrue();
        assertThat(ProcDumpTriggers.of(asked)).isEmpty();
        assertThat(asked.rhythm().count()).isEqualTo(3);
        assertThat(asked.rhythm().seconds()).isEqualTo(Duration.ofSeconds(4));
        assertThat(asked.place()).contains("w3wp-PID-perf.dmp");
        assertThat(asked.notes()).containsExactly("-64: a dump always has the process's own width");
        assertThat(collect("42").rhythm().seconds()).isEqualTo(Duration.ofSeconds(10));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-ma 42", "/ma 42", "/MA 42", "-Ma 42", "/mA 42", "42 -ma", "42 /ma", "–mA 42",
                "—ma 42", "‑ma 42", "−ma 42", "42 –ma"
            })
    void optionsAreWrittenInManyWays(String line) throws ProcDumpUsageException {
        assertThat(collect(line).types())
                .containsExactly(new DumpType("-ma", DumpKind.FULL, OptionalLong.empty()));
        assertThat(collect(line).subject()).isEqualTo(new Running("42", false));
    }

    @Test
    void theOneBehindEAndTheDigitBehindRAreTheirs() throws ProcDumpUsageException {
        Collect first = collect("-e 1 1234");
        assertThat(first.conditions().exceptions()).isEqualTo(ExceptionWatch.FIRST_CHANCE);
        assertThat(first.subject()).isEqualTo(new Running("1234", false));
        Collect second = collect("-e 1234");
        assertThat(second.conditions().exceptions()).isEqualTo(ExceptionWatch.UNHANDLED);
        assertThat(second.subject()).isEqualTo(new Running("1234", false));
        assertThat(collect("-r 5 -a 77").care().clones()).isEqualTo(OptionalInt.of(5));
        assertThat(collect("-r 77").care().clones()).isEqualTo(OptionalInt.of(1));
        assertThat(collect("-r 77").subject()).isEqualTo(new Running("77", false));
    }

    @Test
    void howToDump() throws ProcDumpUsageException {
        Collect asked =
                collect("-ma -r -a -at 20 -o -k -dc \"it is -slow\" -n 10 -pf 250 -w shop dumps/");
        assertThat(asked.care().avoidOutage()).isTrue();
        assertThat(asked.care().atMost()).contains(Duration.ofSeconds(20));
        assertThat(asked.care().overwrite()).isTrue();
        assertThat(asked.care().kill()).isTrue();
        assertThat(asked.care().comment()).contains("it is -slow");
        assertThat(asked.rhythm().count()).isEqualTo(10);
        assertThat(asked.rhythm().interval()).isEqualTo(Duration.ofMillis(250));
        assertThat(asked.subject()).isEqualTo(new Running("shop", true));
        assertThat(asked.place()).contains("dumps/");
    }

    @Test
    void allBehindXsProgramIsTheProgramsOwn() throws ProcDumpUsageException {
        Collect asked = collect("-ma -e -x /var/dumps ./shop -ma /t \"a b\" -?x");
        assertThat(asked.subject())
                .isEqualTo(new Launched("./shop", List.of("-ma", "/t", "a b", "-?x")));
        assertThat(asked.place()).contains("/var/dumps");
    }

    @Test
    void filters() throws ProcDumpUsageException {
        ExceptionFilter filter = collect("-e 1 -f \"NotFound, C00*\" -f SIGBUS -fx SIGSEGV 42")
                .conditions()
                .filter();
        assertThat(filter.includes()).containsExactly("NotFound", "C00*", "SIGBUS");
        assertThat(filter.excludes()).containsExactly("SIGSEGV");
        assertThat(filter.displayOnly()).isFalse();
        assertThat(collect("-e 1 -f \"\" 42").conditions().filter().displayOnly())
                .isTrue();
    }

    @Test
    void managedNamesAreAcceptedWithAWord() throws ProcDumpUsageException {
        assertThat(collect("-ma -e 1 -f \"System.Net.WebException\" 42").notes())
                .singleElement()
                .asString()
                .startsWith(
                        "-f System.Net.WebException: fits no signal. Names of managed exceptions match");
        assertThat(collect("-ma -e 1 -f 0xc00000fd 42").notes()).isEmpty();
        assertThat(collect("-e -s 5 42").notes()).singleElement().asString().startsWith("-s:");
    }

    @Test
    void helpAndCancel() throws ProcDumpUsageException {
        for (String line : List.of("-?", "/?", "-ma -? 42", "--help")) {
            assertThat(ProcDumpParser.parse(words(line))).isEqualTo(new ProcDumpRequest.Help());
        }
        assertThat(ProcDumpParser.parse(words("-cancel 42")))
                .isEqualTo(new ProcDumpRequest.Cancel(42));
    }

    @ParameterizedTest
    @EnumSource(ProcDumpOption.class)
    void noOptionIsPassedOverInSilence(ProcDumpOption option) {
        List<String> line = new ArrayList<>(List.of(option.text(), "1", "1", "x"));
        if (option.isRefused()) {
            assertThatThrownBy(() -> ProcDumpParser.parse(line))
                    .isInstanceOf(ProcDumpUsageException.class)
                    .hasMessage(option.text() + " has no counterpart here: " + option.words());
        } else if (option.role() == ProcDumpOption.Role.NOTED) {
            List<String> noted = new ArrayList<>(List.of("-e", option.text(), "x"));
            assertThat(parsed(noted).notes())
                    .containsExactly(option.text() + ": " + option.words());
        }
        assertThat(option.words()).isNotBlank();
        assertThat(ProcDumpOption.of(option.text())).contains(option);
    }

    private static Collect parsed(List<String> line) {
        try {
            return (Collect) ProcDumpParser.parse(line);
        } catch (ProcDumpUsageException refused) {
            throw new AssertionError(refused);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "~~ | a process is missing",
                "-ma | a process is missing",
                "-e 1 | a process is missing",
                "-mz 42 | -mz is no option of ProcDump; -? lists them",
                "-ma -ma 42 | -ma is given twice",
                "-n 2 -n 3 42 | -n is given twice",
                "-n 0 42 | -n takes a number of dumps from 1 to 1000, not \"0\"",
                "-n 1001 42 | from 1 to 1000, not \"1001\"",
                "-n -3 42 | from 1 to 1000, not \"-3\"",
                "-n 99999999999999999999 42 | from 1 to 1000",
                "-n | -n needs a number of dumps from 1 to 1000 behind it",
                "-n -ma 42 | behind it, and -ma is an option",
                "-s 0 42 | -s takes seconds from 1 to 604800, not \"0\"",
                "-at 0 42 | -at takes seconds",
                "-c 0 42 | -c takes a percentage",
                "-c 85% 42 | not \"85%\"",
                "-c 101 42 | percent of all cores, 100 at most; with -u",
                "-u 42 | neither is given",
                "-u | nothing to uninstall",
                "-m 100,200 42 | -m takes a number of MB",
                "-pf 50 42 | -pf takes milliseconds from 100",
                "-tc x 42 | -tc takes a number from 1",
                "-mc xyz 42 | -mc takes a mask in hex, such as 61826, not \"xyz\"",
                "-mc ffffffff 42 | bits fe000000 mean nothing; 1ffffff are known",
                "-md cb.dll 42 | -md has no counterpart here",
                "-h 42 | mortem watch TARGET --when 'url http://localhost/ > 5s'",
                "-wer 42 | no Windows Error Reporting here",
                "-ma -i /var/dumps | are not built yet. Until then, use -ma -e -w NAME",
                "-pgid 5 | mortem watch unit:NAME --all",
                "-gcm 100 42 | Use -m MB",
                "-gcgen 2 42 | Use -m MB",
                "-restrack 42 | memory grows 100MB/min",
                "-p \\Processor(_Total)\\%Time 5 42 | has no counterpart here; \\Process(NAME)\\ with one of",
                "-p \\Process(a)\\Pool 5 42 | one of these has: % Processor Time, Private Bytes",
                "-p x | has no counterpart here",
                "-sig 99 42 | numbers from 1 to 31 or names such as SIGSEGV, not \"99\"",
                "-sig 9 42 | SIGKILL reaches no process",
                "-f x 42 | none of these is asked for",
                "-fx x -t 42 | none of these is asked for",
                "-e -f \"\" -f x 42 | choose one",
                "-e -fx \"\" 42 | leaves nothing out",
                "-b 42 | they need -e",
                "-g -t 42 | they need -e",
                "-a 42 | -a needs -r",
                "-mk -r 42 | leave out -mk or -r",
                "-w 42 | -w waits for a process by its name; 42 is a pid",
                "-w -e -x . prog | choose one",
                "-x dumps | -x needs a folder for the dumps and then a program",
                "-cancel 42 -ma | stands alone",
                "-cancel x | -cancel takes a pid",
                "0 | 0 is no pid",
                "\"\" | the name of the process is empty",
                "-ma my shop app.dmp | put quotation marks around names with spaces",
                "-ma %1% | stands for the pid, and whoever starts this must put the pid there",
                "-ma %ld x.dmp | stands for the pid"
            })
    void refusals(String line, String expected) {
        assertThatThrownBy(() -> ProcDumpParser.parse(words(line)))
                .isInstanceOf(ProcDumpUsageException.class)
                .hasMessageContaining(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "-ma -accepteula 42 C:\\home\\dumps | procdump -ma -accepteula 42 /var/tmp/dumps",
                "-ma 42 c:/dumps/a.dmp | procdump -ma 42 /var/tmp/dumps/a.dmp",
                "-ma 42 \\\\server\\share\\x | procdump -ma 42 /var/tmp/dumps",
                "-ma -i Z:\\Dumps | procdump -ma -i /var/tmp/dumps",
                "-e -dc \"it's slow\" 42 D: | procdump -e -dc 'it'\\''s slow' 42 /var/tmp/dumps"
            })
    void aPathOfWindowsIsAnsweredWithTheLineForThisSystem(String line, String expected) {
        assertThatThrownBy(() -> ProcDumpParser.parse(words(line)))
                .isInstanceOf(ProcDumpUsageException.class)
                .hasMessageContaining(" is a path of Windows.")
                .hasMessageEndingWith("mkdir -p /var/tmp/dumps && " + expected);
    }
}
