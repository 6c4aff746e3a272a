package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.casefile.CaseThread;
import dev.mortem.analyze.lock.HeldLock;
import dev.mortem.analyze.report.Report.Severity;
import dev.mortem.analyze.wait.Wait;
import dev.mortem.stack.symbol.Frame;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Many threads are held up in the same place: all wait for an answer of the same kind, or for
 * something
 * deep inside their work. Workers that wait for work are not meant.
 */
final class CommonWaitRule implements AnalysisRule {
    private static final int THREADS_MIN = 4;
    private static final double SHARE_MIN = 0.5;

    /**
     * A worker without work waits in its main loop: its thread's first function, the loop, the
     * queue. A
     * wait with more of the program's functions around it happens in the middle of work.
     */
    private static final int OWN_FRAMES_OF_IDLE_MAX = 3;

    /** @param what the function, or the lock where it is one lock that all wait for */
    private record Place(Wait.Kind kind, String what) {}

    /** Somebody outside, who owes all of them the same. */
    private record Debt(Wait.Kind kind, Wait.Party party) {}

    @Override
    public RuleId id() {
        return RuleId.HANG_COMMON_WAIT;
    }

    @Override
    public Stream<Draft> evaluate(CaseFile dump) {
        if (dump.crashed()) {
            return Stream.empty(); // a crash is no hang, wherever the others were
        }
        Map<Place, List<CaseThread>> places = new LinkedHashMap<>();
        Map<Debt, List<CaseThread>> debts = new LinkedHashMap<>();
        for (CaseThread thread : dump.threads()) {
            if (thread.waitsFor().isEmpty()
                    || !isHeldUp(dump, thread, thread.waitsFor().get())) {
                continue;
            }
            Wait wait = thread.waitsFor().get();
            wait.party()
                    .filter(party -> party.role() != Wait.Role.CLIENT)
                    .ifPresent(party -> debts.computeIfAbsent(
                                    new Debt(wait.kind(), party), key -> new ArrayList<>())
                            .add(thread));
            String what = what(dump, thread);
            if (!what.isEmpty()) {
                places.computeIfAbsent(new Place(wait.kind(), what), key -> new ArrayList<>())
                        .add(thread);
            }
        }
        debts.values().removeIf(threads -> !areMany(dump, threads));
        Set<CaseThread> told = new HashSet<>();
        debts.values().forEach(told::addAll);
        return Stream.concat(
                debts.entrySet().stream()
                        .map(entry -> owed(dump, entry.getKey(), entry.getValue())),
                places.values().stream()
                        .filter(threads -> areMany(dump, threads) && !told.containsAll(threads))
                        .map(threads -> draft(dump, threads)));
    }

    private static boolean areMany(CaseFile dump, List<CaseThread> threads) {
        return threads.size() >= THREADS_MIN
                && threads.size() >= SHARE_MIN * dump.threads().size();
    }

    private static String what(CaseFile dump, CaseThread thread) {
        return unowned(dump, thread)
                .map(HeldLock::name)
                .or(() -> thread.blamedFrame().map(CommonWaitRule::nameOf))
                .orElse("");
    }

    /** A function without a name is told by the place of its call. */
    private static String nameOf(Frame frame) {
        return frame.function().map(Frame.FunctionName::raw).orElseGet(frame::label);
    }

    /** The lock it waits for that somebody holds, nobody knows who. */
    private static Optional<HeldLock> unowned(CaseFile dump, CaseThread thread) {
        return dump.locks().stream()
                .filter(lock -> lock.held()
                        && lock.ownerThreadId().isEmpty()
                        && lock.waiters().contains(thread.id()))
                .findFirst();
    }

    private static boolean isHeldUp(CaseFile dump, CaseThread thread, Wait wait) {
        return switch (wait.kind()) {
            // a client that keeps its connection may ask again, or may not
            case INPUT ->
                thread.ownFrames() > OWN_FRAMES_OF_IDLE_MAX
                        || wait.party()
                                .filter(party -> party.role() == Wait.Role.CLIENT)
                                .isEmpty();
            case OUTPUT, CONNECT, CHILD, FILE_LOCK, ONCE, RESULT -> true;
            // locks with owners have rules of their own
            case MUTEX, READ_WRITE_LOCK, INTERNAL_LOCK -> unowned(dump, thread).isPresent();
            case CONDITION, SEMAPHORE, FUTEX, SLEEP, EVENTS, BARRIER, LATCH, PARK ->
                knowsRuntime(dump, thread) && thread.ownFrames() > OWN_FRAMES_OF_IDLE_MAX;
            case ACCEPT, JOIN, SIGNAL -> false; // idle
        };
    }

