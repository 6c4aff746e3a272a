package dev.mortem.testkit.synth;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

class CoreSynthTest {
    @TempDir
    Path folder;

    /** Sizes of the structures as the kernels of these machines write them. */
    @ParameterizedTest
    @CsvSource({
        "X86_64,rip,336,136",
        "I386,eip,144,124",
        "ARM64,pc,392,136",
        "ARM,pc,148,124",
        "S390X,psw_addr,336,136",
        "PPC32,g32,268,128"
    })
    void readelfListsTheNotesOfEveryMachine(
            String machine, String pc, int statusBytes, int infoBytes) throws IOException {
        ElfTarget target = target(machine);
        CoreSynth core = new CoreSynth(target)
                .processInfo(100, "worker", "worker --port 80")
                .fault(11, 1, 0x10)
                .auxiliary(Map.of(6, 4096L))
                .mapped(0x400000, 0x401000, 0x2000, "/srv/worker")
                .memory(0x400000, ElfSegment.READ, new byte[] {1, 2, 3, 4})
                .absentMemory(0x500000, 0x2000, ElfSegment.READ);
        core.thread(100).register(pc, 0x400001).signal(11).xstate(new byte[64]);
        core.thread(101).register(pc, 0x400002).floatingPoint(new byte[16]);
        String said = readelf("-hln", core.build());

        assertThat(said)
                .contains("CORE (Core file)")
                .containsPattern("CORE +0x%08x\tNT_PRSTATUS".formatted(statusBytes))
                .containsPattern("CORE +0x%08x\tNT_PRPSINFO".formatted(infoBytes))
                .containsPattern("CORE +0x00000080\tNT_SIGINFO")
                .containsPattern("LINUX +0x00000040\tNT_X86_XSTATE")
                .doesNotContain("Warning")
                .doesNotContain("Error");
        assertThat(Tool.run("eu-readelf", "-n", folder.resolve("synthetic.core").toString()))
                .contains("/srv/worker")
                .contains("00002000")
                .contains("PAGESZ: 4096");
    }

    private static ElfTarget target(String machine) {
        return switch (machine) {
            case "X86_64" -> ElfTarget.X86_64;
            case "I386" -> ElfTarget.I386;
            case "ARM64" -> ElfTarget.ARM64;
            case "ARM" -> ElfTarget.ARM;
            case "S390X" -> ElfTarget.S390X;
            case "PPC32" -> ElfTarget.PPC32;
            default -> throw new IllegalArgumentException(machine);
        };
    }

    @Test
    void moreSegmentsThanTheHeaderCanCount() throws IOException {
        CoreSynth core = new CoreSynth(ElfTarget.X86_64).segmentAlign(1);
        core.thread(1);
        for (int index = 0; index < 65_600; index++) {
            core.absentMemory(0x10000 + index * 0x2000L, 0x1000, ElfSegment.READ);
        }
        assertThat(readelf("-h", core.build()))
                .contains("Number of program headers:         65535 (65601)")
                .doesNotContain("Warning");
    }

    @Test
    void aNoteMayLieAboutItsSizes() throws IOException {
        CoreSynth core = new CoreSynth(ElfTarget.X86_64)
                .lyingNote("CORE", CoreSynth.NT_AUXV, 5, 0xffff_ffffL, new byte[8]);
        assertThat(readelf("-n", core.build())).contains("invalid namesz and/or descsz");
    }

    private String readelf(String options, byte[] file) throws IOException {
        Path path = Files.write(folder.resolve("synthetic.core"), file);
        return Tool.run("readelf", options, path.toString());
    }
}
