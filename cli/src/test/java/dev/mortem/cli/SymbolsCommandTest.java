package dev.mortem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.base.json.JsonObject;
import dev.mortem.base.snapshot.DebugId;
import dev.mortem.format.codeview.CodeViewRecord;
import dev.mortem.testkit.synth.PdbSynth;
import dev.mortem.testkit.synth.SmallPdb;
import dev.mortem.testkit.tool.Corpus;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** {@code mortem symbols info}, {@code pack} and {@code check}. */
class SymbolsCommandTest {
    private static final String SHOP_ID = "D3096ED481217FD4C16B29CD9BC208BA0";
    private static final String SHOP = "MODULE Linux x86_64 " + SHOP_ID + " shop\n"
            + "FILE 0 shop.c\nFUNC 10 20 0 main\n10 20 3 0\nPUBLIC 40 0 end\n"
            + "STACK CFI INIT 10 20 .cfa: $rsp 8 + .ra: .cfa -8 + ^\n";

    @TempDir
    private Path folder;

    @Test
    void infoTellsWhatABreakpadFileIs() throws IOException {
        Path file = Files.writeString(folder.resolve("a.sym"), SHOP);
        CommandRun text = CommandRun.of("symbols", "info", file.toString());
        assertThat(text.exitCode()).as(text.err()).isZero();
        assertThat(text.out())
                .contains("Breakpad symbol file, Linux, x86_64")
                .contains("debug id    " + SHOP_ID)
                .contains("lines, symbols, publics, unwind")
                .contains("store path  shop/" + SHOP_ID + "/shop.sym");

        JsonObject json = json(CommandRun.of("symbols", "info", "--json", file.toString()));
        assertThat(json.text("schema")).contains("mortem.symbols/1");
        JsonObject only = json.objects("files").getFirst();
        assertThat(only.text("kind")).contains("breakpad");
        assertThat(only.texts("contents")).containsExactly("lines", "symbols", "publics", "unwind");
    }

    @Test
    void infoOfWhatIsNoneExitsWith7AndOfSomeWith8() throws IOException {
        Path none = Files.writeString(folder.resolve("notes"), "hello");
        Path some = Files.writeString(folder.resolve("a.sym"), SHOP);
        CommandRun one = CommandRun.of("symbols", "info", none.toString());
        assertThat(one.exitCode()).isEqualTo(7);
        assertThat(one.err()).contains("notes").contains("neither");
        CommandRun two = CommandRun.of("symbols", "info", none.toString(), some.toString());
        assertThat(two.exitCode()).isEqualTo(8);
        assertThat(two.out()).contains(SHOP_ID);
        assertThat(CommandRun.of("symbols", "info", folder.resolve("no").toString())
                        .exitCode())
                .isEqualTo(7);
        assertThat(CommandRun.of("symbols").exitCode()).isEqualTo(2);
    }

    /** What stands in the images' headers, as llvm-readobj prints it. */
    @Test
    void infoOfAnImageAndItsPdb() {
        Path image = corpus("wine/bin/crashme.exe");
        Path pdb = corpus("wine/bin/crashme.pdb");
        JsonObject json =
                json(CommandRun.of("symbols", "info", "--json", image.toString(), pdb.toString()));
        JsonObject exe = json.objects("files").getFirst();
        assertThat(exe.text("codeId")).contains("6B00FEA910000");
        assertThat(exe.text("debugId")).contains("B2AC2F4F2FDB71894C4C44205044422E1");
        assertThat(exe.text("storePath")).contains("crashme.exe/6B00FEA910000/crashme.exe");
        JsonObject debug = json.objects("files").getLast();
        assertThat(debug.text("debugId")).isEqualTo(exe.text("debugId"));
        assertThat(debug.texts("contents")).contains("lines", "publics");
        assertThat(debug.text("symPath")).isEqualTo(exe.text("symPath"));
    }

