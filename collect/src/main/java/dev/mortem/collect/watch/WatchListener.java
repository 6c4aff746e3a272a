package dev.mortem.collect.watch;

import dev.mortem.collect.trigger.Firing;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.ProcessSample;

import java.util.Optional;

/** Is told what happens while watching, by the loop's thread. */
public interface WatchListener {
    /** No process fits yet. */
    void awaiting();

    /** @param sample its first, with what it may use of this machine */
    void watching(ProcessEntry entry, ProcessSample sample);

    /** @param number of the firing, from 1 */
    void fired(ProcessEntry entry, Firing firing, int number);

    /** @param how it ended, where that is known: "with status 1", "by SIGKILL" */
    void ended(ProcessEntry entry, Optional<String> how);

    /** So many signals came that most were only counted. */
    void passed(ProcessEntry entry, long signals);

    /** It is not traced, so that nothing is seen of its signals and its end. */
    void untraced(ProcessEntry entry, String why);

    /** Its program is another one: it called exec. */
    void changed(ProcessEntry entry);

    /** Somebody else has it; tried again. */
    void busy(ProcessEntry entry);

    /** Some events are not seen any more; what else is watched goes on. */
    void sourceLost(String why);

    /** It cannot be watched. */
    void lost(ProcessEntry entry, String why);
}
