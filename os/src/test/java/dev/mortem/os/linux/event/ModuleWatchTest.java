package dev.mortem.os.linux.event;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Which mappings make a module. */
class ModuleWatchTest {
    @Test
    void aModuleIsAFileOfWhichCodeIsMapped() {
        String maps = """
                1000-2000 r--p 00000000 fe:00 7 /lib/libx.so
                2000-3000 r-xp 00001000 fe:00 7 /lib/libx.so
                4000-5000 r--s 00000000 fe:00 8 /usr/lib/locale/archive
                5000-6000 r-xp 00000000 00:00 0
                7000-8000 r-xp 00000000 00:00 0 [vdso]
                """;
        assertThat(ModuleWatch.modules(maps.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(Map.of("/lib/libx.so", 0x1000L));
        assertThat(ModuleWatch.modules(new byte[0])).isEmpty();
    }
}