    @Test
    void infoTellsByWhatAPdbLeadsToItsSources() throws IOException {
        PdbSynth indexed = SmallPdb.x64().namedStream("srcsrv").namedStream("sourcelink$1");
        Path pdb = Files.write(folder.resolve("small.pdb"), indexed.build());
        assertThat(CommandRun.of("symbols", "info", pdb.toString()).out())
                .contains("source link, source server");
        JsonObject json = json(CommandRun.of("symbols", "info", "--json", pdb.toString()));
        assertThat(json.objects("files").getFirst().texts("contents"))
                .contains("sourceLink", "sourceServer");
    }

    @Test
    void infoOfADumpListsItsModules() {
        Path dump = corpus("minidump/getsentry__symbolicator/windows.dmp");
        CommandRun text = CommandRun.of("symbols", "info", dump.toString());
        assertThat(text.out())
                .contains("5AB380779000")
                .contains("3249D99D0C4049318610F4E4FB0B69361")
                .contains("crash.pdb");
        JsonObject json = json(CommandRun.of("symbols", "info", "--json", dump.toString()));
        JsonObject crash = json.objects("dumps").getFirst().objects("modules").getFirst();
        assertThat(crash.text("storePath")).contains("crash.exe/5AB380779000/crash.exe");
        assertThat(crash.text("symPath"))
                .contains("crash.pdb/3249D99D0C4049318610F4E4FB0B69361/crash.sym");
    }

    @Test
    void whatIsPackedIsRightAndWhatIsNotIsTold() throws IOException {
        Path from = Files.createDirectories(folder.resolve("from/deep"));
        Files.writeString(from.resolve("anything.sym"), SHOP);
        Files.writeString(from.resolve("notes.txt"), "no symbols");
        Path store = folder.resolve("store");
        CommandRun pack = pack(folder.resolve("from"), store);
        assertThat(pack.exitCode()).as(pack.err()).isZero();
        String place = "shop/" + SHOP_ID + "/shop.sym";
        assertThat(pack.out()).contains("stored").contains(place).doesNotContain("notes");
        assertThat(store.resolve(place)).hasContent(SHOP);
        assertThat(check(store, 0)).isEqualTo(List.of());
        assertThat(pack(folder.resolve("from"), store).out()).contains("present");

        Files.writeString(from.resolve("anything.sym"), SHOP + "PUBLIC 50 0 other\n");
        CommandRun other = pack(folder.resolve("from"), store);
        assertThat(other.exitCode()).isEqualTo(8);
        assertThat(other.err()).contains("it stays");
        assertThat(store.resolve(place)).hasContent(SHOP);
    }

    @Test
    void aStoreIsCheckedFileByFile() throws IOException {
        Path store = folder.resolve("store");
        write(store, "shop/" + SHOP_ID + "/shop.sym", SHOP);
        write(store, "shop/" + SHOP_ID.replace('D', 'E') + "/shop.sym", SHOP);
        write(store, "shop/" + SHOP_ID + "/notes.txt", "what is this");
        write(store, "shop/" + SHOP_ID + "/1" + SymbolPack.PARTIAL_SUFFIX, "half");
        write(store, "shop/x/shop", "\u007fELF and no more");
        write(store, "pingme.txt", "");
        write(store, "000Admin/server.txt", "0000000001,add");

        assertThat(check(store, 8))
                .containsExactlyInAnyOrder(
                        "wrong shop/" + SHOP_ID.replace('D', 'E') + "/shop.sym",
                        "orphan shop/" + SHOP_ID + "/notes.txt",
                        "orphan shop/" + SHOP_ID + "/1" + SymbolPack.PARTIAL_SUFFIX,
                        "broken shop/x/shop");
        assertThat(CommandRun.of("symbols", "check", store.toString()).out())
                .contains("belongs to shop/" + SHOP_ID + "/shop.sym")
                .contains("5 files: 1 right, 1 wrong, 1 broken, 2 orphans");
        assertThat(CommandRun.of("symbols", "check", folder.resolve("no").toString())
                        .exitCode())
                .isEqualTo(7);
    }

