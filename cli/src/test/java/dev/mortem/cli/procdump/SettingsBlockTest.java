package dev.mortem.cli.procdump;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.cli.procdump.ProcDumpRequest.Collect;

import org.junit.jupiter.api.Test;

/** The lines that scripts read. */
class SettingsBlockTest {
    private static String block(String line) throws ProcDumpUsageException {
        Collect asked = (Collect) ProcDumpParser.parse(ProcDumpParserTest.words(line));
        return String.join(
                "\n",
                SettingsBlock.of(
                        asked,
                        "shop (4711)",
                        "/usr/bin/shop",
                        "/var/dumps",
                        DumpFileName.of("PROCESSNAME_YYMMDD_HHMMSS")));
    }

    @Test
    void withNextToNothingAskedFor() throws ProcDumpUsageException {
        assertThat(block("-ma -e shop")).isEqualTo("""
                Process:               shop (4711)
                Process image:         /usr/bin/shop
                CPU threshold:         n/a
                Performance counter:   n/a
                Commit threshold:      n/a
                Thread threshold:      n/a
                Descriptor threshold:  n/a
                Threshold seconds:     n/a
                Hung window check:     Disabled
                Log debug strings:     Disabled
                Exception monitor:     Unhandled
                Exception filter:      [Includes]
                                       *
                                       [Excludes]
                Signal monitor:        Disabled
                Terminate monitor:     Disabled
                Module monitor:        Disabled
                Thread monitor:        Disabled
                Cloning type:          Copy where one can be made
                Concurrent limit:      n/a
                Avoid outage:          n/a
                Number of dumps:       1
                Dump type:             -ma (full)
                Dump folder:           /var/dumps/
                Dump filename/mask:    PROCESSNAME_YYMMDD_HHMMSS.core
                Queue to WER:          Disabled
                Kill after dump:       Disabled""");
    }

    @Test
    void withAllAskedFor() throws ProcDumpUsageException {
        assertThat(block("-mm -mc 61826 -n 3 -s 2 -c 85 -cl 1 -u -m 5120 -ml 10 -tc 9 -fc 8 -e 1 -b"
                        + " -f A,B -fx C -sig 10 -t -l -ld -ud -ct -et -r 3 -a -at 20 -k -dc slow"
                        + " -p \"\\Process(a)\\Thread Count\" 7 shop"))
                .isEqualTo("""
                Process:               shop (4711)
                Process image:         /usr/bin/shop
                CPU threshold:         >= 85% of one core or < 1% of one core
                Performance counter:   \\Process(a)\\Thread Count >= 7
                Commit threshold:      >= 5120 MB or < 10 MB
                Thread threshold:      >= 9
                Descriptor threshold:  >= 8
                Threshold seconds:     2
                Hung window check:     Disabled
                Log debug strings:     Enabled
                Exception monitor:     First Chance+Unhandled+Breakpoints
                Exception filter:      [Includes]
                                       A
                                       B
                                       [Excludes]
                                       C
                Signal monitor:        SIGUSR1
                Terminate monitor:     Enabled
                Module monitor:        Load+Unload
                Thread monitor:        Start+End
                Cloning type:          Copy
                Concurrent limit:      1
                Avoid outage:          Enabled+after 20 seconds
                Number of dumps:       3
                Dump type:             -mm (mini), -mc 61826
                Dump folder:           /var/dumps/
                Dump filename/mask:    PROCESSNAME_YYMMDD_HHMMSS.core
                Queue to WER:          Disabled
                Kill after dump:       Enabled
                Dump comment:          slow""");
    }

    @Test
    void displayOnly() throws ProcDumpUsageException {
        assertThat(block("-e 1 -f \"\" shop"))
                .contains("Exception filter:      Display Only\nSignal");
    }
}
