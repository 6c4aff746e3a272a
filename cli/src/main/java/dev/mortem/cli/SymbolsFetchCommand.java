package dev.mortem.cli;

import dev.mortem.base.json.JsonOutput;
import dev.mortem.cli.HeardSources.Heard;
import dev.mortem.stack.fetch.Lookup;
import dev.mortem.stack.fetch.StoreChain;
import dev.mortem.stack.fetch.StoreFolder;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;

/** {@code mortem symbols fetch}: gets the files that a dump's stacks need. */
@Command(
        name = "fetch",
        description = "Gets the images and symbols that a dump needs, from places that are named.",
        footer = {
            "",
            "Files go into the cache, and with -o into a store that --symbols takes afterwards, on"
                    + " any",
            "machine. Exit code 0 where all was found, 8 where some was, 5 where nothing was."
        })
final class SymbolsFetchCommand implements Callable<Integer> {
    @Spec
    CommandSpec spec = CommandSpec.create();

    @Mixin
    CommonOptions common = new CommonOptions();

    @Mixin
    SymbolOptions symbols = new SymbolOptions();

    @Parameters(paramLabel = "DUMP", description = "The dump.")
    Path dump = Path.of("");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "STORE",
            description = "A folder that gets the files as symbol stores have them: NAME/ID/NAME,"
                    + " and .build-id/xx/yyyy of Linux.")
    Optional<Path> store = Optional.empty();

    @Option(
            names = "--all",
            description = "For all modules (default: for those on stacks, as far as names, lines"
                    + " or unwind tables are missing).")
    boolean all;

    private final Console console;
    private final Clock clock;

    SymbolsFetchCommand(Console console, Clock clock) {
        this.console = console;
        this.clock = clock;
    }

    @Override
    public Integer call() throws CommandFailure {
        if (!Files.exists(dump)) {
            throw new CommandFailure(ExitCode.NOT_A_DUMP, dump + ": no such file");
        }
        SymbolPlaces places = places();
        try (SymbolServers servers =
                symbols.open(places, System.getenv(), console, clock, common.verbose)) {
            HeardSources sources = new HeardSources(servers, this::say);
            fetch(sources);
            List<Kept> kept = keep(counted(sources.all()));
            if (common.json) {
                writeJson(kept);
            }
            return end(kept);
        }
    }

    private SymbolPlaces places() {
        try {
            SymbolPlaces places = symbols.places(System.getenv());
            if (places.servers().isEmpty() && places.stores().isEmpty()) {
                throw new IllegalArgumentException("--symbols is missing: msdl, the URL of a symbol"
                        + " server or of debuginfod, srv*FOLDER*URL, a store's folder");
            }
            return store.isEmpty()
                    ? places
                    : new SymbolPlaces(
                            places.paths(), places.servers(), behindStore(places.stores()));
        } catch (IllegalArgumentException unusable) {
            throw new ParameterException(
                    spec.commandLine(), String.valueOf(unusable.getMessage()), unusable);
        }
    }

    /** The new store is the nearest one: what is in it already is not fetched again. */
    private List<StoreChain> behindStore(List<StoreChain> chains) {
        return chains.stream().map(chain -> chain.behind(store.orElseThrow())).toList();
    }

    /** Files of this machine are used as ever; what lies in the places named is fetched, not used. */
    private void fetch(HeardSources sources) throws CommandFailure {
        DumpAnalysis analysis = new DumpAnalysis(
                console,
                clock,
                new DumpAnalysis.Request(
                        List.of(),
                        sources.symbols(),
                        sources.stores(),
                        List.of(),
                        List.of(),
                        false));
        if (all) {
            analysis.fetchAll(dump);
        } else {
            analysis.of(dump);
        }
    }

    private void say(Heard heard) {
        if (common.json) {
            return;
        }
        synchronized (console) {
            console.out().println(Shown.oneLine(line(heard)));
            console.out().flush();
        }
    }

    private static String line(Heard heard) {
        String what = heard.wanted().kind()
                + (heard.wanted().name().isEmpty()
                        ? " of build id"
                        : " " + heard.wanted().name())
                + " " + heard.wanted().id();
        return switch (heard.answer()) {
            case Lookup.Found(Path file, String answer) ->
                "found    " + what + ", " + size(file) + ", from " + answer;
            case Lookup.NotFound(String answer) ->
                "missing  " + what + (answer.isEmpty() ? ": in no store" : ": " + answer);
            case Lookup.Denied _, Lookup.TimedOut _, Lookup.Malformed _, Lookup.Unsupported _ ->
                "failed   " + what + ": " + heard.answer().answer();
        };
    }

    private static String size(Path file) {
        OptionalLong size = sizeBytes(file);
        return size.isPresent() ? Quantities.size(size.getAsLong()) : "gone since";
    }

    private static OptionalLong sizeBytes(Path file) {
        try {
            return OptionalLong.of(Files.size(file));
        } catch (IOException gone) {
            return OptionalLong.empty();
        }
    }

    /** A symbol file is looked for in place of a PDB or debug file: one of them is enough. */
    private static List<Heard> counted(List<Heard> heard) {
        List<Heard> counted = new ArrayList<>();
        for (Heard each : heard) {
            boolean instead = each.wanted().kind().equals("symbol file");
            boolean replaced = each.wanted().kind().equals("PDB")
                    && heard.stream()
                            .anyMatch(other -> other.found()
                                    && other.wanted().kind().equals("symbol file")
                                    && other.wanted()
                                            .id()
                                            .equalsIgnoreCase(each.wanted().id()));
            if (each.found() || !(instead || replaced)) {
                counted.add(each);
            }
        }
        return counted;
    }

    /** @param path where it is now, of a file that was found */
    private record Kept(Heard heard, Optional<Path> path) {}

    private List<Kept> keep(List<Heard> heard) throws CommandFailure {
        List<Kept> kept = new ArrayList<>();
        for (Heard each : heard) {
            kept.add(new Kept(
                    each,
                    each.answer() instanceof Lookup.Found found
                            ? Optional.of(keep(each.wanted(), found.file()))
                            : Optional.empty()));
        }
        return kept;
    }

    /** Stores put their files where they belong; files of a build id are put here. */
    private Path keep(HeardSources.Wanted wanted, Path file) throws CommandFailure {
        if (store.isEmpty() || !wanted.name().isEmpty()) {
            return file;
        }
        try {
            return new StoreFolder(store.get())
                    .putBuild(wanted.id(), wanted.kind().equals("debuginfo"), file, clock);
        } catch (IOException failed) {
            throw new CommandFailure(
                    ExitCode.STORAGE,
                    store.get() + " cannot be written: " + failed.getMessage(),
                    failed);
        }
    }

    private int end(List<Kept> kept) {
        long found = kept.stream().filter(each -> each.heard.found()).count();
        long missing = kept.size() - found;
        if (kept.isEmpty()) {
            console.note("nothing had to be fetched: "
                    + (all ? "all modules have" : "the modules on stacks have")
                    + " their names and lines from this machine");
        } else {
            console.note(found + " of " + kept.size() + " files found"
                    + store.filter(any -> found > 0)
                            .map(folder -> ", in " + folder)
                            .orElse(""));
        }
        if (missing == 0) {
            return ExitCode.DONE.number();
        }
        return (found == 0 ? ExitCode.NO_DUMP : ExitCode.SOME_FAILED).number();
    }

    private void writeJson(List<Kept> kept) {
        try (JsonOutput json = JsonOutput.indented(console.out())) {
            json.beginObject()
                    .text("schema", "mortem.symbolsFetch/1")
                    .text("tool", Version.tool())
                    .text("dump", dump.toString())
                    .text("store", store.map(Path::toString))
                    .beginArray("files");
            for (Kept each : kept) {
                HeardSources.Wanted wanted = each.heard.wanted();
                json.beginObject()
                        .text("kind", wanted.kind())
                        .text("name", Optional.of(wanted.name()).filter(name -> !name.isEmpty()))
                        .text("id", wanted.id())
                        .flag("found", each.heard.found())
                        .text("path", each.path.map(Path::toString))
                        .number(
                                "sizeBytes",
                                each.path
                                        .map(SymbolsFetchCommand::sizeBytes)
                                        .orElse(OptionalLong.empty()))
                        .text("answer", each.heard.answer().answer())
                        .endObject();
            }
            json.endArray().endObject();
        }
        console.out().println();
    }
}