    /** A name in a file must not lead out of the store. */
    @Test
    void aModuleNamedLikeAPathIsLeftOut() throws IOException {
        Path from = Files.createDirectories(folder.resolve("from"));
        Files.writeString(from.resolve("a.sym"), SHOP.replace(" shop\n", " ../../shop\n"));
        CommandRun pack = pack(from, folder.resolve("store"));
        assertThat(pack.exitCode()).isZero();
        assertThat(pack.err()).contains("0 files").contains("1 left out");
    }

    /** The .sym file made of a PDB, and that alone, gives the stacks that the PDB gives. */
    @ParameterizedTest
    @ValueSource(strings = {"av_null_dll", "av_write", "float_div_zero", "stack_overflow"})
    void symFilesOfPdbsGiveThePdbsStacks(String scene) throws IOException {
        Path dump = corpus("wine/pdb/" + scene + ".normal.dmp");
        Path store = folder.resolve("store");
        assertThat(pack(corpus("wine/bin/crashme.exe").resolveSibling("."), store)
                        .exitCode())
                .isZero();
        Path named = withDebugIds(dump, store);
        List<String> byPdb = frames(named, store);
        List<String> bySym = frames(named, symFilesOf(store));
        assertThat(byPdb).anyMatch(frame -> frame.matches("(crashme|faultmod).*:[0-9]+"));
        assertThat(bySym).isEqualTo(byPdb);
    }

    /** The same of a program of Linux with DWARF. */
    @ParameterizedTest
    @ValueSource(strings = {"core.segv", "core.fpe"})
    void symFilesOfElfFilesGiveTheirStacks(String core) throws IOException {
        Path dump = corpus("own/linux/" + core);
        Path program = corpus("own/linux/crashlin");
        Path from = Files.createDirectories(folder.resolve("from"));
        Files.write(from.resolve("crashlin"), Files.readAllBytes(program));
        Path store = folder.resolve("store");
        assertThat(pack(from, store).exitCode()).isZero();
        assertThat(check(store, 0)).isEmpty();
        List<String> byDwarf = frames(dump, store);
        assertThat(byDwarf).anyMatch(frame -> frame.matches("crashlin!do_.*:[0-9]+"));
        assertThat(frames(dump, symFilesOf(store))).isEqualTo(byDwarf);
    }

    @Test
    void everyFileOfTheCorpusIsPackedOrRefused() {
        Path store = folder.resolve("store");
        Path pdbs = corpus("pdb/getsentry__symbolic/CrashWithException.pdb");
        CommandRun pack = CommandRun.of(
                "symbols",
                "pack",
                "--json",
                pdbs.resolveSibling("../..").resolve("pdb").normalize().toString(),
                "-o",
                store.toString());
        List<JsonObject> failed = json(pack).objects("files").stream()
                .filter(file -> file.text("state").orElse("").equals("failed"))
                .toList();
        assertThat(failed.stream().map(file -> file.text("from").orElse("")))
                .allMatch(file -> file.endsWith("fuzzed.pdb"));
        assertThat(check(store, 0)).isEmpty();
    }

    private static CommandRun pack(Path from, Path store) {
        return CommandRun.of("symbols", "pack", from.toString(), "-o", store.toString());
    }

    /** "wrong PLACE" of each file that is not right. */
    private static List<String> check(Path store, int exitCode) {
        CommandRun run = CommandRun.of("symbols", "check", "--json", store.toString());
        assertThat(run.exitCode()).as(run.out()).isEqualTo(exitCode);
        return json(run).objects("files").stream()
                .map(file -> file.text("state").orElseThrow() + " "
                        + file.text("place").orElseThrow())
                .toList();
    }

