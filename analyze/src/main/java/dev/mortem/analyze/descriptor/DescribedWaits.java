package dev.mortem.analyze.descriptor;

import dev.mortem.analyze.wait.Wait;
import dev.mortem.base.kernel.DescriptorTarget;
import dev.mortem.base.kernel.FileDescriptor;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.ProcessSnapshot;

import java.util.Optional;

/**
 * Says waits in full: with addresses, paths, processes. Immutable but for the snapshot's memory; safe for
 * any thread.
 */
public final class DescribedWaits {
    private final OpenDescriptors open;
    private final TransferWords transfers;
    private final EventWords events;
    private final LockWords locks;
    private final ChildWords children;

    public DescribedWaits(ProcessSnapshot snapshot) {
        MemoryReader memory = snapshot.memory();
        this.open =
                new OpenDescriptors(snapshot.kernelObjects(), snapshot.process().pid());
        this.transfers = new TransferWords(open, memory);
        this.events = new EventWords(open, memory);
        this.locks = new LockWords(open, snapshot.kernelObjects(), memory);
        this.children = new ChildWords(snapshot.kernelObjects());
    }

    /** The wait with what is known of what it is for; as it was where nothing is. */
    public Wait describe(Wait wait) {
        return wait.call().flatMap(call -> described(wait, call)).orElse(wait);
    }

    private Optional<Wait> described(Wait wait, Wait.Call call) {
        Optional<FileDescriptor> target = call.descriptor().isPresent()
                ? open.get(call.descriptor().getAsInt())
                : Optional.empty();
        return switch (wait.kind()) {
            case INPUT, OUTPUT ->
                target.flatMap(found -> wait.kind() == Wait.Kind.INPUT
                        ? transfers.input(wait, call, found)
                        : transfers.output(wait, call, found));
            case CONNECT -> transfers.connect(wait, call, target);
            case ACCEPT -> target.flatMap(found -> transfers.accept(wait, call, found));
            case EVENTS -> events.describe(wait, call, target);
            case FILE_LOCK ->
                locks.describe(
                        wait,
                        call,
                        target.map(FileDescriptor::target)
                                .filter(DescriptorTarget.File.class::isInstance)
                                .map(DescriptorTarget.File.class::cast));
            case CHILD -> children.describe(wait, call, target);
            case SEMAPHORE -> Optional.of(semaphore(wait, call));
            default -> Optional.empty();
        };
    }

    /** semop(2) and semtimedop(2): the first argument is the set's id. */
    private static Wait semaphore(Wait wait, Wait.Call call) {
        boolean systemV = call.name().startsWith("sem") && call.argument(0).isPresent();
        return systemV
                ? wait.as(
                        wait.kind(),
                        "a System V semaphore of set %d (%s)"
                                .formatted((int) call.argument(0).getAsLong(), call.text()),
                        Optional.empty())
                : wait;
    }
}
