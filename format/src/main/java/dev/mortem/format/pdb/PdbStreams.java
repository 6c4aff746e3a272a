package dev.mortem.format.pdb;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.format.msf.MsfFile;
import dev.mortem.format.msf.MsfStream;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The streams that a PDB can do without: one that is broken is reported and then absent. */
final class PdbStreams {
    /** One stream of that name, or several with $1, $2 behind it. */
    static final String SOURCE_LINK = "sourcelink";

    /** A line of some 150 bytes for each repository; larger ones are no map of folders. */
    private static final int SOURCE_LINK_BYTES_MAX = 1 << 20;

    private final MsfFile file;
    private final Diagnostics diagnostics;

    PdbStreams(MsfFile file, Diagnostics diagnostics) {
        this.file = file;
        this.diagnostics = diagnostics;
    }

    StringTable names(InfoStream info) {
        OptionalInt index = info.stream("/names");
        if (index.isEmpty()) {
            return StringTable.none();
        }
        try {
            Optional<MsfStream> stream = file.stream("/names", index.getAsInt());
            return stream.isPresent() ? StringTable.read(stream.get()) : StringTable.none();
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "source files have no names");
            return StringTable.none();
        }
    }

    SourceLink sourceLink(InfoStream info) {
        List<byte[]> texts = new ArrayList<>();
        for (int index : info.streamsLike(SOURCE_LINK)) {
            try {
                Optional<MsfStream> stream = file.stream(SOURCE_LINK, index);
                if (stream.isPresent()) {
                    texts.add(text(stream.get()));
                }
            } catch (MalformedException malformed) {
                diagnostics.report(malformed, "where its sources are on the web is unknown");
            }
        }
        return SourceLink.of(texts);
    }

    private static byte[] text(MsfStream stream) throws MalformedException {
        long sizeBytes = stream.sizeBytes();
        if (sizeBytes > SOURCE_LINK_BYTES_MAX) {
            throw stream.malformed(
                    SOURCE_LINK,
                    0,
                    "%,d bytes".formatted(sizeBytes),
                    "at most %,d".formatted(SOURCE_LINK_BYTES_MAX));
        }
        return stream.slice(SOURCE_LINK, 0, sizeBytes).bytes(SOURCE_LINK, 0, (int) sizeBytes);
    }

    Optional<TypeStream> types(int index) {
        try {
            Optional<MsfStream> stream =
                    file.stream(index == TypeStream.TPI ? "TPI" : "IPI", index);
            return stream.isPresent() && stream.get().sizeBytes() > 0
                    ? Optional.of(TypeStream.read(file, stream.get()))
                    : Optional.empty();
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "inlined functions have no names");
            return Optional.empty();
        }
    }

    Optional<PublicsStream> publics(DbiStream dbi, boolean minimal) {
        try {
            Optional<MsfStream> stream = file.stream("Publics", dbi.publicsStream());
            Optional<MsfStream> records = file.stream("SymRecords", dbi.symbolRecordStream());
            return stream.isPresent() && records.isPresent() && stream.get().sizeBytes() > 0
                    ? Optional.of(PublicsStream.read(stream.get(), records.get(), minimal))
                    : Optional.empty();
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "public symbols are unknown");
            return Optional.empty();
        }
    }

    Optional<MsfStream> debug(DbiStream dbi, DbiStream.Debug what) {
        try {
            OptionalInt index = dbi.debugHeader().stream(what);
            return index.isPresent()
                    ? file.stream(what.name(), index.getAsInt())
                            .filter(stream -> stream.sizeBytes() > 0)
                    : Optional.empty();
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "it is not used");
            return Optional.empty();
        }
    }
}
