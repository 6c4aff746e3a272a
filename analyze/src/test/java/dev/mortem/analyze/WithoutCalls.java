package dev.mortem.analyze;

import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.testkit.fakes.WrappedSnapshot;

import java.util.List;

/** A snapshot whose threads have the registers of Breakpad's minidumps: orig_rax is none of them. */
final class WithoutCalls extends WrappedSnapshot {
    WithoutCalls(ProcessSnapshot snapshot) {
        super(snapshot);
    }

    @Override
    public List<ThreadSnapshot> threads() {
        return super.threads().stream()
                .map(thread -> ThreadSnapshot.of(
                        thread.id(),
                        thread.registers()
                                .map(known -> known.without(
                                        known.cpu().register("orig_rax").orElseThrow())),
                        List.of()))
                .toList();
    }
}
