package dev.mortem.base.snapshot;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a dump says of itself, beyond the process in it.
 *
 * @param kind "mini", "full", "heap", "triage" or "custom", where the dump tells
 * @param flags MINIDUMP_TYPE: what its writer was asked to put in
 * @param comments what people or tools wrote into it: ProcDump its command line and the reason
 * @param annotations of crash reporters (Crashpad, Breakpad): name to value, by name
 * @param contents what the file holds, in its order: names of streams
 * @param origin what the comment of a known tool says; the comment itself stays in {@code comments}
 */
public record DumpDetails(
        Optional<String> kind,
        OptionalLong flags,
        List<String> comments,
        Map<String, String> annotations,
        List<String> contents,
        Optional<DumpOrigin> origin) {
    private static final DumpDetails NONE = new DumpDetails(
            Optional.empty(),
            OptionalLong.empty(),
            List.of(),
            Map.of(),
            List.of(),
            Optional.empty());

    public DumpDetails {
        comments = List.copyOf(comments);
        annotations = Map.copyOf(annotations);
        contents = List.copyOf(contents);
    }

    /** Nothing said. */
    public static DumpDetails none() {
        return NONE;
    }
}
