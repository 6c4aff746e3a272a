package dev.mortem.analyze.report;

import dev.mortem.analyze.report.Report.Register;
import dev.mortem.analyze.report.Report.ReportFrame;
import dev.mortem.analyze.report.Report.ReportThread;
import dev.mortem.analyze.report.ThreadGroups.Group;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.text.Escape;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Of an {@link HtmlReport}: the threads. Those it is about are open, the others are closed groups of one
 * stack. All rows together are bounded, so that a browser stays quick on any dump.
 */
final class HtmlThreads {
    /** About 5 MB: what a browser still searches and scrolls at once. */
    private static final int ROWS_MAX = 12_000;

    private static final int STACK_HEIGHT_MAX = 400;

    /** Rows for each stack once the others have used up the file's. */
    private static final int SHORT_HEIGHT = 4;

    private static final int GROUPS_MAX = 1000;
    private static final int THREADS_MAX = 500;
    private static final int OPEN_MAX = 8;
    private static final int NAME_CHARS_MAX = 400;

    /** Of a whole name: the longest of libstdc++ have 6,000 characters. */
    private static final int TITLE_CHARS_MAX = 8000;

    private static final int THREAD_NAME_CHARS_MAX = 60;
    private static final int FILE_CHARS_MAX = 160;

    private final HtmlWriter html;
    private final RenderOptions options;
    private int rows;

    HtmlThreads(HtmlWriter html, RenderOptions options) {
        this.html = html;
        this.options = options;
    }

    void write(ThreadGroups groups) throws IOException {
        List<Group> all = groups.all();
        if (all.isEmpty()) {
            return;
        }
        html.open("section", "class", "card", "id", "threads");
        html.element("h2", "Threads");
        legend(all);
        int shown = 0;
        for (Group group : groups.concerned().stream().limit(GROUPS_MAX).toList()) {
            group(group, shown < OPEN_MAX);
            shown++;
        }
        if (!groups.others().isEmpty() && !groups.concerned().isEmpty()) {
            int threads = groups.others().stream()
                    .mapToInt(group -> group.threads().size())
                    .sum();
            html.element(
                    "p",
                    Quantity.of(threads, "other thread") + " with "
                            + Quantity.of(groups.others().size(), "different stack"),
                    "class",
                    "prose");
        }
        for (Group group : groups.others().stream().limit(GROUPS_MAX).toList()) {
            group(group, false);
        }
        int hidden = Math.max(0, groups.concerned().size() - GROUPS_MAX)
                + Math.max(0, groups.others().size() - GROUPS_MAX);
        if (hidden > 0) {
            html.element(
                    "p",
                    "… " + Quantity.of(hidden, "more stack") + ": in the JSON report",
                    "class",
                    "small");
        }
        html.close();
    }

    private void legend(List<Group> groups) throws IOException {
        List<Trust> used = groups.stream()
                .flatMap(group -> group.frames().stream())
                .map(Trust::of)
                .distinct()
                .sorted()
                .toList();
        if (used.isEmpty()) {
            return;
        }
        html.open("ul", "class", "legend small", "aria-label", "How far to trust a frame");
        for (Trust trust : used) {
            html.open("li");
            badge(trust);
            html.text(" " + trust.meaning() + ": " + trust.source()).close();
        }
        html.close();
    }

    private void badge(Trust trust) throws IOException {
        html.element("span", trust.badge(), "class", "badge " + trust.cssClass());
    }

    private void group(Group group, boolean open) throws IOException {
        String style = group.first().crashed() ? "group crashed" : "group";
        if (open) {
            html.open("details", "class", style, "data-find", "stacks", "open", "");
        } else {
            html.open("details", "class", style, "data-find", "stacks");
        }
        summary(group);
        html.open("div", "class", "group-body");
        about(group);
        stack(group);
        registers(group.first());
        html.close().close();
    }

