package dev.mortem.cli;

import dev.mortem.cli.procdump.ProcDumpRequest.Care;
import dev.mortem.cli.procdump.ProcDumpRequest.Collect;
import dev.mortem.cli.procdump.ProcDumpRequest.DumpType;
import dev.mortem.collect.watch.Actor.Standing;
import dev.mortem.dump.write.WriteOptions;
import dev.mortem.os.LiveSnapshot;
import dev.mortem.os.ProcessControl;
import dev.mortem.os.ProcessEntry;
import dev.mortem.os.SnapshotMode;
import dev.mortem.os.SnapshotOptions;
import dev.mortem.os.TargetException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Writes the dumps of one moment, one of each type that was asked for, and says so in ProcDump's lines. */
final class ProcDumpDumper {
    private static final double MIB = 1 << 20;

    private final ProcDumpConsole console;
    private final Clock clock;
    private final ProcessControl control;
    private final Collect asked;
    private final ProcDumpPlace place;
    private final Optional<Long> keepFree;
    private final StateFolder state;

    ProcDumpDumper(
            ProcDumpConsole console,
            Clock clock,
            ProcessControl control,
            Collect asked,
            ProcDumpPlace place,
            Optional<Long> keepFree,
            StateFolder state) {
        this.console = console;
        this.clock = clock;
        this.control = control;
        this.asked = asked;
        this.place = place;
        this.keepFree = keepFree;
        this.state = state;
    }

    SnapshotOptions snapshot() {
        Care care = asked.care();
        SnapshotOptions usual = SnapshotOptions.defaults()
                .withMode(care.avoidOutage() ? SnapshotMode.REQUIRE : SnapshotMode.PREFER);
        return care.atMost().map(usual::withMaxPause).orElse(usual);
    }

    /** Refuses a place that takes no dump; one that is not good is told with each dump. */
    void checkPlace() throws CommandFailure {
        try {
            DumpFolder folder =
                    new DumpFolder(place.folder(), keepFree, DumpFolder.Space.ofThisMachine());
            folder.check(0);
        } catch (CommandFailure refused) {
            throw ProcDumpWords.of(refused);
        }
    }

    /**
     * Writes them, the smallest first.
     *
     * @param number of the moment, from 1
     * @param code of the exception that they are of
     * @param standing where somebody holds the process for us
     */
    void dump(
            int number,
            ProcessEntry entry,
            DumpTaker.Cause cause,
            Optional<String> code,
            Optional<Standing> standing)
            throws CommandFailure, TargetException {
        LocalDateTime now = LocalDateTime.now(clock.withZone(ZoneId.systemDefault()));
        console.dump(number, "info", "Available space: " + availableBytes());
        for (DumpType type : asked.types()) {
            String name = place.name()
                    .at(
                            entry.name(),
                            entry.pid(),
                            code,
                            now,
                            taken -> !asked.care().overwrite()
                                    && Files.exists(
                                            place.folder().resolve(taken),
                                            LinkOption.NOFOLLOW_LINKS));
            Path path = place.folder().toAbsolutePath().normalize().resolve(name);
            try {
                dump(number, entry, cause(cause), type, path, standing);
            } catch (CommandFailure failure) {
                CommandFailure inWords = ProcDumpWords.of(failure);
                console.dump(number, "error", String.valueOf(inWords.getMessage()));
                throw inWords;
            } catch (IOException failure) {
                console.dump(number, "error", String.valueOf(failure.getMessage()));
                throw CommandFailure.because(ExitCode.STORAGE, failure);
            }
        }
        state.rememberDumpFolder(place.folder());
    }

    private void dump(
            int number,
            ProcessEntry entry,
            DumpTaker.Cause cause,
            DumpType type,
            Path path,
            Optional<Standing> standing)
            throws CommandFailure, TargetException, IOException {
        console.dump(number, "initiated", path.toString());
        long began = System.nanoTime();
        try (ReplacedFile replaced = replaced(path)) {
            DumpTaker taker = new DumpTaker(
                    console.infoOf(number), clock, control, request(type, replaced.path()));
            taker.tell(new Teller(number));
            DumpTaker.Taken taken = take(taker, entry, cause, standing);
            console.dump(
                    number,
                    "complete",
                    String.format(
                            Locale.ROOT,
                            "%d MB written in %.1f seconds",
                            Math.round(Math.ceil(taken.sidecar().sizeBytes() / MIB)),
                            (System.nanoTime() - began) / 1e9));
        }
    }

    private ReplacedFile replaced(Path path) throws IOException {
        return asked.care().overwrite() ? ReplacedFile.putAside(path) : ReplacedFile.none(path);
    }

    private DumpTaker.Taken take(
            DumpTaker taker, ProcessEntry entry, DumpTaker.Cause cause, Optional<Standing> standing)
            throws CommandFailure, TargetException {
        if (standing.isEmpty()) {
            return taker.take(entry, cause);
        }
        try (LiveSnapshot snapshot = standing.get().snapshot(snapshot())) {
            return taker.take(entry, snapshot, cause, List.of());
        }
    }

    private DumpTaker.Request request(DumpType type, Path path) {
        DumpFormat format = place.name().isMinidump() ? DumpFormat.MINIDUMP : DumpFormat.CORE;
        return new DumpTaker.Request(
                path,
                new DumpShape(
                        type.kind(),
                        format,
                        false,
                        false,
                        type.mask(),
                        asked.care().comment()),
                new WriteOptions(false, false),
                false,
                keepFree,
                snapshot());
    }

    private DumpTaker.Cause cause(DumpTaker.Cause cause) {
        if (asked.care().comment().isEmpty()) {
            return cause;
        }
        Map<String, String> values = new LinkedHashMap<>(cause.trigger());
        values.put("comment", asked.care().comment().get());
        return new DumpTaker.Cause(cause.reason(), values);
    }

    private String availableBytes() {
        try {
            return Long.toString(Files.getFileStore(place.folder()).getUsableSpace());
        } catch (IOException unknown) {
            return "unknown";
        }
    }

    /** ProcDump's line about the size, and its limit on the time. */
    private final class Teller implements DumpTaker.Onlooker {
        private final int number;
        private final ProcDumpTimeLimit limit;

        Teller(int number) {
            this.number = number;
            this.limit = new ProcDumpTimeLimit(asked.care().atMost(), System::nanoTime);
        }

        @Override
        public void expects(long sizeBytes) {
            console.dump(
                    number,
                    "writing",
                    "Estimated dump file size is %d MB."
                            .formatted(Math.round(Math.ceil(sizeBytes / MIB))));
        }

        @Override
        public void goesOn() throws DumpTaker.GivenUpException {
            limit.check();
        }
    }
}
