package dev.mortem.stack.locate;

import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.format.perfmap.PerfMap;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The JIT symbol map of the process: kept with the dump, or {@code perf-PID.map} among what the user
 * named. The /tmp of this machine is not looked at: another process may have had the pid since. Safe for
 * any thread.
 */
final class JitMaps {
    private final ProcessSnapshot snapshot;
    private final ModuleSearch search;
    private final Limits limits;
    private final Diagnostics diagnostics;
    private boolean asked;
    private Optional<JitMap> read = Optional.empty();

    JitMaps(ProcessSnapshot snapshot, ModuleSearch search, Limits limits, Diagnostics diagnostics) {
        this.snapshot = snapshot;
        this.search = search;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    /** Read when first asked for. */
    synchronized Optional<JitMap> map() {
        if (!asked) {
            read = candidates().stream()
                    .filter(Files::isRegularFile)
                    .findFirst()
                    .flatMap(this::read);
            asked = true;
        }
        return read;
    }

    private List<Path> candidates() {
        List<Path> candidates = new ArrayList<>();
        search.jitMap().ifPresent(candidates::add);
        OptionalLong pid = snapshot.process().pid();
        if (pid.isPresent()) {
            Path name = Path.of("perf-" + pid.getAsLong() + ".map");
            for (Path named : search.symbolPaths()) {
                candidates.add(name.equals(named.getFileName()) ? named : named.resolve(name));
            }
        }
        return candidates;
    }

    private Optional<JitMap> read(Path file) {
        try (MappedFile mapped = MappedFile.open(file, snapshot.machine().order())) {
            return Optional.of(new JitMap(
                    file.toString(), PerfMap.read(mapped.source(), limits, diagnostics)));
        } catch (IOException unreadable) {
            diagnostics.report(
                    file.toString(),
                    "not readable: " + unreadable.getMessage(),
                    "code made at run time has no names");
            return Optional.empty();
        }
    }
}