    private void summary(Group group) throws IOException {
        ReportThread first = group.first();
        boolean named = group.concerned() || group.threads().size() == 1;
        html.open("summary");
        html.element(
                "span",
                named ? who(first) : Quantity.of(group.threads().size(), "thread"),
                "class",
                "who");
        if (named && group.threads().size() > 1) {
            html.text(" and " + Quantity.of(group.threads().size() - 1, "more"));
        }
        if (first.crashed()) {
            html.text(" ").element("span", "crashed", "class", "chip error");
        }
        html.text(" ").element("span", name(group.doing(options.fullNames())), "class", "doing");
        html.close();
    }

    private static String who(ReportThread thread) {
        return "Thread " + thread.id()
                + thread.name().map(name -> " \"" + name + "\"").orElse("");
    }

    private void about(Group group) throws IOException {
        ReportThread first = group.first();
        List<String> facts = new ArrayList<>();
        first.state().ifPresent(state -> facts.add("state " + state));
        first.user().ifPresent(time -> facts.add(Quantity.duration(time) + " CPU in user mode"));
        first.kernel().ifPresent(time -> facts.add(Quantity.duration(time) + " in the kernel"));
        if (first.startAddress().isPresent()) {
            facts.add("started at " + Addresses.hex(first.startAddress().getAsLong()));
        }
        if (!facts.isEmpty() && group.threads().size() == 1) {
            html.element("p", String.join(", ", facts), "class", "small");
        }
        if (group.threads().size() > 1) {
            ids(group.threads());
        }
    }

    private void ids(List<ReportThread> threads) throws IOException {
        html.open("p", "class", "small").text("Threads ");
        String between = "";
        for (ReportThread thread : threads.stream().limit(THREADS_MAX).toList()) {
            String name = thread.name().map(text -> " \"" + text + "\"").orElse("");
            html.text(between + thread.id() + shortened(name, THREAD_NAME_CHARS_MAX));
            between = ", ";
        }
        html.text(threads.size() > THREADS_MAX ? ", …" : "").close();
    }

    private void stack(Group group) throws IOException {
        if (!group.frames().isEmpty()) {
            int heightMax = rows < ROWS_MAX ? STACK_HEIGHT_MAX : SHORT_HEIGHT;
            html.open(
                    "div",
                    "class",
                    "scroll",
                    "tabindex",
                    "0",
                    "role",
                    "region",
                    "aria-label",
                    "Stack of thread " + group.first().id());
            html.open("table", "class", "frames");
            html.open("thead", "class", "sr").open("tr");
            html.element("th", "Frame", "scope", "col").element("th", "Trust", "scope", "col");
            html.element("th", "Function", "scope", "col").close().close();
            rows(FoldedStack.of(group.frames(), heightMax));
            html.close().close();
        }
        String end = group.first().stackEnd();
        if (!end.equals("complete")) {
            html.element("p", "Stack ends: " + end, "class", "stack-end");
        }
    }

    private void rows(FoldedStack stack) throws IOException {
        boolean inBody = false;
        for (FoldedStack.Row row : stack.rows()) {
            rows += row.height();
            if (row instanceof FoldedStack.Row.Repeated repeated) {
                if (inBody) {
                    html.close();
                    inBody = false;
                }
                repeated(repeated);
                continue;
            }
            if (!inBody) {
                html.open("tbody");
                inBody = true;
            }
            switch (row) {
                case FoldedStack.Row.One(ReportFrame frame) -> frame(frame);
                case FoldedStack.Row.LeftOut(int frames) ->
                    html.open("tr")
                            .element(
                                    "td",
                                    "… " + Quantity.of(frames, "frame")
                                            + " not shown; the JSON report has them",
                                    "colspan",
                                    "3",
                                    "class",
                                    "small")
                            .close();
                case FoldedStack.Row.Repeated _ -> throw new IllegalStateException("was written");
            }
        }
        if (inBody) {
            html.close();
        }
    }

