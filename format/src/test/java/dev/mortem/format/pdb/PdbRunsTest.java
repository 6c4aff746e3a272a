package dev.mortem.format.pdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.testkit.tool.Corpus;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What is given out as a whole is what answers by address. */
class PdbRunsTest {
    /** Of one file: each is asked for twice. */
    private static final int RUNS_MAX = 20_000;

    static Stream<String> pdbs() throws IOException {
        return PdbJudgesTest.pdbs();
    }

    @ParameterizedTest
    @MethodSource("pdbs")
    void eachRunHasOneAnswer(String name) throws Exception {
        Optional<Path> path = Corpus.file(name);
        assumeTrue(path.isPresent(), "the corpus has " + name);
        DiagnosticLog diagnostics = new DiagnosticLog();
        try (MappedFile mapped = MappedFile.open(path.get(), ByteOrder.LITTLE_ENDIAN)) {
            PdbFile pdb = PdbFile.open(mapped.source(), Limits.defaults(), diagnostics);
            List<String> wrong = new ArrayList<>();
            int[] runs = new int[1];
            pdb.forEachRun((function, start, end, frames) -> {
                assertThat(end).isGreaterThan(start);
                if (runs[0]++ < RUNS_MAX && isFirstThere(pdb, function)) {
                    compare(pdb, start, frames, wrong);
                    compare(pdb, end - 1, frames, wrong);
                }
            });
            assertThat(wrong).isEmpty();
            assertThat(diagnostics.entries()).isEmpty();
        }
    }

    /** Of several functions at one place another one may answer. */
    private static boolean isFirstThere(PdbFile pdb, PdbFunction function) {
        return pdb.functionAt(function.rva()).filter(function::equals).isPresent();
    }

    private static void compare(PdbFile pdb, long rva, List<PdbFrame> frames, List<String> wrong) {
        List<PdbFrame> byAddress = pdb.framesAt(rva);
        if (!byAddress.equals(frames) && !byAddress.isEmpty()) {
            wrong.add(Long.toHexString(rva) + ": " + frames + ", by address " + byAddress);
        }
    }
}
