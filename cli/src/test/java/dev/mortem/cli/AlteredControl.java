package dev.mortem.cli;

import dev.mortem.os.EventOptions;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.PauseEstimate;
import dev.mortem.os.PendingSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEvents;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Real snapshots that say something else of themselves: answers by the name of the method. */
record AlteredControl(ProcessControl real, Map<String, Object> answers) implements ProcessControl {
    static AlteredControl of(Map<String, Object> answers) {
        return new AlteredControl(ProcessControl.ofThisMachine(), answers);
    }

    @Override
    public boolean isRehearsal(long pid) {
        return false;
    }

    @Override
    public void rehearse() {
        real.rehearse();
    }

    @Override
    public PendingSnapshot prepare(long pid, SnapshotOptions options) throws TargetException {
        return new Pending(real.prepare(pid, options), answers);
    }

    @Override
    public ProcessEvents events(long pid, EventOptions options) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<LiveSnapshot> awaitFatalSignal(
            long pid, SnapshotOptions options, Duration deadline, Runnable whenWatching) {
        throw new UnsupportedOperationException();
    }

    private record Pending(PendingSnapshot real, Map<String, Object> answers)
            implements PendingSnapshot {
        @Override
        public PauseEstimate estimate() {
            return real.estimate();
        }

        @Override
        public LiveSnapshot take() throws TargetException {
            LiveSnapshot taken = real.take();
            return (LiveSnapshot) Proxy.newProxyInstance(
                    LiveSnapshot.class.getClassLoader(),
                    new Class<?>[] {LiveSnapshot.class},
                    (proxy, method, arguments) -> {
                        Object answer = answers.get(method.getName());
                        try {
                            return answer != null ? answer : method.invoke(taken, arguments);
                        } catch (InvocationTargetException failed) {
                            throw failed.getCause();
                        }
                    });
        }

        @Override
        public void close() {
            real.close();
        }
    }
}
