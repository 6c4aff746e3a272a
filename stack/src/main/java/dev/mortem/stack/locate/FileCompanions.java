package dev.mortem.stack.locate;

import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.function.DwarfCompanions;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The files that the debug information of one file on this machine refers to, found where those of a
 * dump's module are; no server is asked. They stay open until this is closed. Safe for any thread.
 */
public final class FileCompanions implements AutoCloseable {
    private final OpenFiles files;
    private final DwarfCompanions companions;

    private FileCompanions(OpenFiles files, DwarfCompanions companions) {
        this.files = files;
        this.companions = companions;
    }

    /**
     * @param dwarfFile with the debug information
     * @param program that it is about, where that is another file
     * @param folder searched besides
     */
    public static FileCompanions of(
            Path dwarfFile,
            Optional<Path> program,
            Path folder,
            Limits limits,
            Diagnostics diagnostics) {
        OpenFiles files = new OpenFiles(ByteOrder.LITTLE_ENDIAN, limits, diagnostics);
        ModuleSearch search = ModuleSearch.ofThisMachine().withSymbolPaths(List.of(folder));
        List<Path> programs = Stream.concat(Stream.of(dwarfFile), program.stream())
                .map(Path::toAbsolutePath)
                .toList();
        return new FileCompanions(
                files,
                new DebugCompanions(
                        new DebugCompanions.Referring(programs, Optional.of(programs.getFirst())),
                        search,
                        files,
                        new UserFiles(search.symbolPaths(), files),
                        buildId -> Optional.empty()));
    }

    public DwarfCompanions companions() {
        return companions;
    }

    @Override
    public void close() {
        files.close();
    }
}
