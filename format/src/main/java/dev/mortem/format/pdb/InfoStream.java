package dev.mortem.format.pdb;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.msf.MsfStream;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Stream 1 (LLVM documentation, "The PDB Info Stream"): 0 Version, 4 Signature, 8 Age: u4 each; 12 Guid
 * 16; then the named streams: the size of their names u4, the names, and a hash table: Size u4, Capacity
 * u4, two bit vectors, for each entry the offset of its name u4 and its stream's number u4; then feature
 * codes: u4 each, up to the end.
 */
final class InfoStream {
    static final int INDEX = 1;

    /** PdbRaw_FeatureSig::MinimalDebugInfo: linked with /DEBUG:FASTLINK. */
    private static final int MINIMAL_DEBUG_INFO = 0x494e_494d;

    /** PdbRaw_ImplVer: PdbImplVC70, the first with a GUID. */
    private static final long VERSION_WITH_GUID = 20_000_404;

    private static final int NAMES_AT = 28;
    private static final int NAME_BYTES_MAX = 1024;
    private static final int FEATURES_MAX = 64;

    private final byte[] guid;
    private final int age;
    private final Map<String, Integer> streams = new HashMap<>();
    private boolean minimal;

    private InfoStream(byte[] guid, int age) {
        this.guid = guid;
        this.age = age;
    }

    static InfoStream read(MsfStream stream, Limits limits) throws MalformedException {
        long version = stream.u4("Version", 0);
        if (version < VERSION_WITH_GUID) {
            throw stream.malformed(
                    "Version", 0, Long.toString(version), "20000404, of Visual C++ 7.0, or later");
        }
        InfoStream info = new InfoStream(
                stream.slice("Guid", 12, 16).bytes("Guid", 0, 16), stream.s4("Age", 8));
        info.readNames(stream, limits);
        return info;
    }

    byte[] guid() {
        return guid.clone();
    }

    int age() {
        return age;
    }

    /** Whether only a part of the debug information is in the file: the rest stayed in the objects. */
    boolean isMinimal() {
        return minimal;
    }

    /** The number of a stream by its name, in lower case. */
    OptionalInt stream(String name) {
        Integer index = streams.get(name);
        return index == null ? OptionalInt.empty() : OptionalInt.of(index);
    }

    /** Whether one's name begins so. */
    boolean hasStreamLike(String start) {
        return streams.keySet().stream().anyMatch(name -> name.startsWith(start));
    }

    /** The numbers of streams whose names begin so, in the order of their names. */
    List<Integer> streamsLike(String start) {
        return streams.entrySet().stream()
                .filter(each -> each.getKey().startsWith(start))
                .sorted(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue)
                .toList();
    }

    private void readNames(MsfStream stream, Limits limits) throws MalformedException {
        long namesBytes = stream.u4("NamesSize", NAMES_AT);
        ByteSource names = stream.slice("Names", NAMES_AT + 4, namesBytes);
        long at = NAMES_AT + 4 + namesBytes;
        long count = stream.u4("NamedStreams.Size", at);
        if (!limits.allows(PdbLimits.NAME_STREAMS, count)) {
            throw stream.malformed(
                    "NamedStreams.Size",
                    at,
                    "%,d streams".formatted(count),
                    "at most %,d".formatted(limits.max(PdbLimits.NAME_STREAMS)));
        }
        at += 8;
        at += 4 + 4 * stream.u4("Present.Words", at);
        at += 4 + 4 * stream.u4("Deleted.Words", at);
        for (long entry = 0; entry < count; entry++, at += 8) {
            String name = names.cString("Name", stream.u4("Key", at), NAME_BYTES_MAX);
            streams.putIfAbsent(name.toLowerCase(Locale.ROOT), stream.s4("Value", at + 4));
        }
        for (int code = 0; code < FEATURES_MAX && at + 4 <= stream.sizeBytes(); code++, at += 4) {
            minimal |= stream.s4("FeatureCode", at) == MINIMAL_DEBUG_INFO;
        }
    }
}
