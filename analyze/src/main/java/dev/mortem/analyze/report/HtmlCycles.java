package dev.mortem.analyze.report;

import dev.mortem.base.address.Addresses;
import dev.mortem.base.text.Escape;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * Of an {@link HtmlReport}: circles of threads and locks. Threads stand at the left, the lock each waits
 * for at its right; an arrow goes from the lock to the thread that holds it, one row down, and from the
 * last lock back up to the first thread. The same is said in a list beneath.
 */
final class HtmlCycles {
    /** A taller drawing explains nothing; the list has all steps. */
    private static final int ROWS_MAX = 12;

    private static final int STEPS_MAX = 200;
    private static final int BOX_WIDTH = 200;
    private static final int BOX_HEIGHT = 52;
    private static final int ROW_HEIGHT = 92;
    private static final int LEFT = 60;
    private static final int RIGHT = 420;
    private static final int TOP = 12;
    private static final int LABEL_CHARS_MAX = 22;

    private final HtmlWriter html;

    HtmlCycles(HtmlWriter html) {
        this.html = html;
    }

    void write(Report report) throws IOException {
        List<WaitCycle> cycles = WaitCycle.in(report.locks());
        if (cycles.isEmpty()) {
            return;
        }
        Map<Long, String> names = ThreadGroups.names(report);
        html.open("section", "class", "card", "id", "deadlock");
        html.element("h2", "Deadlock");
        for (int at = 0; at < cycles.size(); at++) {
            WaitCycle cycle = cycles.get(at);
            if (cycle.steps().size() <= ROWS_MAX) {
                drawing(cycle, names, "cycle-" + at);
            }
            steps(cycle, names);
        }
        html.close();
    }

    private void drawing(WaitCycle cycle, Map<Long, String> names, String id) throws IOException {
        int rows = cycle.steps().size();
        int height = TOP + rows * ROW_HEIGHT + 12;
        html.open(
                "div",
                "class",
                "scroll",
                "tabindex",
                "0",
                "role",
                "region",
                "aria-label",
                "Drawing of the deadlock");
        html.open(
                "svg",
                "class",
                "cycle",
                "viewBox",
                "0 0 660 " + height,
                "role",
                "img",
                "aria-labelledby",
                id + "-title " + id + "-desc");
        html.element("title", "Deadlock of " + Quantity.of(rows, "thread"), "id", id + "-title");
        html.element("desc", sentences(cycle, names), "id", id + "-desc");
        html.open("defs");
        html.open(
                "marker",
                "id",
                id + "-head",
                "viewBox",
                "0 0 10 10",
                "refX",
                "9",
                "refY",
                "5",
                "markerWidth",
                "8",
                "markerHeight",
                "8",
                "orient",
                "auto-start-reverse");
        html.open("path", "class", "head", "d", "M 0 0 L 10 5 L 0 10 z").close();
        html.close().close();
        for (int row = 0; row < rows; row++) {
            WaitCycle.Step step = cycle.steps().get(row);
            box(
                    LEFT,
                    row,
                    "thread",
                    "Thread " + step.threadId(),
                    names.getOrDefault(step.threadId(), ""));
            box(
                    RIGHT,
                    row,
                    "lock",
                    step.lock().kind(),
                    Addresses.hex(step.lock().address()));
            waits(row, id);
            held(row, rows, id);
        }
        html.close().close();
    }

    private void box(int left, int row, String kind, String label, String below)
            throws IOException {
        int top = TOP + row * ROW_HEIGHT;
        int middle = left + BOX_WIDTH / 2;
        boolean two = !below.isEmpty();
        html.open(
                        "rect",
                        "class",
                        kind,
                        "x",
                        text(left),
                        "y",
                        text(top),
                        "width",
                        text(BOX_WIDTH),
                        "height",
                        text(BOX_HEIGHT),
                        "rx",
                        kind.equals("thread") ? "8" : "26")
                .close();
        html.element(
                "text",
                label(label),
                "x",
                text(middle),
                "y",
                text(top + (two ? 23 : 31)),
                "text-anchor",
                "middle");
        if (two) {
            html.element(
                    "text",
                    label(below),
                    "class",
                    "sub",
                    "x",
                    text(middle),
                    "y",
                    text(top + 41),
                    "text-anchor",
                    "middle");
        }
    }

