package dev.mortem.os.linux.inject;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.snapshot.Cpu;
import dev.mortem.os.linux.table.SystemCalls;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.stream.LongStream;

class RestartsTest {
    private static final long EINTR = -4;

    /** signal(7): what a stop signal interrupts, and what a socket's time limit makes interruptible. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "epoll_wait",
                "epoll_pwait",
                "semop",
                "semtimedop",
                "rt_sigtimedwait",
                "io_getevents",
                "recvfrom",
                "recvmsg",
                "recvmmsg",
                "sendto",
                "sendmsg",
                "sendmmsg",
                "accept",
                "accept4",
                "connect",
                "read",
                "readv",
                "write",
                "writev"
            })
    void callsThatAStopCutsShortAreMadeAgain(String name) {
        assertThat(Restarts.apply(Cpu.X86_64, Sets.inCall(number(name), EINTR))).isTrue();
        assertThat(Restarts.apply(Cpu.X86_64, Sets.inCall(number(name), 0))).isFalse();
        assertThat(Restarts.apply(Cpu.X86_64, Sets.inCall(number(name), -512))).isFalse();
    }

    /** Here EINTR is the program's own: a handler ran, or what was waited for is not what it was. */
    @ParameterizedTest
    @ValueSource(strings = {"nanosleep", "poll", "select", "pause", "futex", "close", "openat"})
    void othersKeepTheirEintr(String name) {
        assertThat(Restarts.apply(Cpu.X86_64, Sets.inCall(number(name), EINTR))).isFalse();
    }

    @Test
    void outsideOfACallNothingIsMadeAgain() {
        assertThat(Restarts.apply(Cpu.X86_64, Sets.inCall(-1, EINTR))).isFalse();
        assertThat(Restarts.apply(Cpu.X86_64, Sets.inCall(100_000, EINTR))).isFalse();
    }

    private static long number(String name) {
        return LongStream.range(0, 600)
                .filter(number ->
                        SystemCalls.name(Cpu.X86_64, number).map(name::equals).orElse(false))
                .findFirst()
                .orElseThrow();
    }
}
