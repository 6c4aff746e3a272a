package dev.mortem.format.pe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.DebugId;
import dev.mortem.format.codeview.CodeViewRecord;
import dev.mortem.format.pe.unwind.UnwindWords;
import dev.mortem.testkit.tool.Corpus;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Every PE image of the corpus and of the machine, read as llvm-readobj reads it. */
class PeJudgesTest {
    private static final Pattern FIELD = Pattern.compile("(?m)^ *(\\w+): (.*)$");

    private static final List<Path> PROGRAM_FOLDERS = List.of(
            Path.of("/usr/lib/x86_64-linux-gnu/wine"),
            Path.of("/usr/x86_64-w64-mingw32"),
            Path.of("/usr/lib/gcc/x86_64-w64-mingw32"),
            Path.of("/usr/lib/python3"),
            Path.of("/usr/lib/python3.11"));

    private interface Comparison {
        void compare(Path path, PeImage image, String judged) throws Exception;
    }

    @Test
    void headersAndSections() throws Exception {
        int compared = forEach(List.of("--file-headers", "--sections"), PeJudgesTest::headers);
        assertThat(compared).isPositive();
    }

    @Test
    void exports() throws Exception {
        int compared = forEach(List.of("--coff-exports"), (path, image, judged) -> {
            TreeSet<String> theirs = new TreeSet<>();
            for (String export : blocks(judged, "Export {")) {
                String name = field(export, "Name").orElse("");
                theirs.add(name + " " + field(export, "Ordinal").orElseThrow() + " "
                        + number(field(export, "RVA").orElseThrow()));
            }
            TreeSet<String> ours = new TreeSet<>();
            TreeSet<Long> ordinals = new TreeSet<>();
            for (PeExport export : PeExports.read(image, new DiagnosticLog()).all()) {
                if (ordinals.add(export.ordinal())) { // llvm gives one name of each
                    ours.add(
                            export.name().orElse("") + " " + export.ordinal() + " " + export.rva());
                }
            }
            // llvm also lists ordinals without a function
            theirs.removeIf(export -> export.matches(" \\d+ 0"));
            assertThat(ours).as(path.toString()).isEqualTo(theirs);
        });
        assertThat(compared).isPositive();
    }

    @Test
    void debugDirectories() throws Exception {
        int compared = forEach(List.of("--coff-debug-directory"), (path, image, judged) -> {
            DiagnosticLog diagnostics = new DiagnosticLog();
            PeDebugDirectory debug = PeDebugDirectory.read(image, diagnostics);
            List<String> theirs = new ArrayList<>();
            for (String entry : blocks(judged, "DebugEntry {")) {
                theirs.add(type(field(entry, "Type").orElseThrow()) + " "
                        + hexInside(field(entry, "TimeDateStamp").orElseThrow()) + " "
                        + number(field(entry, "SizeOfData").orElseThrow()) + " "
                        + number(field(entry, "AddressOfRawData").orElseThrow()) + " "
                        + number(field(entry, "PointerToRawData").orElseThrow()));
            }
            assertThat(debug.entries().stream()
                            .map(entry -> "%d %d %d %d %d"
                                    .formatted(
                                            Integer.toUnsignedLong(entry.type()),
                                            Integer.toUnsignedLong(entry.timeDateStamp()),
                                            entry.sizeBytes(),
                                            entry.rva(),
                                            entry.fileOffset()))
                            .toList())
                    .as(path.toString())
                    .isEqualTo(theirs);
            Optional<String> guid = field(judged, "PDBGUID");
            if (guid.isPresent()) {
                var record = debug.codeView(diagnostics).orElseThrow();
                assertThat(record).isInstanceOf(CodeViewRecord.Rsds.class);
                byte[] bytes =
                        HexFormat.ofDelimiter(" ").parseHex(guid.get().replaceAll("[()]", ""));
                int age = Integer.parseUnsignedInt(field(judged, "PDBAge").orElseThrow());
                assertThat(record.debugId()).contains(DebugId.ofGuid(bytes, age));
                assertThat(record.path().orElse(""))
                        .isEqualTo(field(judged, "PDBFileName").orElseThrow());
            }
            assertThat(diagnostics.entries()).as(path.toString()).isEmpty();
        });
        assertThat(compared).isPositive();
    }

