package dev.mortem.format.dwarf.cfi;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The call frame information of one module: finds the FDE for a pc. Safe for any thread.
 *
 * <p>{@code .eh_frame} is asked first, through the search table of {@code .eh_frame_hdr} where that is
 * sound; then {@code .debug_frame}. A section without a sound table is read once, when it is first
 * needed.
 */
public final class FrameTable {
    /** FDEs of a section that is indexed by reading all of it. */
    public static final Limit INDEXED_FDES_MAX = new Limit(
            "frame description entries",
            2_000_000,
            "entries",
            "the largest libraries of browsers have some 1,000,000; 24 bytes of heap each");

    private final Optional<EhFrameHeader> header;
    private final List<Lookup> lookups;
    private final Limits limits;
    private final Diagnostics diagnostics;

    private FrameTable(
            Optional<EhFrameHeader> header,
            List<Lookup> lookups,
            Limits limits,
            Diagnostics diagnostics) {
        this.header = header;
        this.lookups = lookups;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    /**
     * A table over what a module has.
     *
     * @param header of its {@code .eh_frame}
     * @param sections in the order in which they are to be asked
     */
    public static FrameTable of(
            Optional<EhFrameHeader> header,
            List<FrameSection> sections,
            Limits limits,
            Diagnostics diagnostics) {
        List<Lookup> lookups = new ArrayList<>();
        for (FrameSection section : sections) {
            lookups.add(new Lookup(section));
        }
        return new FrameTable(header, List.copyOf(lookups), limits, diagnostics);
    }

    /** The FDE whose range contains {@code svma}. Broken entries are reported and passed over. */
    public Optional<Fde> find(long svma) {
        for (Lookup lookup : lookups) {
            Optional<Fde> fde = find(svma, lookup);
            if (fde.isPresent()) {
                return fde;
            }
        }
        return Optional.empty();
    }

    /** All FDEs of all sections that can be read, by section and ascending start. */
    public List<Fde> all() {
        List<Fde> all = new ArrayList<>();
        for (Lookup lookup : lookups) {
            FrameIndex index = index(lookup);
            for (int at = 0; at < index.count(); at++) {
                index.fde(at, diagnostics).ifPresent(all::add);
            }
        }
        return all;
    }

    private Optional<Fde> find(long svma, Lookup lookup) {
        FrameSection section = lookup.section;
        if (section.kind() == FrameSection.Kind.EH_FRAME && isSearchable(lookup)) {
            try {
                Optional<Fde> found = search(svma, section);
                if (found.isPresent() || isSorted(lookup)) {
                    return found;
                }
                diagnostics.report(
                        section.bases().toString(),
                        "the table of .eh_frame_hdr is not sorted",
                        "the frame information was read from its start to its end");
            } catch (MalformedException malformed) {
                diagnostics.report(
                        malformed, "the search table of the frame information is not used");
            }
            lookup.tableBroken = true;
        }
        return index(lookup).find(svma, diagnostics);
    }

    private boolean isSearchable(Lookup lookup) {
        return !lookup.tableBroken && header.isPresent() && header.get().hasTable();
    }

    /** Whether the table may be believed that nothing is there; asked at most once of the bytes. */
    private boolean isSorted(Lookup lookup) throws MalformedException {
        if (!lookup.tableSorted) {
            lookup.tableSorted = header.orElseThrow().isSorted();
        }
        return lookup.tableSorted;
    }

    private Optional<Fde> search(long svma, FrameSection section) throws MalformedException {
        OptionalLong address = header.orElseThrow().lookup(svma);
        if (address.isEmpty()) {
            return Optional.empty();
        }
        Optional<Long> offset = section.offsetOf(address.getAsLong());
        if (offset.isEmpty()) {
            return Optional.empty();
        }
        Fde fde = section.fdeAt(offset.get());
        return fde.range().contains(svma) ? Optional.of(fde) : Optional.empty();
    }

    private FrameIndex index(Lookup lookup) {
        synchronized (lookup) {
            if (lookup.index.isEmpty()) {
                lookup.index = Optional.of(FrameIndex.of(lookup.section, limits, diagnostics));
            }
            return lookup.index.get();
        }
    }

    /** A section and what was learned of it. */
    private static final class Lookup {
        private final FrameSection section;
        private volatile boolean tableBroken;
        private volatile boolean tableSorted;
        private Optional<FrameIndex> index = Optional.empty();

        Lookup(FrameSection section) {
            this.section = section;
        }
    }
}
