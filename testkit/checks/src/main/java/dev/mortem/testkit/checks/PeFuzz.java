package dev.mortem.testkit.checks;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.pe.CoffSymbols;
import dev.mortem.format.pe.PeDebugDirectory;
import dev.mortem.format.pe.PeExports;
import dev.mortem.format.pe.PeImage;
import dev.mortem.format.pe.PeLayout;
import dev.mortem.format.pe.PeSection;
import dev.mortem.format.pe.VersionResource;
import dev.mortem.format.pe.unwind.Arm64FunctionTable;
import dev.mortem.format.pe.unwind.X64FunctionTable;

import java.util.Optional;

/** Reads all that a PE image holds; a broken part does not keep the next one from being read. */
final class PeFuzz {
    private final PeImage image;
    private final DiagnosticLog log;

    private PeFuzz(PeImage image, DiagnosticLog log) {
        this.image = image;
        this.log = log;
    }

    private interface Part {
        void read() throws MalformedException;
    }

    static void readAll(ByteSource source, PeLayout layout) throws MalformedException {
        DiagnosticLog log = new DiagnosticLog();
        PeFuzz parts = new PeFuzz(PeImage.open(source, layout, Limits.defaults(), log), log);
        parts.attempt(parts::exports);
        parts.attempt(parts::debug);
        parts.attempt(() -> VersionResource.read(parts.image, log));
        parts.attempt(parts::x64);
        parts.attempt(parts::arm64);
    }

    private void attempt(Part part) {
        try {
            part.read();
        } catch (MalformedException malformed) {
            log.report(malformed, "this part");
        }
    }

    private void exports() throws MalformedException {
        PeExports exports = PeExports.read(image, log);
        exports.find(1);
        exports.find("main");
    }

    private void debug() {
        PeDebugDirectory.read(image, log).codeView(log);
        for (PeSection section : image.sections()) {
            image.embeddedDwarf(section.name());
        }
        CoffSymbols.functions(image, log);
    }

    private void x64() throws MalformedException {
        Optional<X64FunctionTable> table = X64FunctionTable.read(image, log);
        for (long index = 0; table.isPresent() && index < table.get().count(); index++) {
            long at = index;
            attempt(() -> {
                var function = table.get().get(at);
                table.get().find(function.beginRva());
                table.get().unwind(function);
            });
        }
    }

    private void arm64() throws MalformedException {
        Optional<Arm64FunctionTable> table = Arm64FunctionTable.read(image, log);
        for (long index = 0; table.isPresent() && index < table.get().count(); index++) {
            long at = index;
            attempt(() -> {
                var function = table.get().get(at);
                table.get().find(function.beginRva());
                table.get().unwind(function).codesAt(4);
            });
        }
    }
}
