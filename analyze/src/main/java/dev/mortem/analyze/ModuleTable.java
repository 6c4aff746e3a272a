package dev.mortem.analyze;

import dev.mortem.analyze.report.Report;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.stack.locate.ModuleImage;
import dev.mortem.stack.locate.ModuleImages;

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
            modules.add(new Report.ReportModule(
                    module.name(),
                    module.path(),
                    module.base(),
                    module.range().sizeBytes(),
                    Optional.empty(),
                    Optional.empty(),
                    module.buildId(),
                    image.symbols().label(),
                    image.symbolsFrom(),
                    image.missingWhy()));
        }
        return modules;
    }
}
