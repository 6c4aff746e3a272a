package dev.mortem.testkit.synth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class NullPointerCrashTest {
    /** The core that {@code mortem demo} analyses where there is no compiler. */
    private static final String RESOURCE =
            "cli/src/main/resources/dev/mortem/cli/demo/null-pointer.core";

    @TempDir
    Path folder;

    @Test
    void gdbFindsTheCallersByTheUnwindTables() throws IOException {
        Path image = Files.write(folder.resolve("shop-worker"), new NullPointerCrash().image());
        Path core = Files.write(folder.resolve("core"), new NullPointerCrash().core());
        String said = Tool.run(
                "gdb",
                "-nx",
                "-batch",
                "-ex",
                "set backtrace past-main on",
                "-ex",
                "bt",
                "-ex",
                "info registers rbx",
                "-ex",
                "p $_siginfo._sifields._sigfault.si_addr",
                "-ex",
                "up",
                "-ex",
                "up",
                "-ex",
                "info registers rbx",
                image.toString(),
                core.toString());
        assertThat(said)
                .contains("terminated with signal SIGSEGV")
                .containsPattern("#0 +0x[0-9a-f]+ in shop_total \\(\\)")
                .containsPattern("#1 +0x[0-9a-f]+ in handle_request \\(\\)")
                .containsPattern("#2 +0x[0-9a-f]+ in main \\(\\)")
                .containsPattern("#3 +0x[0-9a-f]+ in _start \\(\\)")
                .contains("(void *) 0x10")
                .containsPattern("(?s)rbx +0x2a .*rbx +0x7 ")
                .doesNotContain("#4 ");
    }

    @Test
    void readelfFindsNothingWrong() throws IOException {
        Path image = Files.write(folder.resolve("shop-worker"), new NullPointerCrash().image());
        Path core = Files.write(folder.resolve("core"), new NullPointerCrash().core());
        String sections = Tool.run("readelf", "-aW", "--debug-dump=frames", image.toString());
        assertThat(sections)
                .contains("shop_total")
                .contains("Build ID: 4d6f7274656d2064656d6f2073686f7020776b31")
                .doesNotContain("Warning")
                .doesNotContain("Error");
        assertThat(Tool.run("readelf", "-aW", core.toString()))
                .contains("NT_SIGINFO")
                .doesNotContain("Warning");
        assertThat(Tool.run("eu-readelf", "-n", core.toString())).contains(NullPointerCrash.PATH);
    }

    @Test
    void theDemosCoreIsWhatIsBuiltHere() throws IOException {
        byte[] built = new NullPointerCrash().core();
        assertThat(built).hasSizeLessThan(16 * 1024);
        String project = System.getProperty("mortem.project");
        assumeTrue(project != null, "needs the project's folder in mortem.project");
        Path resource = Path.of(project).resolve(RESOURCE);
        if ("rewrite".equals(System.getProperty("mortem.golden"))) {
            Files.createDirectories(resource.getParent());
            Files.write(resource, built);
        }
        assertThat(resource).hasBinaryContent(built);
    }
}
