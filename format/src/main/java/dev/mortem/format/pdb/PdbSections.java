package dev.mortem.format.pdb;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.codeview.CodePlace;
import dev.mortem.format.msf.MsfStream;
import dev.mortem.format.pdb.DbiStream.Debug;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * From an rva of the image to a section and an offset in it, as symbols have them, and back: where a tool
 * rearranged the image, by way of its address maps and of the sections as the linker had made them.
 */
final class PdbSections {
    private final SectionTable sections;
    private final Optional<OmapTable> toSource;
    private final Optional<OmapTable> fromSource;

    private PdbSections(
            SectionTable sections, Optional<OmapTable> toSource, Optional<OmapTable> fromSource) {
        this.sections = sections;
        this.toSource = toSource;
        this.fromSource = fromSource;
    }

    static PdbSections of(Optional<DbiStream> dbi, PdbStreams streams) throws MalformedException {
        if (dbi.isEmpty()) {
            return new PdbSections(SectionTable.none(), Optional.empty(), Optional.empty());
        }
        DbiStream from = dbi.get();
        Optional<OmapTable> toSource =
                streams.debug(from, Debug.OMAP_TO_SOURCE).map(OmapTable::new);
        Optional<OmapTable> fromSource =
                streams.debug(from, Debug.OMAP_FROM_SOURCE).map(OmapTable::new);
        boolean rearranged = toSource.isPresent() && fromSource.isPresent();
        Optional<MsfStream> original =
                rearranged ? streams.debug(from, Debug.ORIGINAL_SECTION_HEADERS) : Optional.empty();
        Optional<MsfStream> headers = original.or(() -> streams.debug(from, Debug.SECTION_HEADERS));
        return new PdbSections(
                headers.isPresent() ? SectionTable.read(headers.get()) : SectionTable.none(),
                toSource.filter(any -> rearranged),
                fromSource.filter(any -> rearranged));
    }

    boolean isEmpty() {
        return sections.isEmpty();
    }

    /** The rva before the image was rearranged; empty where the tool made the code that is there. */
    OptionalLong source(long rva) throws MalformedException {
        return toSource.isPresent() ? toSource.get().map(rva) : OptionalLong.of(rva);
    }

    /** Where symbols have what is at an rva, as {@link CodePlace#key} spells it. */
    OptionalLong key(long rva) throws MalformedException {
        OptionalLong source = source(rva);
        if (source.isEmpty()) {
            return OptionalLong.empty();
        }
        return sections.place(source.getAsLong())
                .map(place -> OptionalLong.of(place.key()))
                .orElse(OptionalLong.empty());
    }

    OptionalLong rva(long key) throws MalformedException {
        OptionalLong linked = sections.rva(key);
        return linked.isPresent() && fromSource.isPresent()
                ? fromSource.get().map(linked.getAsLong())
                : linked;
    }
}
