package dev.mortem.cli;

import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.CodeId;
import dev.mortem.base.snapshot.DebugId;
import dev.mortem.base.snapshot.ImageIdentity;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.dump.DumpFiles;
import dev.mortem.dump.OpenDump;
import dev.mortem.dump.UnreadableDumpException;
import dev.mortem.stack.identity.FileIdentity;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** The modules of a dump, by what finds their files in stores. */
record DumpModules(Path path, List<Module> modules) {
    /**
     * @param storePath of the module's own file
     * @param symPath of its Breakpad symbol file
     */
    record Module(
            String name,
            Optional<String> codeId,
            Optional<String> buildId,
            Optional<DebugId> debugId,
            Optional<String> debugFile,
            Optional<String> storePath,
            Optional<String> symPath) {}

    static DumpModules of(Path file) throws CommandFailure {
        try (OpenDump dump = DumpFiles.open(file, Limits.defaults())) {
            List<Module> modules = new ArrayList<>();
            for (LoadedModule module : dump.snapshot().modules()) {
                modules.add(module(module));
            }
            return new DumpModules(file, List.copyOf(modules));
        } catch (UnreadableDumpException notADump) {
            throw CommandFailure.because(ExitCode.NOT_A_DUMP, notADump);
        } catch (IOException unreadable) {
            throw CommandFailure.unreadable(file, unreadable);
        }
    }

    private static Module module(LoadedModule module) {
        Optional<CodeId> codeId = module.identity().flatMap(ImageIdentity::codeId);
        Optional<String> buildId = module.buildId();
        Optional<DebugId> debugId = module.identity()
                .flatMap(ImageIdentity::debugId)
                .or(() -> buildId.map(id -> DebugId.ofBuildId(HexFormat.of().parseHex(id))));
        Optional<String> debugFile = module.identity().flatMap(ImageIdentity::debugFileName);
        String name = module.name();
        String debugName = debugFile.orElse(name);
        Optional<String> storePath = codeId.map(id -> id.symbolServerPath(name))
                .or(() -> buildId.map(id -> name + "/elf-buildid-" + id + "/" + name));
        return new Module(
                name,
                codeId.map(String::valueOf),
                buildId,
                debugId,
                debugFile,
                storePath.filter(any -> FileIdentity.isFileName(name)),
                debugId.filter(any -> FileIdentity.isFileName(debugName))
                        .map(id -> FileIdentity.breakpadPath(debugName, id)));
    }
}
