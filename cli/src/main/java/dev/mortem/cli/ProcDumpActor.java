package dev.mortem.cli;

import dev.mortem.cli.procdump.ExceptionCode;
import dev.mortem.cli.procdump.ProcDumpRequest.Collect;
import dev.mortem.cli.procdump.ProcDumpRequest.Conditions;
import dev.mortem.cli.procdump.ProcDumpRequest.ExceptionWatch;
import dev.mortem.collect.trigger.Firing;
import dev.mortem.collect.watch.Actor;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.TargetException;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Shows what happens to the process, and dumps where that is what was asked for. */
final class ProcDumpActor implements Actor {
    /** What is an exception: the others that may end a process were sent by somebody who wants it to. */
    private static final Set<String> EXCEPTIONS = Set.of(
            "SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGTRAP", "SIGSYS", "SIGXCPU",
            "SIGXFSZ", "SIGQUIT");

    private final ProcDumpConsole console;
    private final ProcDumpDumper dumper;
    private final Collect asked;
    private final Runnable whenDone;
    private int done;
    private ExitCode lastFailure = ExitCode.NO_DUMP;

    /** @param whenDone run after the last of the dumps that were asked for */
    ProcDumpActor(
            ProcDumpConsole console, ProcDumpDumper dumper, Collect asked, Runnable whenDone) {
        this.console = console;
        this.dumper = dumper;
        this.asked = asked;
        this.whenDone = whenDone;
    }

    /** How many moments were dumped. */
    int done() {
        return done;
    }

    /** Of the last dump that failed. */
    ExitCode lastFailure() {
        return lastFailure;
    }

    /**
     * What is wanted of a firing.
     *
     * @param code of the exception
     */
    private record Verdict(boolean wanted, Optional<String> code) {
        static final Verdict NO = new Verdict(false, Optional.empty());
        static final Verdict YES = new Verdict(true, Optional.empty());

        Verdict or(Verdict other) {
            return new Verdict(wanted || other.wanted, code.or(other::code));
        }
    }

    @Override
    public Outcome act(Occasion occasion) {
        Verdict verdict = verdict(occasion);
        if (!verdict.wanted) {
            return Outcome.NOT_WANTED;
        }
        Firing firing = occasion.firing();
        try {
            dumper.dump(
                    done + 1,
                    occasion.entry(),
                    new DumpTaker.Cause(firing.reason(), firing.values()),
                    verdict.code,
                    occasion.standing());
        } catch (TargetException failure) {
            return failed(failure);
        } catch (CommandFailure told) {
            lastFailure = told.exitCode();
            return Outcome.FAILED;
        }
        done++;
        if (done >= asked.rhythm().count()) {
            whenDone.run();
        }
        return Outcome.DONE;
    }

    private Outcome failed(TargetException failure) {
        if (failure.kind() == TargetException.Kind.ALREADY_TRACED) {
            return Outcome.BUSY;
        }
        CommandFailure known = ProcDumpWords.of(TargetFailures.asCommandFailure(failure));
        console.dump(done + 1, "error", String.valueOf(known.getMessage()));
        lastFailure = known.exitCode();
        return known.exitCode() == ExitCode.NOT_PERMITTED ? Outcome.HOPELESS : Outcome.FAILED;
    }

    /** Several conditions may have been met at once; one that is wanted is enough. */
    private Verdict verdict(Occasion occasion) {
        Verdict verdict = Verdict.NO;
        for (String reason : occasion.firing().reason().split("\\+", -1)) {
            verdict = verdict.or(verdict(reason, occasion));
        }
        return verdict;
    }

    private Verdict verdict(String reason, Occasion occasion) {
        Conditions conditions = asked.conditions();
        Firing firing = occasion.firing();
        return switch (reason) {
            case "Module_load", "Module_unload" -> modules(reason, firing);
            case "Line" ->
                !conditions.filter().includes().isEmpty()
                                && conditions
                                        .filter()
                                        .wants(firing.values().getOrDefault("line", ""))
                        ? told(firing.words())
                        : Verdict.NO;
            default ->
                reason.startsWith("Signal_") || reason.startsWith("First_chance_")
                        ? signal(occasion.entry(), firing)
                        : told(firing.words());
        };
    }

    private Verdict told(String words) {
        console.event("Trigger: " + words);
        return Verdict.YES;
    }

    private Verdict modules(String reason, Firing firing) {
        List<String> paths = List.of(firing.values().getOrDefault("modules", "").split(", ", -1));
        String what = reason.equals("Module_load") ? "Module load: " : "Module unload: ";
        paths.forEach(path -> console.event(what + path));
        return paths.stream().anyMatch(asked.conditions().filter()::wants)
                ? Verdict.YES
                : Verdict.NO;
    }

    private Verdict signal(ProcessEntry entry, Firing firing) {
        Conditions conditions = asked.conditions();
        String name = firing.values().getOrDefault("signal", "");
        boolean fatal = firing.values().getOrDefault("chance", "").equals("fatal");
        boolean isOverflow = name.equals("SIGSEGV")
                && StackGuard.isHit(entry, threadId(firing), address(firing));
        String shown = ExceptionCode.shown(name, isOverflow);
        boolean isException = conditions.exceptions() != ExceptionWatch.NONE
                && EXCEPTIONS.contains(name)
                && (fatal || isFirstChance(name));
        boolean isAsked = conditions.signals().contains(name);
        if (!isException && !isAsked) {
            return Verdict.NO;
        }
        console.event("%s: %s (\"%s\")"
                .formatted(fatal ? "Unhandled" : "Exception", shown, firing.words()));
        boolean isWanted = isAsked
                || (!conditions.filter().displayOnly()
                        && conditions.filter().wantsSignal(name, isOverflow));
        return new Verdict(isWanted, Optional.of(shown.substring(0, shown.indexOf('.'))));
    }

    private boolean isFirstChance(String name) {
        Conditions conditions = asked.conditions();
        return conditions.exceptions() == ExceptionWatch.FIRST_CHANCE
                && (conditions.breakpoints() || !name.equals("SIGTRAP"));
    }

    private static long threadId(Firing firing) {
        String text = firing.values().getOrDefault("threadId", "");
        return text.matches("\\d{1,10}") ? Long.parseLong(text) : 0;
    }

    private static Optional<String> address(Firing firing) {
        return Optional.ofNullable(firing.values().get("address"))
                .filter(text -> text.startsWith("0x"));
    }
}
