package dev.mortem.analyze.casefile;

import dev.mortem.analyze.wait.Wait;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.stack.symbol.Frame;
import dev.mortem.stack.symbol.SymbolizedStack;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One thread of a case.
 *
 * @param crashed whether it received the signal that ended the process
 * @param blamed index of the first frame that is no plumbing
 * @param ownFrames how many frames are no plumbing
 */
public record CaseThread(
        ThreadSnapshot snapshot,
        SymbolizedStack stack,
        boolean crashed,
        Optional<Wait> waitsFor,
        OptionalInt blamed,
        int ownFrames) {

    public long id() {
        return snapshot.id();
    }

    /** "thread 4711 (worker-3)". */
    public String label() {
        return "thread " + id() + snapshot.name().map(name -> " (" + name + ")").orElse("");
    }

    public List<Frame> frames() {
        return stack.frames();
    }

    public Optional<Frame> blamedFrame() {
        return blamed.isPresent() ? Optional.of(frames().get(blamed.getAsInt())) : Optional.empty();
    }

    /** User and kernel time together; empty where the dump has neither. */
    public Optional<Duration> cpuTime() {
        if (snapshot.userTime().isEmpty() && snapshot.kernelTime().isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(snapshot.userTime()
                .orElse(Duration.ZERO)
                .plus(snapshot.kernelTime().orElse(Duration.ZERO)));
    }
}
