package dev.mortem.cli;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.json.JsonOutput;
import dev.mortem.base.limit.Limits;
import dev.mortem.stack.identity.FileIdentity;
import dev.mortem.stack.identity.IdentityReader;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;

/** {@code mortem symbols check}: whether each file of a store is where its id says. */
@Command(
        name = "check",
        description =
                "Reads every file of a symbol store and tells which stand at a place that is not"
                        + " theirs, which are broken, and which nobody would find.",
        footer = {"", "Exit code 8 where a file is wrong, broken or an orphan."})
final class SymbolsCheckCommand implements Callable<Integer> {
    /** What symbol servers keep in a store for themselves. */
    private static final Set<String> OF_THE_SERVER =
            Set.of("pingme.txt", "index2.txt", "refs.ptr", "server.txt");

    /** Folders of SymStore for its transactions. */
    private static final String ADMINISTRATION = "000Admin";

    @Mixin
    CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "STORE", description = "The store's folder.")
    Path store = Path.of(".");

    private final Console console;

    SymbolsCheckCommand(Console console) {
        this.console = console;
    }

    private enum State {
        RIGHT,
        WRONG,
        BROKEN,
        ORPHAN
    }

    private record Checked(String place, State state, String detail) {}

    @Override
    public Integer call() throws CommandFailure {
        if (!Files.isDirectory(store)) {
            throw new CommandFailure(ExitCode.NOT_A_DUMP, store + " is no folder");
        }
        List<Checked> checked = new ArrayList<>();
        for (Path file : StoreFiles.below(store)) {
            check(file).ifPresent(checked::add);
        }
        if (common.json) {
            writeJson(checked);
        } else {
            writeText(checked);
        }
        boolean sound = checked.stream().allMatch(each -> each.state() == State.RIGHT);
        return (sound ? ExitCode.DONE : ExitCode.SOME_FAILED).number();
    }

    /** Empty for what the server keeps for itself. */
    private Optional<Checked> check(Path file) {
        Path relative = store.relativize(file);
        String place = relative.toString().replace('\\', '/');
        String name = String.valueOf(file.getFileName());
        if (OF_THE_SERVER.contains(name) || relative.startsWith(ADMINISTRATION)) {
            return Optional.empty();
        }
        if (name.endsWith(SymbolPack.PARTIAL_SUFFIX)) {
            return Optional.of(new Checked(place, State.ORPHAN, "left by a writer that was ended"));
        }
        try (MappedFile mapped = MappedFile.open(file, ByteOrder.LITTLE_ENDIAN)) {
            Optional<FileIdentity> identity = new IdentityReader(
                            Limits.defaults(), new DiagnosticLog())
                    .read(name, mapped.source());
            return Optional.of(checked(place, identity));
        } catch (MalformedException broken) {
            return Optional.of(
                    new Checked(place, State.BROKEN, String.valueOf(broken.getMessage())));
        } catch (IOException unreadable) {
            return Optional.of(
                    new Checked(place, State.BROKEN, "not readable: " + unreadable.getMessage()));
        }
    }

    private static Checked checked(String place, Optional<FileIdentity> identity) {
        if (identity.isEmpty()) {
            return new Checked(place, State.ORPHAN, "neither code nor symbols");
        }
        Optional<String> wanted = identity.get().storePath();
        if (wanted.isEmpty()) {
            return new Checked(place, State.ORPHAN, "it does not say which build it is of");
        }
        // Windows does not tell the case of letters
        boolean right = wanted.get().equalsIgnoreCase(place)
                || identity.get()
                        .buildId()
                        .filter(id -> isInBuildIdTree(place, id))
                        .isPresent();
        return right
                ? new Checked(place, State.RIGHT, "")
                : new Checked(place, State.WRONG, "belongs to " + wanted.get());
    }

    /** GDB's tree (GDB manual, Separate Debug Files). */
    private static boolean isInBuildIdTree(String place, String id) {
        String inTree = ".build-id/" + id.substring(0, 2) + "/" + id.substring(2);
        return place.equals(inTree) || place.equals(inTree + ".debug");
    }

    private void writeText(List<Checked> checked) {
        for (Checked each : checked) {
            if (each.state() != State.RIGHT || common.verbose) {
                String state = each.state().name().toLowerCase(Locale.ROOT);
                console.out()
                        .println(Shown.oneLine(state
                                + " ".repeat(8 - state.length())
                                + each.place()
                                + (each.detail().isEmpty() ? "" : ": " + each.detail())));
            }
        }
        console.out()
                .println("%d files: %d right, %d wrong, %d broken, %d orphans"
                        .formatted(
                                checked.size(),
                                count(checked, State.RIGHT),
                                count(checked, State.WRONG),
                                count(checked, State.BROKEN),
                                count(checked, State.ORPHAN)));
    }

    private static long count(List<Checked> checked, State state) {
        return checked.stream().filter(each -> each.state() == state).count();
    }

    private void writeJson(List<Checked> checked) {
        try (JsonOutput json = JsonOutput.indented(console.out())) {
            json.beginObject()
                    .text("schema", "mortem.symbols-check/1")
                    .text("tool", Version.tool())
                    .text("store", store.toAbsolutePath().normalize().toString());
            for (State state : State.values()) {
                json.number(state.name().toLowerCase(Locale.ROOT), count(checked, state));
            }
            json.beginArray("files");
            for (Checked each : checked) {
                if (each.state() != State.RIGHT || common.verbose) {
                    json.beginObject()
                            .text("place", each.place())
                            .text("state", each.state().name().toLowerCase(Locale.ROOT))
                            .text("detail", each.detail())
                            .endObject();
                }
            }
            json.endArray().endObject();
        }
        console.out().println();
    }
}
