package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.casefile.CaseThread;
import dev.mortem.analyze.reason.Fault;

import java.util.List;
import java.util.Optional;

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
        List<String> own = Wording.ownFrames(dump, crashed, FRAMES_SHOWN);
        if (!own.isEmpty()) {
            draft.evidence("stack, own code: " + String.join(" ← ", own));
        }
        return draft.summary(Wording.capital(crashed.label()) + " " + verb + " in "
                        + Wording.where(crashed) + ": " + what + Wording.caller(dump, crashed))
                .thread(crashed.id())
                .module(Wording.module(crashed));
    }

    /** ", inside strlen() of libc.so.6" where the fault lies in plumbing, or nothing. */
    static String inside(CaseFile dump) {
        return dump.crashedThread().map(Wording::insidePlumbing).orElse("");
    }
}