    private static void write(Path store, String place, String text) throws IOException {
        Path file = store.resolve(place);
        Files.createDirectories(file.resolveSibling("."));
        Files.writeString(file, text);
    }

    private static Path corpus(String name) {
        Optional<Path> file = Corpus.file(name);
        assumeTrue(file.isPresent(), "needs the corpus");
        return file.orElseThrow();
    }

    /** What a split build leaves beside the program, or as a package, is in the symbol file too. */
    @ParameterizedTest
    @ValueSource(strings = {"beside", "moved", "package"})
    void packFollowsSplitDwarf(String where) throws Exception {
        boolean packaged = where.equals("package");
        assumeTrue(Tool.find("gcc").isPresent(), "needs gcc");
        assumeTrue(!packaged || Tool.find("llvm-dwp").isPresent(), "needs llvm-dwp");
        Path build = Files.createDirectory(folder.resolve("build"));
        Path source = Files.writeString(build.resolve("shop.c"), """
                static __attribute__((noinline)) int total(int n) { return n * 3; }
                int main(int argc, char **argv) { return total(argc) + !argv; }
                """);
        String version =
                packaged ? "-gdwarf-4" : "-gdwarf-5"; // llvm-dwp 14 never ends with this one
        run(build, "gcc", "-O1", version, "-gsplit-dwarf", "-c", source.toString());
        run(build, "gcc", "-Wl,--build-id", "-o", "shop", "shop.o");
        Path from = build;
        if (packaged) {
            run(build, "llvm-dwp", "-e", "shop", "-o", "shop.dwp");
            Files.delete(build.resolve("shop.dwo"));
        }
        if (where.equals("moved")) {
            from = Files.move(build, folder.resolve("other"));
        }
        Path store = folder.resolve("split-store");

        CommandRun run = CommandRun.of("symbols", "pack", from.toString(), "-o", store.toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(symOf(store))
                .containsPattern("FUNC [0-9a-f]+ [0-9a-f]+ 0 total\n")
                .contains("shop.c");
    }

    /** Two programs of one source: dwz moves what they have in common into a third file. */
    @Test
    void packFollowsWhatDwzShares() throws Exception {
        for (String tool : List.of("gcc", "dwz")) {
            assumeTrue(Tool.find(tool).isPresent(), "needs " + tool);
        }
        Path build = Files.createDirectory(folder.resolve("build"));
        Path source = Files.writeString(build.resolve("shop.c"), """
                static __attribute__((noinline)) int total_of_all_carts(int count_of_carts)
                { return count_of_carts * PRICE; }
                int main(int argc, char **argv) { return total_of_all_carts(argc); }
                """);
        for (String name : List.of("shop", "mall")) {
            String price = "-DPRICE=" + name.length() + (name.equals("shop") ? 1 : 2);
            run(build, "gcc", "-O1", "-g", price, "-Wl,--build-id", "-o", name, source.toString());
        }
        run(build, "dwz", "-m", "shared.debug", "-r", "shop", "mall");
        assumeTrue(Files.exists(build.resolve("shared.debug")), "needs a dwz that shares");
        Path store = folder.resolve("shared-store");

        CommandRun run = CommandRun.of("symbols", "pack", build.toString(), "-o", store.toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(symOf(store))
                .containsPattern("FUNC [0-9a-f]+ [0-9a-f]+ 0 total_of_all_carts\n")
                .contains("shop.c");
    }

    private static void run(Path folder, String tool, String... arguments) throws IOException {
        Tool.find(tool).orElseThrow().text(folder, List.of(arguments));
    }

    private static String symOf(Path store) throws IOException {
        try (Stream<Path> files = Files.walk(store)) {
            return Files.readString(files.filter(file -> file.toString().endsWith("shop.sym"))
                    .findFirst()
                    .orElseThrow());
        }
    }

    private static JsonObject json(CommandRun run) {
        if (!run.out().contains("mortem.report/1")) {
            assertThat(ShippedSchemas.problems(run.out())).isEmpty();
        }
        return JsonObject.parse(run.out().getBytes(StandardCharsets.UTF_8)).orElseThrow();
    }

    private Path symFilesOf(Path store) throws IOException {
        Path only = folder.resolve("only");
        try (Stream<Path> files = Files.walk(store)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".sym")).toList()) {
                Path copy = only.resolve(store.relativize(file));
                Files.createDirectories(copy.resolveSibling("."));
                Files.copy(file, copy);
            }
        }
        return only;
    }

    /** MODULE!FUNCTION:LINE of the crashed thread, up to the last frame that has a line. */
    private static List<String> frames(Path dump, Path symbols) {
        CommandRun run = CommandRun.of(
                "analyze", "--json", "--symbols", symbols.toString(), dump.toString());
        assertThat(run.exitCode()).as(run.err()).isZero();
        JsonObject report = json(run);
        long crashed = report.object("reason").orElseThrow().number("threadId").orElseThrow();
        List<String> frames = new ArrayList<>();
        int last = 0;
        for (JsonObject frame : report.objects("stacks").stream()
                .filter(stack -> stack.numbers("threadIds").contains(crashed))
                .findFirst()
                .orElseThrow()
                .objects("frames")) {
            frames.add(frame.text("module").orElse("?") + "!"
                    + frame.text("function").orElse("?")
                    + (frame.number("line").isPresent()
                            ? ":" + frame.number("line").getAsLong()
                            : ""));
            boolean ofUs = frame.number("line").isPresent()
                    && frames.getLast().matches("(crashme|faultmod|crashlin).*");
            last = ofUs ? frames.size() : last;
        }
        return frames.subList(0, last);
    }

    /**
     * Wine's dumps do not tell the debug ids of modules; other writers' do: RSDS records behind the file's
     * end, and where they are at offset 76 of each MINIDUMP_MODULE.
     */
    private Path withDebugIds(Path dump, Path store) throws IOException {
        Map<String, String> pdbs =
                Map.of("crashme.exe", "crashme.pdb", "faultmod.dll", "faultmod.pdb");
        byte[] content = Files.readAllBytes(dump);
        ByteBuffer file = ByteBuffer.wrap(Arrays.copyOf(content, content.length + 256))
                .order(ByteOrder.LITTLE_ENDIAN);
        int end = content.length;
        int list = moduleList(file);
        for (int index = 0; index < file.getInt(list); index++) {
            int module = list + 4 + 108 * index;
            String name = name(file, file.getInt(module + 20));
            String pdb = pdbs.getOrDefault(name, "");
            if (!pdb.isEmpty()) {
                byte[] record = new CodeViewRecord.Rsds(idIn(store, pdb), pdb).write();
                file.putInt(module + 76, record.length).putInt(module + 80, end);
                file.put(end, record);
                end += record.length;
            }
        }
        byte[] all = new byte[end];
        file.get(0, all);
        return Files.write(folder.resolve("named.dmp"), all);
    }

    private static int moduleList(ByteBuffer file) {
        int directory = file.getInt(12);
        for (int index = 0; index < file.getInt(8); index++) {
            if (file.getInt(directory + 12 * index) == 4) {
                return file.getInt(directory + 12 * index + 8);
            }
        }
        throw new AssertionError("no module list");
    }

    private static String name(ByteBuffer file, int at) {
        byte[] text = new byte[file.getInt(at)];
        file.get(at + 4, text);
        String path = new String(text, StandardCharsets.UTF_16LE);
        return path.substring(path.lastIndexOf('\\') + 1);
    }

    private static DebugId idIn(Path store, String pdb) throws IOException {
        try (Stream<Path> ids = Files.list(store.resolve(pdb))) {
            return DebugId.parse(String.valueOf(ids.findFirst().orElseThrow().getFileName()))
                    .orElseThrow();
        }
    }
}
