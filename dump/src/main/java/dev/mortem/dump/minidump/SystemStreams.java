package dev.mortem.dump.minidump;

import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.base.windows.WindowsFacts;
import dev.mortem.format.minidump.MinidumpHead;
import dev.mortem.format.minidump.MiscInfo;
import dev.mortem.format.minidump.SystemInfo;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** SystemInfo and MiscInfo: what ran where, and since when. */
final class SystemStreams {
    /** Three numbers, and what the system's maker says beside them. */
    private static final Pattern VERSION =
            Pattern.compile("(\\d{1,9})\\.(\\d{1,9})\\.(\\d{1,9})(?: (.*))?");

    private final ProcessSnapshot snapshot;
    private final MinidumpHead head;
    private final long platform;

    SystemStreams(ProcessSnapshot snapshot, MinidumpHead head) {
        this.snapshot = snapshot;
        this.head = head;
        this.platform = platform(snapshot);
    }

    private static long platform(ProcessSnapshot snapshot) {
        // a core that does not tell its system is one of Linux: no other is read
        String unnamed = snapshot.windows().isPresent() ? "Windows" : "Linux";
        return switch (snapshot.process().osName().orElse(unnamed)) {
            case "Windows" -> SystemInfo.WINDOWS_NT;
            case "macOS" -> SystemInfo.MACOS;
            case "iOS" -> SystemInfo.IOS;
            case "Android" -> SystemInfo.ANDROID;
            default -> SystemInfo.LINUX;
        };
    }

    boolean isWindows() {
        return platform == SystemInfo.WINDOWS_NT;
    }

    boolean isLinux() {
        return platform == SystemInfo.LINUX || platform == SystemInfo.ANDROID;
    }

    void write() {
        ProcessFacts facts = snapshot.process();
        String version = facts.osVersion().orElse("");
        Matcher numbers = VERSION.matcher(version);
        boolean numbered = numbers.matches();
        new SystemInfo(
                        architecture(snapshot.machine()),
                        facts.cpuCount().orElse(0),
                        0,
                        numbered ? Long.parseLong(numbers.group(1)) : 0,
                        numbered ? Long.parseLong(numbers.group(2)) : 0,
                        numbered ? Long.parseLong(numbers.group(3)) : 0,
                        platform,
                        numbered
                                ? Optional.ofNullable(numbers.group(4))
                                : Optional.of(version).filter(text -> !text.isEmpty()))
                .write(head);
        new MiscInfo(
                        facts.pid(),
                        facts.startedAt(),
                        sum(ThreadSnapshot::userTime),
                        sum(ThreadSnapshot::kernelTime),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        Optional.empty(),
                        snapshot.windows().flatMap(WindowsFacts::buildText),
                        Optional.empty(),
                        Optional.empty())
                .write(head);
    }

    private static int architecture(Machine machine) {
        return switch (machine.cpu().orElseThrow()) {
            case X86_64 -> SystemInfo.AMD64;
            case X86 -> SystemInfo.X86;
            case ARM64 -> SystemInfo.ARM64;
            case ARM -> SystemInfo.ARM;
            case PC_AND_SP_64, PC_AND_SP_32 ->
                throw new IllegalStateException(Cpu.class + " of no machine");
        };
    }

    /** Of the threads that there are; the process's own times hold those that have ended, too. */
    private Optional<Duration> sum(Function<ThreadSnapshot, Optional<Duration>> time) {
        return snapshot.threads().stream()
                .flatMap(thread -> time.apply(thread).stream())
                .reduce(Duration::plus);
    }
}
