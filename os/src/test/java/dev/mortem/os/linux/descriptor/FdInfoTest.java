package dev.mortem.os.linux.descriptor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.kernel.DescriptorTarget;
import dev.mortem.base.kernel.DescriptorTarget.Watch;
import dev.mortem.base.kernel.FileDescriptor.Access;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Files of /proc/PID/fdinfo as Linux 6 prints them. */
class FdInfoTest {
    private static FdInfo parse(String text) {
        return FdInfo.parse(text.lines().toList(), 10);
    }

    @Test
    void aFileHasItsAccessItsMountAndItsInode() {
        FdInfo info = parse("pos:\t0\nflags:\t0100002\nmnt_id:\t27\nino:\t9977958\n");
        assertThat(info.access()).isEqualTo(Access.READ_WRITE);
        assertThat(info.mountId()).hasValue(27);
        assertThat(info.inode()).hasValue(9977958);
        assertThat(info.watches()).isEmpty();
    }

    /** fcntl.h: O_RDONLY, O_WRONLY, O_RDWR; the digits are octal. */
    @ParameterizedTest
    @CsvSource({"00, READ", "0100001, WRITE", "02004002, READ_WRITE", "03, UNKNOWN", "x, UNKNOWN"})
    void theFlagsAreOctal(String flags, Access access) {
        assertThat(parse("flags:\t" + flags).access()).isEqualTo(access);
    }

    @Test
    void whatIsNotThereIsUnknown() {
        FdInfo info = parse("");
        assertThat(info.access()).isEqualTo(Access.UNKNOWN);
        assertThat(info.inode()).isEmpty();
        assertThat(info.mountId()).isEmpty();
        assertThat(info.anonymous("eventfd"))
                .isEqualTo(new DescriptorTarget.EventCounter(OptionalLong.empty()));
        assertThat(info.anonymous("timerfd"))
                .isEqualTo(new DescriptorTarget.Timer(Optional.empty(), Optional.empty()));
    }

    @Test
    void anEpollTellsWhatItWatches() {
        FdInfo info = parse("""
                pos:\t0
                flags:\t02
                mnt_id:\t15
                ino:\t1057
                tfd:        7 events:       19 data:                7  pos:0 ino:1a1ce sdev:9
                tfd:       12 events: 80000001 data: ffffffffffffffff  pos:0 ino:421 sdev:f
                """);
        assertThat(info.anonymous("eventpoll"))
                .isEqualTo(new DescriptorTarget.Epoll(List.of(
                        new Watch(7, 0x19, OptionalLong.of(0x1a1ce)),
                        new Watch(12, 0x8000_0001L, OptionalLong.of(0x421)))));
    }

    @Test
    void olderKernelsTellNoInodeOfAWatch() {
        assertThat(parse("tfd:        4 events:       19 data:        4\n").watches())
                .containsExactly(new Watch(4, 0x19, OptionalLong.empty()));
    }

    @Test
    void notMoreWatchesAreKeptThanAsked() {
        List<String> lines = List.of("tfd: 1 events: 1", "tfd: 2 events: 1", "tfd: 3 events: 1");
        assertThat(FdInfo.parse(lines, 3).watches()).hasSize(3);
        assertThat(FdInfo.parse(lines, 2).watches())
                .extracting(Watch::descriptor)
                .containsExactly(1, 2);
        assertThat(FdInfo.parse(lines, 0).watches()).isEmpty();
    }

    @Test
    void theOthersByTheirNames() {
        FdInfo counter = parse("flags:\t02\neventfd-count:                1f\neventfd-id: 3\n");
        assertThat(counter.anonymous("eventfd"))
                .isEqualTo(new DescriptorTarget.EventCounter(OptionalLong.of(0x1f)));
        FdInfo timer = parse("""
                clockid: 1
                ticks: 0
                settime flags: 00
                it_value: (49, 406829000)
                it_interval: (1, 0)
                """);
        assertThat(timer.anonymous("timerfd"))
                .isEqualTo(new DescriptorTarget.Timer(
                        Optional.of(Duration.ofSeconds(49, 406_829_000)),
                        Optional.of(Duration.ofSeconds(1))));
        FdInfo signals = parse("flags:\t02\nsigmask:\t0000000000000200\n");
        assertThat(signals.anonymous("signalfd"))
                .isEqualTo(new DescriptorTarget.Signals(OptionalLong.of(1 << 9)));
        FdInfo files = parse("""
                inotify wd:2 ino:7ef82a sdev:800001 mask:800afff ignored_mask:0 fhandle-bytes:8
                inotify wd:1 ino:192627 sdev:800001 mask:800afff ignored_mask:0
                """);
        assertThat(files.anonymous("inotify")).isEqualTo(new DescriptorTarget.FileWatch(2));
        assertThat(parse("Pid:\t4711\nNSpid:\t4711\n").anonymous("pidfd"))
                .isEqualTo(new DescriptorTarget.ProcessReference(OptionalLong.of(4711)));
        assertThat(parse("Pid:\t-1\nNSpid:\t-1\n").anonymous("pidfd"))
                .as("of a process that has ended")
                .isEqualTo(new DescriptorTarget.ProcessReference(OptionalLong.empty()));
        assertThat(parse("").anonymous("io_uring"))
                .isEqualTo(new DescriptorTarget.Other("io_uring"));
    }

    @Test
    void linesOfAnUnknownFormAreNone() {
        FdInfo info = parse("tfd: many events: 19\ntfd:\n:\n\nno colon\nit_value: (1)\nino: -5\n");
        assertThat(info.watches()).isEmpty();
        assertThat(info.inode()).isEmpty();
        assertThat(info.anonymous("timerfd"))
                .isEqualTo(new DescriptorTarget.Timer(Optional.empty(), Optional.empty()));
    }
}
