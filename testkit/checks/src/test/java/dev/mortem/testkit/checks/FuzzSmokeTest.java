package dev.mortem.testkit.checks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.concurrent.TimeUnit;

/** Every parser, for a short while: damaged input ends in an exception that it declares, or in none. */
class FuzzSmokeTest {
    private static final int RUNS = 1_500;

    static List<FuzzTarget> targets() {
        return FuzzRegistry.targets();
    }

    @ParameterizedTest
    @MethodSource("targets")
    @Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void damagedInputDoesNoHarm(FuzzTarget target) {
        assertThat(Fuzzer.run(target, 20261121, run -> run < RUNS)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("targets")
    void theSoundInputsAreRead(FuzzTarget target) {
        assertThat(target.seeds()).isNotEmpty().allSatisfy(target.parser()::parse);
    }

    @Test
    void theCanaryFails() {
        assertThat(Fuzzer.run(FuzzRegistry.canary(), 1, run -> run < RUNS))
                .get()
                .asString()
                .contains("canary")
                .contains("Exception");
        assertThatThrownBy(() -> FuzzRegistry.main(new String[] {"canary", "5"}))
                .isInstanceOf(AssertionError.class);
    }
}
