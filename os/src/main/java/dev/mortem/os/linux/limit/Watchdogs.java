package dev.mortem.os.linux.limit;

import dev.mortem.base.text.Escape;
import dev.mortem.os.linux.proc.Cgroups;
import dev.mortem.os.linux.proc.Numbers;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatusFile;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Time limits by which somebody kills a process that stands too long: systemd's watchdog, and servers
 * that watch their own workers. Those who ask from outside, such as a container's liveness probe, leave
 * no trace in the process and are not seen. Safe for any thread.
 */
public final class Watchdogs {
    /**
     * A watchdog is fed about twice in its time (sd_watchdog_enabled(3) asks for half), and the feeding
     * may be due just when the stop begins: half of the limit is left then, and half of that is kept for
     * what the process has to catch up with.
     */
    private static final int NEAR_PART = 4;

    private final ProcFolder proc;
    private final SystemdUnits units;
    private final ServerLimits servers;

    /** @param what whose limit it is, in a sentence: "systemd's WatchdogSec of shop.service is 10 s" */
    public record TimeLimit(Duration limit, String what) {}

    /** @param systemRoot what is /: systemd's folders are looked for below */
    public Watchdogs(ProcFolder proc, Path systemRoot) {
        this.proc = proc;
        this.units = new SystemdUnits(systemRoot);
        this.servers = new ServerLimits(proc);
    }

    /** All that can be seen; empty for most processes, and for one that has ended. */
    public List<TimeLimit> of(long pid) {
        List<String> environment = ProcFolder.strings(proc.of(pid).resolve("environ"));
        List<TimeLimit> limits = new ArrayList<>();
        Optional<String> unit = Cgroups.parse(
                        ProcFolder.text(proc.of(pid).resolve("cgroup")).orElse(""))
                .unit();
        told(pid, environment).or(() -> unit.flatMap(this::written)).ifPresent(limits::add);
        limits.addAll(servers.of(pid, environment));
        return List.copyOf(limits);
    }

    /** Whether a pause takes so much of a limit, more than a quarter, that it may be passed. */
    public static boolean near(Duration pause, Duration limit) {
        return pause.compareTo(limit.dividedBy(NEAR_PART)) > 0;
    }

    /** What the service manager told the process when it started it (sd_watchdog_enabled(3)). */
    private Optional<TimeLimit> told(long pid, List<String> environment) {
        OptionalLong micros = ServerLimits.value(environment, "WATCHDOG_USEC")
                .map(Numbers::parseUnsigned)
                .orElse(OptionalLong.empty());
        boolean meansIt = ServerLimits.value(environment, "WATCHDOG_PID")
                .map(text -> isPid(text, pid))
                .orElse(true);
        if (!meansIt || micros.orElse(0) <= 0) {
            return Optional.empty(); // a child inherits the variables, but not the duty
        }
        // by way of seconds, for a Duration holds any number of them
        long value = micros.getAsLong();
        Duration limit = Duration.ofSeconds(value / 1_000_000, value % 1_000_000 * 1_000);
        return Optional.of(new TimeLimit(
                limit, "the service manager's WATCHDOG_USEC is " + Wording.time(limit)));
    }

    /** The number is of the namespace that the manager is in, which may be ours or the process's own. */
    private boolean isPid(String text, long pid) {
        OptionalLong named = Numbers.parseUnsigned(text);
        OptionalLong innermost =
                proc.status(pid).map(StatusFile::innermostPid).orElse(OptionalLong.empty());
        return named.isPresent()
                && (named.getAsLong() == pid || named.getAsLong() == innermost.orElse(pid));
    }

    /** What the unit's files say; nought and infinity are no limit. */
    private Optional<TimeLimit> written(String unit) {
        return units.setting(unit, "WatchdogSec")
                .flatMap(TimeSpan::parse)
                .filter(limit -> !limit.isZero())
                .map(limit -> new TimeLimit(
                        limit,
                        "systemd's WatchdogSec of %s is %s"
                                .formatted(Escape.visible(unit), Wording.time(limit))));
    }
}
