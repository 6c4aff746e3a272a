package dev.mortem.dump.minidump;

import dev.mortem.base.snapshot.CodeId;
import dev.mortem.base.snapshot.DebugId;
import dev.mortem.base.snapshot.ImageIdentity;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.format.codeview.CodeViewRecord;
import dev.mortem.format.minidump.ModuleEntry;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The modules of a snapshot as a minidump lists them: the program first, which readers count on. */
final class ModuleEntries {
    private static final int GUID_DIGITS = 32;

    private ModuleEntries() {}

    static List<ModuleEntry> of(ProcessSnapshot snapshot) {
        Optional<String> program = snapshot.process().executable();
        List<ModuleEntry> entries = new ArrayList<>();
        boolean found = false;
        for (LoadedModule module : snapshot.modules()) {
            boolean first = !found && program.filter(module.path()::equals).isPresent();
            entries.add(first ? 0 : entries.size(), entry(module));
            found |= first;
        }
        return entries;
    }

    private static ModuleEntry entry(LoadedModule module) {
        Optional<ImageIdentity> identity = module.identity();
        return new ModuleEntry(
                module.range(),
                identity.flatMap(ImageIdentity::checkSum).orElse(0L),
                identity.flatMap(ImageIdentity::codeId)
                        .map(CodeId::timeDateStamp)
                        .map(Integer::toUnsignedLong)
                        .orElse(0L),
                Optional.of(module.path()),
                identity.flatMap(ImageIdentity::fileVersion),
                identity.flatMap(ImageIdentity::productVersion),
                buildId(module).or(() -> identity.flatMap(ModuleEntries::debugInformation)));
    }

    private static Optional<CodeViewRecord> buildId(LoadedModule module) {
        return module.buildId()
                .filter(id -> id.matches(
                        "([0-9a-f]{2}){1,%d}".formatted(CodeViewRecord.BUILD_ID_BYTES_MAX)))
                .map(CodeViewRecord.ElfBuildId::new);
    }

    private static Optional<CodeViewRecord> debugInformation(ImageIdentity identity) {
        return identity.debugId().map(id -> record(id, identity.debugFile().orElse("")));
    }

    private static CodeViewRecord record(DebugId id, String path) {
        return id.signature().length() == GUID_DIGITS
                ? new CodeViewRecord.Rsds(id, path)
                : new CodeViewRecord.Nb10(id, path);
    }
}
