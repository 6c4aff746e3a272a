package dev.mortem.analyze.report;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Says for people by what a module's PDB leads to its sources. */
final class SourceIndexes {
    private SourceIndexes() {}

    /** Empty where it does not. */
    static Optional<String> words(List<String> indexes) {
        return indexes.isEmpty()
                ? Optional.empty()
                : Optional.of("sources by "
                        + indexes.stream()
                                .map(index -> index.equals("sourceLink")
                                        ? "Source Link"
                                        : "source server")
                                .collect(Collectors.joining(" and ")));
    }
}
