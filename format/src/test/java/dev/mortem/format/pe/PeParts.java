package dev.mortem.format.pe;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.pe.unwind.Arm64FunctionTable;
import dev.mortem.format.pe.unwind.X64FunctionTable;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Reads all that an image holds, part by part: a broken part is reported and the next one is read. */
public final class PeParts {
    private PeParts() {}

    public static PeImage open(byte[] bytes, PeLayout layout, Diagnostics diagnostics)
            throws MalformedException {
        ByteSource source = ByteSource.ofBytes("test.dll", bytes, ByteOrder.LITTLE_ENDIAN);
        return PeImage.open(source, layout, Limits.defaults(), diagnostics);
    }

    private interface Part {
        void read() throws MalformedException;
    }

    /** How many values were read. */
    public static long readAll(PeImage image, Diagnostics diagnostics) {
        List<Object> read = new ArrayList<>();
        attempt(diagnostics, () -> {
            PeExports exports = PeExports.read(image, diagnostics);
            read.addAll(exports.all());
            read.add(exports.find("Add"));
            read.add(exports.find(5));
        });
        attempt(diagnostics, () -> {
            PeDebugDirectory debug = PeDebugDirectory.read(image, diagnostics);
            read.addAll(debug.entries());
            read.add(debug.codeView(diagnostics));
        });
        attempt(diagnostics, () -> read.add(VersionResource.read(image, diagnostics)));
        read.addAll(CoffSymbols.functions(image, diagnostics));
        image.sections().forEach(section -> read.add(image.embeddedDwarf(section.name())));
        attempt(diagnostics, () -> {
            Optional<X64FunctionTable> table = X64FunctionTable.read(image, diagnostics);
            for (long index = 0; table.isPresent() && index < table.get().count(); index++) {
                long at = index;
                attempt(diagnostics, () -> {
                    var function = table.get().get(at);
                    read.add(table.get().find(function.beginRva()));
                    read.addAll(table.get().unwind(function));
                });
            }
        });
        attempt(diagnostics, () -> {
            Optional<Arm64FunctionTable> table = Arm64FunctionTable.read(image, diagnostics);
            for (long index = 0; table.isPresent() && index < table.get().count(); index++) {
                long at = index;
                attempt(diagnostics, () -> {
                    var function = table.get().get(at);
                    read.add(table.get().find(function.beginRva()));
                    read.add(table.get().unwind(function).codesAt(0));
                });
            }
        });
        return read.size();
    }

    private static void attempt(Diagnostics diagnostics, Part part) {
        try {
            part.read();
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "this part");
        }
    }

    /** PE images below a folder, sorted; none where there is no such folder. */
    public static List<Path> below(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> tree = Files.walk(folder)) {
            return tree.filter(path -> path.toString().matches("(?i).*\\.(exe|dll|sys)"))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        }
    }
}