    @Test
    void unwindInformation() throws Exception {
        int compared = forEach(List.of("--unwind"), (path, image, judged) -> {
            boolean isArm = image.header().cpu().filter(Cpu.ARM::equals).isPresent();
            if (isKnownToBeBroken(path) || isArm) {
                return; // unwind data of 32-bit ARM is not read
            }
            DiagnosticLog diagnostics = new DiagnosticLog();
            List<String> ours = UnwindWords.of(image, diagnostics);
            List<String> theirs = UnwindWords.judged(judged);
            assertThat(ours).as(path.toString()).containsExactlyElementsOf(theirs);
            assertThat(diagnostics.entries()).as(path.toString()).isEmpty();
        });
        assertThat(compared).isPositive();
    }

    @Test
    void epilogsOfVersion2AreWhereTheCodeReturns() throws Exception {
        List<Path> files = files();
        assumeTrue(!files.isEmpty(), "needs PE images in the corpus or on the machine");
        int epilogs = 0;
        for (Path path : files) {
            try (MappedFile file = MappedFile.open(path, ByteOrder.LITTLE_ENDIAN)) {
                PeImage image = PeImage.open(
                        file.source(), PeLayout.FILE, Limits.defaults(), new DiagnosticLog());
                epilogs += UnwindWords.epilogsThatReturn(image);
            }
        }
        assumeTrue(epilogs > 0, "needs an image with unwind information of version 2");
        assertThat(epilogs).isPositive();
    }

    @Test
    void everyPartOfEveryImage() throws Exception {
        List<Path> files = files();
        assumeTrue(!files.isEmpty(), "needs PE images in the corpus or on the machine");
        for (Path path : files) {
            DiagnosticLog diagnostics = new DiagnosticLog();
            try (MappedFile file = MappedFile.open(path, ByteOrder.LITTLE_ENDIAN)) {
                PeImage image =
                        PeImage.open(file.source(), PeLayout.FILE, Limits.defaults(), diagnostics);
                assertThat(PeParts.readAll(image, diagnostics)).isPositive();
            }
            assertThat(diagnostics.entries().stream()
                            .filter(entry -> !isKnownToBeBroken(path))
                            .toList())
                    .as(path.toString())
                    .isEmpty();
        }
    }

    /** Made so by its authors: a chain that leads into itself. */
    private static boolean isKnownToBeBroken(Path path) {
        return path.endsWith("cfi_chained_loop.exe");
    }

    private static void headers(Path path, PeImage image, String judged) {
        PeHeader header = image.header();
        String all = judged.substring(0, judged.indexOf("DOSHeader"));
        assertThat(hexInside(field(all, "Machine").orElseThrow())).isEqualTo(header.machine());
        assertThat(hexInside(field(all, "TimeDateStamp").orElseThrow()))
                .isEqualTo(Integer.toUnsignedLong(header.timeDateStamp()));
        assertNumber(all, "SectionCount", header.sectionCount());
        assertNumber(all, "PointerToSymbolTable", header.symbolTableOffset());
        assertNumber(all, "SymbolCount", header.symbolCount());
        assertNumber(all, "AddressOfEntryPoint", header.entryPoint());
        assertNumber(all, "ImageBase", header.imageBase());
        assertNumber(all, "SectionAlignment", header.sectionAlignment());
        assertNumber(all, "FileAlignment", header.fileAlignment());
        assertNumber(all, "SizeOfImage", header.sizeOfImage());
        assertNumber(all, "SizeOfHeaders", header.sizeOfHeaders());
        assertThat(hexInside(field(all, "Subsystem").orElseThrow())).isEqualTo(header.subsystem());
        String characteristics = all.substring(all.indexOf("ImageOptionalHeader"));
        assertThat(hexInside(section(characteristics, "Characteristics [ ")))
                .isEqualTo(header.dllCharacteristics());
        assertDirectory(all, header, PeDirectory.EXPORT, "ExportTable");
        assertDirectory(all, header, PeDirectory.RESOURCE, "ResourceTable");
        assertDirectory(all, header, PeDirectory.EXCEPTION, "ExceptionTable");
        assertDirectory(all, header, PeDirectory.DEBUG, "Debug");
        assertDirectory(all, header, PeDirectory.CLR_RUNTIME_HEADER, "CLRRuntimeHeader");
        List<String> theirs = blocks(judged, "Section {").stream()
                .map(block -> "%s %d %d %d %d %d"
                        .formatted(
                                field(block, "Name").orElseThrow().replaceAll(" \\(.*", ""),
                                number(field(block, "VirtualSize").orElseThrow()),
                                number(field(block, "VirtualAddress").orElseThrow()),
                                number(field(block, "RawDataSize").orElseThrow()),
                                number(field(block, "PointerToRawData").orElseThrow()),
                                hexInside(section(block, "Characteristics [ "))))
                .toList();
        assertThat(image.sections().stream()
                        .map(each -> "%s %d %d %d %d %d"
                                .formatted(
                                        each.name(),
                                        each.virtualSize(),
                                        each.rva(),
                                        each.rawSize(),
                                        each.fileOffset(),
                                        each.characteristics()))
                        .toList())
                .as(path.toString())
                .isEqualTo(theirs);
    }

