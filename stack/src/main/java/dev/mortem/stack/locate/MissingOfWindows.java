package dev.mortem.stack.locate;

import dev.mortem.base.snapshot.CodeId;
import dev.mortem.base.snapshot.DebugId;
import dev.mortem.base.snapshot.ImageIdentity;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.format.pdb.PdbFile;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Says what is missing of a module of Windows, by what ids its files are known, and what would help. */
final class MissingOfWindows {
    private MissingOfWindows() {}

    /**
     * Why there are not all names and lines, or no unwind tables; empty where nothing is missing.
     *
     * @param module with all ids that are known
     * @param unwinds whether what tells how its code keeps its frames is at hand
     */
    static Optional<String> why(
            LoadedModule module,
            Optional<Path> image,
            Optional<PdbSearch.Located> pdb,
            SymbolsState state,
            boolean unwinds,
            List<String> refusals) {
        boolean named = state == SymbolsState.FULL;
        if (named && unwinds) {
            return Optional.empty();
        }
        StringBuilder text = new StringBuilder();
        if (image.isEmpty()) {
            text.append("the file of ").append(module.name()).append(ids(module));
            text.append(" was not found");
            text.append(
                    unwinds
                            ? ""
                            : ", which has the tables of how its code keeps its frames: stacks"
                                    + " through it are guessed");
        } else {
            text.append(image.get()).append(ids(module)).append(" has no source lines in it");
        }
        if (!named) {
            pdb.ifPresent(located -> text.append("; ").append(withoutLines(located)));
        }
        refusals.forEach(refusal -> text.append("; ").append(refusal));
        return Optional.of(text.append(advice(module, image, named)).toString());
    }

    private static String withoutLines(PdbSearch.Located pdb) {
        PdbFile file = pdb.file();
        if (file.isStripped()) {
            return pdb.path() + " was stripped: it has public symbols alone";
        }
        if (file.isFastLink()) {
            return pdb.path() + " was linked with /DEBUG:FASTLINK: its lines stayed in the object"
                    + " files; link with /DEBUG:FULL, or complete it with mspdbcmf";
        }
        return pdb.path() + " has no source lines";
    }

    private static String advice(LoadedModule module, Optional<Path> image, boolean named) {
        StringBuilder text = new StringBuilder("; give with --symbols a folder that has ");
        if (image.isEmpty()) {
            text.append(module.name());
            identity(module)
                    .flatMap(ImageIdentity::codeId)
                    .ifPresent(
                            id -> text.append(" or ").append(id.symbolServerPath(module.name())));
            text.append(named ? "" : ", and ");
        }
        return text.append(named ? "" : debugFile(module)).toString();
    }

    private static String debugFile(LoadedModule module) {
        String stem = module.name().replaceFirst("[.][^.]*$", "");
        String pdb = identity(module).flatMap(ImageIdentity::debugFileName).orElse(stem + ".pdb");
        String inStore = identity(module)
                .flatMap(ImageIdentity::debugId)
                .map(id -> " or " + id.symbolServerPath(pdb))
                .orElse("");
        return pdb + inStore + ", its debug file, or its Breakpad symbol file";
    }

    /** In brackets. */
    private static String ids(LoadedModule module) {
        Optional<CodeId> code = identity(module).flatMap(ImageIdentity::codeId);
        Optional<DebugId> debug = identity(module).flatMap(ImageIdentity::debugId);
        return " ("
                + code.map(id -> "code id " + id).orElse("no code id known")
                + debug.map(id -> ", debug id " + id).orElse(", no debug id known")
                + ")";
    }

    private static Optional<ImageIdentity> identity(LoadedModule module) {
        return module.identity();
    }
}