    private void waits(int row, String id) throws IOException {
        int y = TOP + row * ROW_HEIGHT + BOX_HEIGHT / 2;
        int from = LEFT + BOX_WIDTH;
        edge("M " + from + " " + y + " L " + (RIGHT - 2) + " " + y, id);
        html.element(
                "text",
                "waits for",
                "class",
                "sub",
                "x",
                text((from + RIGHT) / 2),
                "y",
                text(y - 7),
                "text-anchor",
                "middle");
    }

    private void held(int row, int rows, String id) throws IOException {
        int bottom = TOP + row * ROW_HEIGHT + BOX_HEIGHT;
        int lockMiddle = RIGHT + BOX_WIDTH / 2;
        int threadMiddle = LEFT + BOX_WIDTH / 2;
        int lane = bottom + (ROW_HEIGHT - BOX_HEIGHT) / 2;
        if (row < rows - 1) {
            edge(
                    "M " + lockMiddle + " " + bottom + " L " + lockMiddle + " " + lane + " L "
                            + threadMiddle + " " + lane + " L " + threadMiddle + " "
                            + (bottom + ROW_HEIGHT - BOX_HEIGHT - 2),
                    id);
        } else {
            int firstMiddle = TOP + BOX_HEIGHT / 2;
            edge(
                    "M " + lockMiddle + " " + bottom + " L " + lockMiddle + " " + lane + " L 24 "
                            + lane + " L 24 " + firstMiddle + " L " + (LEFT - 2) + " "
                            + firstMiddle,
                    id);
        }
        html.element(
                "text",
                "held by",
                "class",
                "sub",
                "x",
                text((LEFT + BOX_WIDTH + RIGHT) / 2),
                "y",
                text(lane - 6),
                "text-anchor",
                "middle");
    }

    private void edge(String path, String id) throws IOException {
        html.open("path", "class", "edge", "d", path, "marker-end", "url(#" + id + "-head)")
                .close();
    }

    private void steps(WaitCycle cycle, Map<Long, String> names) throws IOException {
        html.open("ol", "class", "steps");
        for (int step = 0; step < Math.min(cycle.steps().size(), STEPS_MAX); step++) {
            html.element("li", sentence(cycle, step, names));
        }
        html.close();
        if (cycle.steps().size() > STEPS_MAX) {
            html.element(
                    "p",
                    "… " + Quantity.of(cycle.steps().size() - STEPS_MAX, "more step")
                            + ": the JSON report has all locks",
                    "class",
                    "small");
        }
    }

    private static String sentences(WaitCycle cycle, Map<Long, String> names) {
        StringBuilder text = new StringBuilder();
        for (int step = 0; step < cycle.steps().size(); step++) {
            text.append(sentence(cycle, step, names)).append(". ");
        }
        return text.toString().strip();
    }

    private static String sentence(WaitCycle cycle, int step, Map<Long, String> names) {
        WaitCycle.Step each = cycle.steps().get(step);
        return "Thread " + named(each.threadId(), names) + " waits for "
                + each.lock().kind() + " "
                + Addresses.hex(each.lock().address()) + ", held by thread "
                + named(cycle.holder(step), names);
    }

    private static String named(long threadId, Map<Long, String> names) {
        return names.containsKey(threadId)
                ? threadId + " \"" + names.get(threadId) + "\""
                : Long.toString(threadId);
    }

    private static String label(String text) {
        return LongName.middle(Escape.visible(text), LABEL_CHARS_MAX, "…");
    }

    private static String text(int number) {
        return Integer.toString(number);
    }
}
