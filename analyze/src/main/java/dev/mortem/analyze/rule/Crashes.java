package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.casefile.CaseThread;
import dev.mortem.analyze.reason.Fault;
import dev.mortem.base.snapshot.WindowsThread;
import dev.mortem.base.windows.WindowsFacts;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What the findings about crashes share. */
final class Crashes {
    private static final int FRAMES_SHOWN = 6;

    private Crashes() {}

    /** "Thread 7 (io) crashed in f() of app: it …: called from g()", thread, module and frames. */
    static Draft described(Draft draft, CaseFile dump, Fault fault, String what) {
        return described(draft, dump, fault, "crashed", what);
    }

    static Draft described(Draft draft, CaseFile dump, Fault fault, String verb, String what) {
        Optional<CaseThread> thread = dump.crashedThread();
        if (thread.isEmpty()) {
            return draft.summary("Thread " + fault.threadId() + " of " + dump.image() + " " + verb
                            + " (" + fault.name() + "): " + what)
                    .evidence("the dump does not have that thread");
        }
        CaseThread crashed = thread.get();
        windows(draft, dump, crashed);
        Wording.module(crashed).flatMap(module -> maker(dump, module)).ifPresent(draft::evidence);
        List<String> own = Wording.ownFrames(dump, crashed, FRAMES_SHOWN);
        if (!own.isEmpty()) {
            draft.evidence("stack, own code: " + String.join(" ← ", own));
        }
        return draft.summary(Wording.capital(crashed.label()) + " " + verb + " in "
                        + Wording.where(crashed) + ": " + what + Wording.caller(dump, crashed))
                .thread(crashed.id())
                .module(Wording.module(crashed));
    }

    /** "shop.dll 4.2.0.1, Shop by Contoso": whom to ask. */
    private static Optional<String> maker(CaseFile dump, String module) {
        return dump.modules().stream()
                .filter(known -> known.name().equals(module))
                .filter(known -> known.company().isPresent() || known.product().isPresent())
                .findFirst()
                .map(known -> known.name()
                        + known.version().map(version -> " " + version).orElse("")
                        + known.product().map(product -> ", " + product).orElse("")
                        + known.company().map(company -> " by " + company).orElse(""));
    }

    /** What Windows and its runtimes noted before the fault. */
    private static void windows(Draft draft, CaseFile dump, CaseThread crashed) {
        dump.snapshot()
                .windows()
                .flatMap(WindowsFacts::assertion)
                .ifPresent(said -> draft.evidence("the C runtime reported %s in %s (%s:%d): %s"
                        .formatted(
                                said.kind(),
                                said.function(),
                                said.file(),
                                said.line(),
                                said.expression())));
        OptionalLong error = crashed.snapshot()
                .windows()
                .map(WindowsThread::lastError)
                .orElse(OptionalLong.empty());
        if (error.orElse(0) != 0) {
            draft.evidence("last error of the thread: " + error.getAsLong());
        }
    }

    /** ", inside strlen() of libc.so.6" where the fault lies in plumbing, or nothing. */
    static String inside(CaseFile dump) {
        return dump.crashedThread().map(Wording::insidePlumbing).orElse("");
    }
}