    private static void assertDirectory(
            String judged, PeHeader header, PeDirectory directory, String name) {
        long rva = header.directory(directory).map(PeDirectory.Place::rva).orElse(0L);
        long size =
                header.directory(directory).map(PeDirectory.Place::sizeBytes).orElse(0L);
        assertNumber(judged, name + "RVA", rva);
        assertNumber(judged, name + "Size", size);
    }

    private static void assertNumber(String judged, String name, long value) {
        assertThat(value).as(name).isEqualTo(number(field(judged, name).orElseThrow()));
    }

    private static Optional<String> field(String text, String name) {
        return FIELD.matcher(text)
                .results()
                .filter(result -> result.group(1).equals(name))
                .map(result -> result.group(2))
                .findFirst();
    }

    /** From a heading to the end of its line. */
    private static String section(String text, String heading) {
        int start = text.indexOf(heading);
        return text.substring(start, text.indexOf('\n', start));
    }

    private static List<String> blocks(String text, String head) {
        return Stream.of(text.split(Pattern.quote(head), -1)).skip(1).toList();
    }

    private static long number(String text) {
        return text.startsWith("0x")
                ? Long.parseUnsignedLong(text.substring(2), 16)
                : Long.parseUnsignedLong(text);
    }

    /** A type that the judge does not know has no name before it. */
    private static long type(String text) {
        return text.startsWith("0x") ? number(text) : hexInside(text);
    }

    /** "NAME (0x8664)". */
    private static long hexInside(String text) {
        Matcher inside = Pattern.compile("\\(0x([0-9A-Fa-f]+)\\)").matcher(text);
        assertThat(inside.find()).as(text).isTrue();
        return Long.parseUnsignedLong(inside.group(1), 16);
    }

    /** How many images were compared; those the judge itself cannot read are passed over. */
    private static int forEach(List<String> options, Comparison comparison) throws Exception {
        Optional<Tool> judge = Tool.find("llvm-readobj");
        List<Path> files = files();
        assumeTrue(judge.isPresent(), "needs llvm-readobj");
        assumeTrue(!files.isEmpty(), "needs PE images in the corpus or on the machine");
        int compared = 0;
        for (Path path : files) {
            List<String> arguments = new ArrayList<>(options);
            arguments.add(path.toString());
            Tool.Output output = judge.get().run(arguments);
            if (output.exitCode() == 0) {
                compare(path, comparison, output.text());
                compared++;
            }
        }
        return compared;
    }

    private static void compare(Path path, Comparison comparison, String judged) throws Exception {
        DiagnosticLog diagnostics = new DiagnosticLog();
        try (MappedFile file = MappedFile.open(path, ByteOrder.LITTLE_ENDIAN)) {
            PeImage image =
                    PeImage.open(file.source(), PeLayout.FILE, Limits.defaults(), diagnostics);
            comparison.compare(path, image, judged);
        } catch (MalformedException malformed) {
            throw new AssertionError(path.toString(), malformed);
        }
    }

    private static List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        if (Corpus.folder().isPresent()) {
            files.addAll(PeParts.below(Corpus.folder().get()));
        }
        for (Path folder : PROGRAM_FOLDERS) {
            files.addAll(PeParts.below(folder));
        }
        return files.stream().filter(PeJudgesTest::isImage).toList();
    }

    private static boolean isImage(Path path) {
        try (MappedFile file = MappedFile.open(path, ByteOrder.LITTLE_ENDIAN)) {
            return PeHeader.hasDosMagic(file.source());
        } catch (IOException unreadable) {
            return false;
        }
    }
}
