package dev.mortem.analyze.report;

import dev.mortem.analyze.report.Report.ReportFrame;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A stack as people read it: a group of frames that follows itself again and again, as recursion leaves
 * it, is one row with its count; of what is still too long the middle is left out. Nothing is decided
 * about the frames, and JSON has them all.
 */
record FoldedStack(List<Row> rows) {
    /** Mutual recursion through more functions than this is not recognised; it bounds the search. */
    private static final int ROUND_FRAMES_MAX = 32;

    /** Two equal calls in a row are ordinary code. */
    private static final int ROUNDS_MIN = 3;

    /** Folding that saves less than this hides more than it helps. */
    private static final int FRAMES_SAVED_MIN = 8;

    FoldedStack {
        rows = List.copyOf(rows);
    }

    sealed interface Row {
        record One(ReportFrame frame) implements Row {}

        /** The frames of the first round, and how many rounds there are with it. */
        record Repeated(List<ReportFrame> round, int times) implements Row {
            int firstIndex() {
                return round.getFirst().index();
            }

            int frames() {
                return round.size() * times;
            }
        }

        /** So many frames stand here that are not shown. */
        record LeftOut(int frames) implements Row {}

        /** How many lines it takes. */
        default int height() {
            return switch (this) {
                case One _ -> 1;
                case Repeated(List<ReportFrame> round, int _) -> round.size() + 1;
                case LeftOut _ -> 1;
            };
        }
    }

    /** What makes two frames the same for a reader; frames without a name only at one address. */
    private record Identity(
            Optional<String> module, Optional<String> function, OptionalLong address) {
        static Identity of(ReportFrame frame) {
            return new Identity(
                    frame.module(),
                    frame.function(),
                    frame.function().isPresent()
                            ? OptionalLong.empty()
                            : OptionalLong.of(frame.address()));
        }
    }

    /**
     * @param heightMax lines to show at most; three quarters of them from the innermost frames
     */
    static FoldedStack of(List<ReportFrame> frames, int heightMax) {
        return new FoldedStack(limited(folded(frames), heightMax));
    }

    private static List<Row> folded(List<ReportFrame> frames) {
        int[] ids = identities(frames);
        List<Row> rows = new ArrayList<>();
        for (int at = 0; at < ids.length; ) {
            int round = roundAt(ids, at);
            int times = round == 0 ? 1 : 1 + repeats(ids, at, round);
            if (round * (times - 1) >= FRAMES_SAVED_MIN) {
                rows.add(new Row.Repeated(List.copyOf(frames.subList(at, at + round)), times));
                at += round * times;
            } else {
                rows.add(new Row.One(frames.get(at)));
                at++;
            }
        }
        return rows;
    }

    private static int[] identities(List<ReportFrame> frames) {
        Map<Identity, Integer> known = new HashMap<>();
        int[] ids = new int[frames.size()];
        for (int at = 0; at < ids.length; at++) {
            Identity identity = Identity.of(frames.get(at));
            Integer id = known.putIfAbsent(identity, known.size());
            ids[at] = id == null ? known.size() - 1 : id;
        }
        return ids;
    }

    /** The shortest group at that place whose repetitions cover most frames; 0 where none repeats. */
    private static int roundAt(int[] ids, int at) {
        int best = 0;
        int bestCovers = 0;
        int longest = Math.min(ROUND_FRAMES_MAX, (ids.length - at) / ROUNDS_MIN);
        for (int round = 1; round <= longest; round++) {
            int times = 1 + repeats(ids, at, round);
            if (times >= ROUNDS_MIN && times * round > bestCovers) {
                best = round;
                bestCovers = times * round;
            }
        }
        return best;
    }

    private static int repeats(int[] ids, int at, int round) {
        int same = 0;
        while (at + round + same < ids.length && ids[at + same] == ids[at + round + same]) {
            same++;
        }
        return same / round;
    }

    private static List<Row> limited(List<Row> rows, int heightMax) {
        int height = rows.stream().mapToInt(Row::height).sum();
        if (height <= heightMax) {
            return rows;
        }
        int head = 0;
        int headHeight = 0;
        while (head < rows.size() && headHeight < heightMax * 3 / 4) {
            headHeight += rows.get(head++).height();
        }
        int tail = rows.size();
        int tailHeight = 0;
        while (tail > head && tailHeight < heightMax / 4) {
            tailHeight += rows.get(--tail).height();
        }
        int leftOut =
                rows.subList(head, tail).stream().mapToInt(FoldedStack::frames).sum();
        if (leftOut == 0) {
            return rows;
        }
        List<Row> shown = new ArrayList<>(rows.subList(0, head));
        shown.add(new Row.LeftOut(leftOut));
        shown.addAll(rows.subList(tail, rows.size()));
        return shown;
    }

    private static int frames(Row row) {
        return switch (row) {
            case Row.One _ -> 1;
            case Row.Repeated repeated -> repeated.frames();
            case Row.LeftOut(int frames) -> frames;
        };
    }
}
