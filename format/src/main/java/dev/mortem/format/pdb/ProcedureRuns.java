package dev.mortem.format.pdb;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.codeview.BinaryAnnotations;
import dev.mortem.format.codeview.InlineSite;
import dev.mortem.format.codeview.SymbolKind;
import dev.mortem.format.codeview.SymbolRecord;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The code of one procedure in stretches that came from one line of one function, inlined ones included.
 * Belongs to one thread.
 */
final class ProcedureRuns {
    /** A procedure of 100,000 lines with 100 sites around each; one of more is given without inlined ones. */
    private static final long STEPS_MAX = 10_000_000;

    private final ModuleStream module;
    private final ModuleStream.Named procedure;
    private final ReadSteps steps;
    private final NavigableSet<Long> starts = new TreeSet<>();
    private final List<Site> sites = new ArrayList<>();

    /** @param depth 0 for one that stands in the procedure itself */
    private record Site(
            int depth, InlineSite record, TreeMap<Long, BinaryAnnotations.Range> ranges) {}

    private ProcedureRuns(ModuleStream module, ModuleStream.Named procedure, ReadSteps steps) {
        this.module = module;
        this.procedure = procedure;
        this.steps = steps;
    }

    /**
     * Gives out the procedure's code by ascending place.
     *
     * @param nextKey where other code begins: the procedure is given out up to there
     */
    static void read(
            ModuleStream module,
            ModuleStream.Named procedure,
            long nextKey,
            ReadSteps steps,
            ModuleStream.Runs taker)
            throws MalformedException {
        new ProcedureRuns(module, procedure, steps).read(nextKey, taker);
    }

    private void read(long nextKey, ModuleStream.Runs taker) throws MalformedException {
        long start = procedure.place().key();
        long end = Math.min(start + procedure.sizeBytes(), nextKey);
        readSites();
        starts.add(start);
        module.addLineStarts(start, end, starts, steps);
        NavigableSet<Long> inside = starts.subSet(start, true, end, false);
        boolean tooMany = (long) inside.size() * sites.size() > STEPS_MAX;
        for (long each : inside) {
            Long next = inside.higher(each);
            List<PdbFrame> frames = tooMany ? new ArrayList<>() : inlinedAt(each - start);
            Optional<PdbLine> line = module.lineAt(each);
            frames.add(new PdbFrame(Optional.of(procedure.name()), false, line));
            taker.run(procedure, each, next == null ? end : next, frames);
        }
    }

    private void readSites() throws MalformedException {
        long start = procedure.place().key();
        List<Long> ends = new ArrayList<>();
        long end = module.endOf(procedure.recordOffset());
        for (long at = module.next(procedure.recordOffset());
                at < end && steps.areLeft();
                at = module.next(at)) {
            steps.take();
            while (!ends.isEmpty() && at >= ends.getLast()) {
                ends.removeLast();
            }
            SymbolRecord record = module.record(at);
            if (SymbolKind.isInlineSite(record.kind())) {
                InlineSite site = InlineSite.read(record);
                TreeMap<Long, BinaryAnnotations.Range> ranges = new TreeMap<>();
                BinaryAnnotations.read(site.annotations(), range -> {
                    ranges.putIfAbsent(range.codeOffset(), range);
                    starts.add(start + range.codeOffset());
                    starts.add(start + range.codeOffset() + range.sizeBytes());
                    return true;
                });
                sites.add(new Site(ends.size(), site, ranges));
                ends.add(module.endOf(at));
            }
        }
    }

    /** Innermost first. Of a site that has not the place, those inside of it do not either. */
    private List<PdbFrame> inlinedAt(long codeOffset) throws MalformedException {
        List<PdbFrame> frames = new ArrayList<>();
        int depth = 0;
        for (Site site : sites) {
            if (site.depth() < depth) {
                break; // behind the one that was found
            }
            var range = site.ranges().floorEntry(codeOffset);
            boolean covers = range != null
                    && codeOffset - range.getKey() < range.getValue().sizeBytes();
            if (site.depth() == depth && covers && depth < module.inlineDepthMax()) {
                frames.addFirst(module.frame(site.record(), range.getValue()));
                depth++;
            }
        }
        return frames;
    }
}