    /**
     * Where a stripped program has libc linked in, its frames look like the program's own, and their number
     * says nothing.
     */
    private static boolean knowsRuntime(CaseFile dump, CaseThread thread) {
        return thread.frames().stream()
                .findFirst()
                .filter(frame -> frame.function().isPresent() || dump.blame().isPlumbing(frame))
                .isPresent();
    }

    /** " – called from handle()": the innermost caller that all of them have, or nothing. */
    private static String caller(CaseFile dump, List<CaseThread> threads) {
        CaseThread first = threads.getFirst();
        if (first.blamed().isEmpty()) {
            return "";
        }
        List<Set<String>> names = threads.stream()
                .map(thread -> thread.frames().stream()
                        .map(CommonWaitRule::nameOf)
                        .collect(Collectors.toSet()))
                .toList();
        List<Frame> frames = first.frames();
        String blamed = nameOf(frames.get(first.blamed().getAsInt()));
        return frames.subList(first.blamed().getAsInt() + 1, frames.size()).stream()
                .filter(frame ->
                        !dump.blame().isPlumbing(frame) && !nameOf(frame).equals(blamed))
                .filter(frame -> names.stream().allMatch(has -> has.contains(nameOf(frame))))
                .findFirst()
                .map(frame -> " – called from " + Wording.function(frame))
                .orElse("");
    }

    /** All wait for the same one outside, wherever in the program. */
    private Draft owed(CaseFile dump, Debt debt, List<CaseThread> threads) {
        CaseThread first = threads.getFirst();
        String what = switch (debt.kind()) {
            case INPUT -> "data from ";
            case OUTPUT -> "room to send to ";
            case CONNECT -> "a connection to ";
            case CHILD -> "the end of ";
            case FILE_LOCK -> "a file lock held by ";
            default -> "";
        };
        Draft draft = Draft.of(id(), Severity.WARNING)
                .summary("%d of %d threads of %s wait for %s%s, the first in %s%s"
                        .formatted(
                                threads.size(),
                                dump.threads().size(),
                                dump.image(),
                                what,
                                debt.party().name(),
                                Wording.where(first),
                                Wording.caller(dump, first)))
                .explain("Most threads wait for the same one outside of this process. While they "
                        + "wait, new work finds nobody: the process seems to hang although nothing "
                        + "in it is broken.")
                .recommend("Look at " + debt.party().name() + ": whether it lives, what it is busy "
                        + "with, whether the way there is open. Put a time limit on this wait.")
                .module(Wording.module(first));
        return withThreads(draft, dump, threads);
    }

    private Draft draft(CaseFile dump, List<CaseThread> threads) {
        CaseThread first = threads.getFirst();
        String wait = first.waitsFor().map(Wait::text).orElse("");
        Draft draft = Draft.of(id(), Severity.WARNING)
                .summary("%d of %d threads of %s wait in %s for %s%s"
                        .formatted(
                                threads.size(),
                                dump.threads().size(),
                                dump.image(),
                                Wording.where(first),
                                wait,
                                caller(dump, threads)))
                .explain("Most threads stand in the same place, in the middle of their work. While "
                        + "they wait there, new work finds nobody: the process seems to "
                        + "hang although nothing in it is broken.")
                .recommend("Find out who should answer: the server at the other end, the pool that "
                        + "should hand out what they wait for. Check its health, and put a time "
                        + "limit on this wait.")
                .module(Wording.module(first));
        return withThreads(draft, dump, threads);
    }

    private static Draft withThreads(Draft draft, CaseFile dump, List<CaseThread> threads) {
        threads.forEach(thread -> draft.thread(thread.id()));
        threads.stream()
                .limit(4)
                .forEach(thread -> draft.evidence(Wording.capital(thread.label()) + " waits for "
                        + thread.waitsFor().map(Wait::text).orElse("")));
        return draft.evidence("stack, own code: "
                + String.join(" ← ", Wording.ownFrames(dump, threads.getFirst(), 6)));
    }
}
