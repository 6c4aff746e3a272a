package dev.mortem.cli;

import dev.mortem.dump.sidecar.DumpSidecar;
import dev.mortem.format.perfmap.PerfMap;
import dev.mortem.os.JitMapFile;
import dev.mortem.os.LiveSnapshot;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Keeps with a dump the map of the code that the process made at run time: /tmp is emptied, and the next
 * process of that pid writes another.
 */
final class JitMapCopy {
    private JitMapCopy() {}

    /**
     * Copies it beside the dump, where there is one. A copy that fails is a warning: the dump is whole
     * without it.
     *
     * @return where it was copied from, as the process names it
     */
    static Optional<String> of(LiveSnapshot snapshot, Path dump, List<String> warnings) {
        Optional<JitMapFile> map = snapshot.jitMap();
        if (map.isEmpty()) {
            return Optional.empty();
        }
        long bytesMax = PerfMap.FILE_BYTES.defaultMax();
        try {
            PrivateFile.write(
                    DumpSidecar.jitMapBeside(dump), out -> map.get().copyTo(out, bytesMax));
        } catch (IOException failed) {
            warnings.add("code made at run time has no names: %s was not copied: %s"
                    .formatted(map.get().path(), failed.getMessage()));
            return Optional.empty();
        }
        if (map.get().sizeBytes() > bytesMax) {
            warnings.add("of %s the first %s were copied: code made later has no names"
                    .formatted(map.get().path(), Quantities.size(bytesMax)));
        }
        return Optional.of(map.get().path());
    }
}
