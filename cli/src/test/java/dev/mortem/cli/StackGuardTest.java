package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StackGuardTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-1 0x7ffe0a082000 0x55d0c0de1234 | 0x7ffe0a081f6c | true",
                "-1 0x7ffe0a082000 0x55d0c0de1234 | 0x7ffe0a072001 | true",
                "-1 0x7ffe0a082000 0x55d0c0de1234 | 0x7ffe0a072000 | false",
                "-1 0x7ffe0a082000 0x55d0c0de1234 | 0x0 | false",
                "-1 0x7ffe0a082000 0x55d0c0de1234 | 0xffffffffffffffff | false",
                "1 0x1 0x2 0x3 0x4 0x5 0x6 0x7ffe0a082000 0x55d0c0de1234 | 0x7ffe0a081f6c | true",
                "-1 0x0 0x0 | 0x10 | false",
                "running | 0x7ffe0a081f6c | false",
                "-1 zz 0x0 | 0x10 | false",
                "'' | 0x10 | false"
            })
    void aFaultNearTheStackPointerIsAnOverflow(String syscall, String address, boolean near) {
        assertThat(StackGuard.isNear(syscall, address)).isEqualTo(near);
    }
}
