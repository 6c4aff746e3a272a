package dev.mortem.cli;

import dev.mortem.base.json.JsonOutput;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** {@code mortem symbols pack}: binaries and symbols into a store. */
@Command(
        name = "pack",
        description =
                "Copies binaries and symbols into a symbol store, each to where a symbol server"
                        + " keeps it, and makes Breakpad symbol files of what they tell.",
        footer = {
            "",
            "The store can be given to 'mortem analyze --symbols' and to other debuggers. What does"
                    + " not",
            "say which build it is of is left out. Nothing in the store is replaced by other"
                    + " content,",
            "but Breakpad files are made anew. Exit code 8 where a file could not be packed."
        })
final class SymbolsPackCommand implements Callable<Integer> {
    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "DIR", description = "The folder, with those in it.")
    Path folder = Path.of(".");

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "STORE",
            description = "The store's folder; made where it is not there.")
    Path store = Path.of(".");

    @Option(names = "--no-sym", description = "Make no Breakpad symbol files.")
    boolean withoutSym;

    private final Console console;

    SymbolsPackCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() throws CommandFailure {
        if (!Files.isDirectory(folder)) {
            throw new CommandFailure(ExitCode.NOT_A_DUMP, folder + " is no folder");
        }
        List<SymbolPack.Packed> packed = new SymbolPack(folder, store, !withoutSym).pack();
        if (common.json) {
            writeJson(packed);
        } else {
            writeText(packed);
        }
        return (packed.stream().anyMatch(SymbolPack.Packed::failed)
                        ? ExitCode.SOME_FAILED
                        : ExitCode.DONE)
                .number();
    }

    private void writeText(List<SymbolPack.Packed> packed) {
        for (SymbolPack.Packed each : packed) {
            if (each.state() != SymbolPack.State.LEFT_OUT || common.verbose) {
                String detail = each.detail().isEmpty() ? "" : " (" + each.detail() + ")";
                (each.failed() ? console.err() : console.out())
                        .println(Shown.oneLine(each.state().label() + "  "
                                + each.stored().orElse(each.from()) + detail));
            }
        }
        long stored = packed.stream()
                .filter(each -> !each.failed() && each.stored().isPresent())
                .count();
        console.note("%d files in %s; %d left out, %d failed."
                .formatted(
                        stored,
                        store,
                        packed.stream()
                                .filter(each -> each.state() == SymbolPack.State.LEFT_OUT)
                                .count(),
                        packed.stream().filter(SymbolPack.Packed::failed).count()));
    }

    private void writeJson(List<SymbolPack.Packed> packed) {
        try (JsonOutput json = JsonOutput.indented(console.out())) {
            json.beginObject()
                    .text("schema", "mortem.symbols-pack/1")
                    .text("tool", Version.tool())
                    .text("store", store.toAbsolutePath().normalize().toString())
                    .beginArray("files");
            for (SymbolPack.Packed each : packed) {
                json.beginObject()
                        .text("from", each.from())
                        .text("state", each.state().name().toLowerCase(Locale.ROOT))
                        .text("stored", each.stored())
                        .text("detail", each.detail())
                        .endObject();
            }
            json.endArray().endObject();
        }
        console.out().println();
    }
}