    private void repeated(FoldedStack.Row.Repeated repeated) throws IOException {
        html.open("tbody", "class", "repeat").open("tr");
        html.element(
                "th",
                Quantity.number(repeated.times()) + " times the next "
                        + Quantity.of(repeated.round().size(), "frame") + ": "
                        + Quantity.of(repeated.frames(), "frame") + " from #"
                        + repeated.firstIndex()
                        + " on",
                "colspan",
                "3",
                "scope",
                "rowgroup");
        html.close();
        for (ReportFrame frame : repeated.round()) {
            frame(frame);
        }
        html.close();
    }

    private void frame(ReportFrame frame) throws IOException {
        html.open("tr", "data-frame", "");
        html.element("td", Integer.toString(frame.index()), "class", "n");
        html.open("td", "class", "t");
        badge(Trust.of(frame));
        html.close();
        html.open("td").open("div", "class", "call");
        function(frame);
        location(frame);
        html.close();
        if (frame.tailCalled().isPresent()) {
            String how = ThreadGroups.reached(frame.tailCalled().get());
            html.element("p", shortened(how, TITLE_CHARS_MAX), "class", "small");
        }
        if (frame.sourceUrl().isPresent()) {
            html.element("p", frame.sourceUrl().get(), "class", "small mono");
        }
        if (frame.source().isPresent()) {
            source(frame, frame.source().get());
        }
        html.close().close();
    }

    private void source(ReportFrame frame, Report.Source source) throws IOException {
        if (!source.lines().isEmpty()) {
            html.open("details", "class", "source");
            html.element(
                    "summary", "Source: " + shortened(source.path().orElse(""), FILE_CHARS_MAX));
            html.open("div", "class", "code mono");
            int number = source.firstLine();
            for (String line : source.lines()) {
                boolean here = frame.line().isPresent() && frame.line().getAsInt() == number;
                html.open("div", "class", here ? "line here" : "line");
                html.element("span", Integer.toString(number), "class", "no");
                html.element(here ? "mark" : "span", line.isEmpty() ? " " : line);
                html.close();
                number++;
            }
            html.close().close();
        }
        if (source.note().isPresent()) {
            html.element("p", source.note().get(), "class", "small");
        }
    }

    private void function(ReportFrame frame) throws IOException {
        String label = name(ThreadGroups.label(frame, options.fullNames()));
        if (options.fullNames() || frame.functionShort().isEmpty()) {
            html.element("span", label, "class", "fn");
            return;
        }
        String whole = shortened(frame.function().orElse(""), TITLE_CHARS_MAX);
        html.element("span", label, "class", "fn", "title", whole);
    }

    private void location(ReportFrame frame) throws IOException {
        if (frame.function().isEmpty() && frame.file().isEmpty()) {
            return;
        }
        html.open("span", "class", "loc");
        if (frame.file().isPresent()) {
            String line = frame.line().isPresent() ? ":" + frame.line().getAsInt() : "";
            String file = RepositoryPath.of(frame.file().get());
            html.element("b", shortened(file, FILE_CHARS_MAX) + line);
            html.text(" · ");
        }
        html.text(shortened(ThreadGroups.place(frame), FILE_CHARS_MAX)).close();
    }

    private String name(String name) {
        return options.fullNames()
                ? shortened(name, TITLE_CHARS_MAX)
                : LongName.fitted(Escape.visible(name), NAME_CHARS_MAX, "…");
    }

    private static String shortened(String text, int max) {
        return LongName.middle(Escape.visible(text), max, "…");
    }

    private void registers(ReportThread thread) throws IOException {
        if (thread.registers().isEmpty()) {
            return;
        }
        html.open("dl", "class", "registers mono", "aria-label", "Registers");
        for (Register one : thread.registers()) {
            html.open("div").element("dt", one.name());
            html.element("dd", Addresses.hex(one.value())).close();
        }
        html.close();
    }
}
