package dev.mortem.os.linux;

import static dev.mortem.os.Doctor.Check.limited;
import static dev.mortem.os.Doctor.Check.ok;

import dev.mortem.os.Doctor.Check;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.PauseEstimate;
import dev.mortem.os.PendingSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.SnapshotMode;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatusFile;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether processes can be copied here, so that they run while their dump is written, and how fast. */
final class SnapshotChecks {
    /** linux/capability.h. */
    private static final int CAP_SYS_ADMIN = 21;

    private static final String HUGE_PAGES = "/sys/kernel/mm/transparent_hugepage/enabled";

    private static final String STANDS = "processes stand while their memory is read";

    /** "always [madvise] never" (admin-guide/mm/transhuge.rst). */
    private static final Pattern CHOSEN = Pattern.compile("\\[(\\w+)]");

    private final ProcFolder proc;
    private final Path systemRoot;
    private final ProcessControl control;

    /** @param systemRoot what is /: /sys is looked for below */
    SnapshotChecks(ProcFolder proc, Path systemRoot, ProcessControl control) {
        this.proc = proc;
        this.systemRoot = systemRoot;
        this.control = control;
    }

    /** Takes a real one, of a child of ours that sleeps. */
    Check trial(long pid) {
        SnapshotOptions options = SnapshotOptions.defaults().withMode(SnapshotMode.REQUIRE);
        try (PendingSnapshot pending = control.prepare(pid, options)) {
            if (!pending.estimate().method().equals(PauseEstimate.SNAPSHOT)) {
                return limited("snapshot", pending.estimate().why(), STANDS, "");
            }
            try (LiveSnapshot snapshot = pending.take()) {
                return ok(
                        "snapshot",
                        String.format(
                                Locale.ROOT,
                                "a child was copied while it stood for %.1f ms",
                                snapshot.pause().toNanos() / 1e6),
                        "processes run on while their dump is written");
            }
        } catch (TargetException refused) {
            return limited("snapshot", String.valueOf(refused.getMessage()), STANDS, "");
        }
    }

    /** What decides which processes can be copied, and how long that takes. */
    List<Check> surroundings(StatusFile own) {
        return List.of(seccompTargets(own), hugePages(), overcommit());
    }

    /** PTRACE_O_SUSPEND_SECCOMP (ptrace(2)) is for tracers with CAP_SYS_ADMIN and without a filter. */
    private static Check seccompTargets(StatusFile own) {
        boolean capable = (own.mask("CapEff").orElse(0) >>> CAP_SYS_ADMIN & 1) != 0;
        boolean filtered = own.number("Seccomp").orElse(0) != 0;
        String without = "of processes under seccomp (most containers, browsers, hardened units) no"
                + " snapshot is taken: they stand while their memory is read";
        if (!capable) {
            return limited("seccomp_targets", "no CAP_SYS_ADMIN", without, "sudo mortem …");
        }
        return filtered
                ? limited(
                        "seccomp_targets",
                        "CAP_SYS_ADMIN, but we are under seccomp ourselves",
                        without,
                        "run Mortem on the host, or: docker run --security-opt seccomp=unconfined …")
                : ok(
                        "seccomp_targets",
                        "CAP_SYS_ADMIN",
                        "processes under seccomp can be copied as well");
    }

    private Check hugePages() {
        String text =
                ProcFolder.text(systemRoot.resolve(HUGE_PAGES.substring(1))).orElse("");
        Matcher chosen = CHOSEN.matcher(text);
        String found = chosen.find() ? chosen.group(1) : "not known";
        String cost =
                "copying page tables takes 5 to 35 ms a GiB with pages of 4 KiB, a tenth of that"
                        + " with huge ones";
        return switch (found) {
            case "always" -> ok("huge_pages", found, cost);
            case "madvise" ->
                limited(
                        "huge_pages",
                        found,
                        cost
                                + ", which programs have to ask for; a JVM does so with the option below",
                        "java -XX:+UseTransparentHugePages …");
            case "never" ->
                limited(
                        "huge_pages",
                        found,
                        cost + ", which no program gets; a JVM then asks for them with"
                                + " -XX:+UseTransparentHugePages",
                        "echo madvise | sudo tee " + HUGE_PAGES);
            default -> limited("huge_pages", found, cost, "");
        };
    }

    /** vm/overcommit-accounting.rst. */
    private Check overcommit() {
        String found = ProcFolder.text(proc.root().resolve("sys/vm/overcommit_memory"))
                .map(String::trim)
                .orElse("not known");
        return switch (found) {
            case "0", "1" -> ok("overcommit", found, "a copy takes only memory that is written to");
            case "2" ->
                limited(
                        "overcommit",
                        found,
                        "a copy is refused unless all memory that the process may write to fits into"
                                + " what is not promised yet; then " + STANDS,
                        "sudo sysctl vm.overcommit_memory=0");
            default -> limited("overcommit", found, "copies may be refused", "");
        };
    }
}
