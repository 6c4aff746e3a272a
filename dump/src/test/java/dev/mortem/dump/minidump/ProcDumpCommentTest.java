package dev.mortem.dump.minidump;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.snapshot.DumpOrigin;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

/** Comments as ProcDump writes them, and others. */
class ProcDumpCommentTest {
    @Test
    void theCommandLineAndTheReasonAreTakenApart() {
        assertThat(ProcDumpComment.find(List.of(
                        "people write",
                        "\n*** C:\\Tools\\procdump64.exe -accepteula -ma -j \"C:\\Dumps\" 7160 456 1\n"
                                + "*** Just-In-Time debugger. PID: 7160 Event Handle: 456")))
                .contains(new DumpOrigin(
                        "ProcDump",
                        "C:\\Tools\\procdump64.exe -accepteula -ma -j \"C:\\Dumps\" 7160 456 1",
                        Optional.of("Just-In-Time debugger. PID: 7160 Event Handle: 456")));
    }

    @Test
    void aReasonMayBeMissing() {
        assertThat(ProcDumpComment.find(List.of("*** \"procdump\" -ma 7"))
                        .orElseThrow()
                        .reason())
                .isEmpty();
        assertThat(ProcDumpComment.find(List.of("*** ProcDump -ma 7\r\n***  \r\n*** Manual dump"))
                        .orElseThrow()
                        .reason())
                .contains("Manual dump");
    }

    @Test
    void otherCommentsSayNothing() {
        for (String comment : List.of(
                "",
                "***",
                "*** ",
                "*** crash of shop.exe\n*** yesterday",
                "procdump -ma 7",
                "*** \"\" procdump")) {
            assertThat(ProcDumpComment.find(List.of(comment))).as(comment).isEmpty();
        }
    }
}
