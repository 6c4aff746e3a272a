package dev.mortem.stack.locate;

import dev.mortem.base.snapshot.DebugId;
import dev.mortem.base.snapshot.ImageIdentity;
import dev.mortem.base.snapshot.LoadedModule;

import java.util.List;
import java.util.Optional;

/** Says why a module's symbols are not full, and what would help. */
final class MissingSymbols {
    private MissingSymbols() {}

    static String why(
            LoadedModule module,
            Optional<String> buildId,
            Optional<String> filePath,
            Optional<String> debugPath,
            boolean biasKnown,
            List<String> refusals) {
        Optional<String> debugId =
                module.identity().flatMap(ImageIdentity::debugId).map(DebugId::toString);
        String id = buildId.map(known -> "build id " + known)
                .or(() -> debugId.map(known -> "debug id " + known))
                .orElse("no build id known");
        StringBuilder text = new StringBuilder();
        if (filePath.isEmpty()) {
            text.append("the file of ")
                    .append(module.name())
                    .append(" (")
                    .append(id)
                    .append(") ");
            text.append(
                    module.deleted()
                            ? "was deleted or replaced while it was mapped"
                            : "was not found");
            refusals.forEach(refusal -> text.append("; ").append(refusal));
            if (buildId.isEmpty() && debugId.isPresent()) {
                // of macOS or of an old Breakpad: what is found by that id is a symbol file
                return text.append("; give with --symbols a folder that has ")
                        .append(module.name())
                        .append('/')
                        .append(debugId.get())
                        .append('/')
                        .append(module.name())
                        .append(".sym, its Breakpad symbol file")
                        .toString();
            }
            if (!biasKnown) {
                text.append("; the dump does not have its ELF header, so its addresses cannot be"
                        + " related to a file's");
            }
            text.append("; give that file, or its debug file, with --symbols");
            return text.toString();
        }
        if (debugPath.isPresent()) {
            return debugPath.get() + " has no source lines or no functions";
        }
        return text.append(filePath.get())
                .append(" (")
                .append(id)
                .append(") has no source lines, and no debug file for it was found; install its")
                .append(" package of debug symbols or give the debug file with --symbols")
                .toString();
    }
}
