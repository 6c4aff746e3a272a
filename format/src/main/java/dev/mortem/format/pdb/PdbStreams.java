package dev.mortem.format.pdb;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.format.msf.MsfFile;
import dev.mortem.format.msf.MsfStream;

import java.util.Optional;
import java.util.OptionalInt;

/** The streams that a PDB can do without: one that is broken is reported and then absent. */
final class PdbStreams {
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
