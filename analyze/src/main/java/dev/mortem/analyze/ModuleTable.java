package dev.mortem.analyze;

import dev.mortem.analyze.report.Report;
import dev.mortem.base.snapshot.CodeId;
import dev.mortem.base.snapshot.DebugId;
import dev.mortem.base.snapshot.ImageIdentity;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.format.pdb.PdbFile;
import dev.mortem.format.pe.FixedFileInfo;
import dev.mortem.format.pe.VersionResource;
import dev.mortem.stack.locate.ModuleImage;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.PeModule;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The report's list of modules. */
final class ModuleTable {
    private ModuleTable() {}

    static List<Report.ReportModule> of(ProcessSnapshot snapshot, ModuleImages images) {
        List<Report.ReportModule> modules = new ArrayList<>();
        for (LoadedModule module : snapshot.modules()) {
            ModuleImage image = images.image(module);
            Optional<VersionResource> version = image.pe().flatMap(PeModule::version);
            modules.add(new Report.ReportModule(
                    module.name(),
                    module.path(),
                    module.base(),
                    module.range().sizeBytes(),
                    module.identity()
                            .flatMap(ImageIdentity::fileVersion)
                            .or(() -> version.flatMap(VersionResource::fixed)
                                    .map(FixedFileInfo::fileVersionText)),
                    text(version, "CompanyName"),
                    text(version, "ProductName"),
                    module.identity().flatMap(ImageIdentity::codeId).map(CodeId::toString),
                    module.buildId()
                            .or(() -> module.identity()
                                    .flatMap(ImageIdentity::debugId)
                                    .map(DebugId::toString)),
                    image.symbols().label(),
                    image.symbolsFrom(),
                    image.missingWhy(),
                    image.pdb().map(ModuleTable::sourceIndexes).orElse(List.of())));
        }
        return modules;
    }

    private static List<String> sourceIndexes(PdbFile pdb) {
        List<String> found = new ArrayList<>();
        if (pdb.hasSourceLink()) {
            found.add("sourceLink");
        }
        if (pdb.hasSourceServer()) {
            found.add("sourceServer");
        }
        return found;
    }

    private static Optional<String> text(Optional<VersionResource> version, String name) {
        return version.flatMap(found -> Optional.ofNullable(found.strings().get(name)))
                .map(String::strip)
                .filter(text -> !text.isEmpty());
    }
}
