package dev.mortem.stack.unwind;

import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;
import dev.mortem.dump.UnreadableDumpException;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Unwinds all threads of a core file. */
final class Cores {
    private Cores() {}

    static List<CallStack> stacks(Path core, ModuleSearch search, DiagnosticLog diagnostics)
            throws IOException, UnreadableDumpException {
        try (OpenDump dump = DumpFiles.open(core, Limits.defaults())) {
            return stacks(dump.snapshot(), search, diagnostics);
        }
    }

    static List<CallStack> stacks(
            ProcessSnapshot snapshot, ModuleSearch search, DiagnosticLog diagnostics)
            throws IOException {
        try (ModuleImages images =
                ModuleImages.of(snapshot, search, Limits.defaults(), diagnostics)) {
            StackUnwinder unwinder =
                    new StackUnwinder(snapshot, images, Limits.defaults(), diagnostics);
            List<CallStack> stacks = new ArrayList<>();
            for (ThreadSnapshot thread : snapshot.threads()) {
                stacks.add(unwinder.unwind(thread));
            }
            return stacks;
        }
    }

    static List<Long> pcs(CallStack stack) {
        return stack.frames().stream().map(UnwoundFrame::pc).toList();
    }
}
