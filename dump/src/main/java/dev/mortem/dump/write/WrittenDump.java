package dev.mortem.dump.write;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A dump that is whole.
 *
 * @param sizeBytes of the file as programs see it; a sparse one takes less of the disk
 * @param allocatedBytes how many of them were written; the rest are holes. With direct I/O a last block
 *     that is cut counts as a whole one
 * @param gaps what could not be read, by ascending address
 * @param duration from the start to the file's appearance under its name
 */
public record WrittenDump(
        Path path, long sizeBytes, long allocatedBytes, List<Gap> gaps, Duration duration) {
    public WrittenDump {
        gaps = List.copyOf(gaps);
    }
}
