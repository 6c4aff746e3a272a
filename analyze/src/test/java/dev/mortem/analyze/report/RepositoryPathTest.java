package dev.mortem.analyze.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RepositoryPathTest {
    @ParameterizedTest
    @CsvSource({
        "hg:hg.mozilla.org/mozilla-central:mozglue/misc/Uptime.cpp:51b3, mozglue/misc/Uptime.cpp",
        "git:github.com/rust-lang/rust:library/std/src/panic.rs:90c5, library/std/src/panic.rs",
        "s3:sources:0123456789abcdef0123456789abcdef/dist/x.h:, dist/x.h",
        "/build/shop.c, /build/shop.c",
        "C:\\build\\shop.c, C:\\build\\shop.c",
        "git:shop.c, git:shop.c",
        "hg:host:a:b:c, hg:host:a:b:c",
    })
    void thePathWithinTheRepositoryIsShown(String name, String shown) {
        assertThat(RepositoryPath.of(name)).isEqualTo(shown);
    }

    @Test
    void aNameWithoutEndIsShownAsItIs() {
        String name = "hg:" + "a".repeat(5000) + ":b:c";
        assertThat(RepositoryPath.of(name)).isEqualTo(name);
    }
}
