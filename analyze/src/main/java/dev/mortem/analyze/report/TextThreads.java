package dev.mortem.analyze.report;

import dev.mortem.analyze.report.Report.Register;
import dev.mortem.analyze.report.Report.ReportFrame;
import dev.mortem.analyze.report.Report.ReportThread;
import dev.mortem.analyze.report.TextPage.Style;
import dev.mortem.analyze.report.ThreadGroups.Group;
import dev.mortem.base.address.Addresses;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The threads of a {@link TextReport}: stacks with their trust, groups of equal stacks once. */
final class TextThreads {
    private static final String INDENT = "  ";

    /** The threads a report is about get room; of the others the innermost frames say what they do. */
    private static final int CONCERNED_HEIGHT_MAX = 80;

    private static final int OTHER_HEIGHT_MAX = 6;
    private static final int VERBOSE_HEIGHT_MAX = 400;
    private static final int GROUPS_MAX = 24;
    private static final int VERBOSE_GROUPS_MAX = 1000;
    private static final int CONCERNED_GROUPS_MAX = 8;
    private static final int THREAD_IDS_MAX = 16;

    /** The names of a large group are numbered copies of one name, and say little. */
    private static final int NAMED_THREADS_MAX = 4;

    /** A longer name takes more than two lines. */
    private static final int NAME_CHARS_MAX = 180;

    private static final int SOURCE_LINES_AROUND = 3;
    private static final int REGISTERS_PER_LINE = 4;

    private final TextPage page;
    private final RenderOptions options;

    TextThreads(TextPage page, RenderOptions options) {
        this.page = page;
        this.options = options;
    }

    void write(ThreadGroups groups) throws IOException {
        int full = options.verbose() ? VERBOSE_GROUPS_MAX : CONCERNED_GROUPS_MAX;
        for (Group group : groups.concerned().stream().limit(full).toList()) {
            page.heading(title(group));
            details(group);
            stack(group, INDENT, options.verbose() ? VERBOSE_HEIGHT_MAX : CONCERNED_HEIGHT_MAX);
            registers(group.first());
        }
        legend(groups);
        List<Group> rest =
                new ArrayList<>(groups.concerned().stream().skip(full).toList());
        rest.addAll(groups.others());
        others(rest);
    }

    private String title(Group group) {
        ReportThread first = group.first();
        String name = "THREAD " + first.id() + quotedName(first);
        if (group.threads().size() > 1) {
            name += " and " + Quantity.of(group.threads().size() - 1, "thread")
                    + " with the same stack";
        }
        if (first.crashed()) {
            return name + " crashed";
        }
        return first.waitsFor().isPresent() ? name + " " + group.doing(options.fullNames()) : name;
    }

    private void details(Group group) throws IOException {
        ReportThread first = group.first();
        List<String> facts = new ArrayList<>();
        first.state().ifPresent(state -> facts.add("state " + state));
        first.user().ifPresent(time -> facts.add(Quantity.duration(time) + " CPU in user mode"));
        first.kernel().ifPresent(time -> facts.add(Quantity.duration(time) + " in the kernel"));
        if (first.crashed() && first.waitsFor().isPresent()) {
            facts.add("waits for " + first.waitsFor().get());
        }
        if (options.verbose() && first.startAddress().isPresent()) {
            facts.add("started at " + Addresses.hex(first.startAddress().getAsLong()));
        }
        if (!facts.isEmpty()) {
            page.wrapped(Style.FAINT, INDENT, INDENT, String.join(", ", facts));
        }
        if (group.threads().size() > 1) {
            ids(group, INDENT);
        }
    }

    private void ids(Group group, String indent) throws IOException {
        int shown = options.verbose() ? group.threads().size() : THREAD_IDS_MAX;
        boolean named = options.verbose() || group.threads().size() <= NAMED_THREADS_MAX;
        String ids = group.threads().stream()
                .limit(shown)
                .map(thread -> thread.id() + (named ? quotedName(thread) : ""))
                .collect(Collectors.joining(", "));
        page.wrapped(
                Style.FAINT,
                indent,
                indent,
                "threads " + ids + (group.threads().size() > shown ? ", " + page.ellipsis() : ""));
    }

    private void others(List<Group> groups) throws IOException {
        if (groups.isEmpty()) {
            return;
        }
        int threads = groups.stream().mapToInt(group -> group.threads().size()).sum();
        page.heading("OTHER THREADS: " + Quantity.of(threads, "thread") + ", "
                + Quantity.of(groups.size(), "different stack"));
        int max = options.verbose() ? VERBOSE_GROUPS_MAX : GROUPS_MAX;
        for (Group group : groups.stream().limit(max).toList()) {
            if (group.threads().size() == 1) {
                ReportThread only = group.first();
                page.wrapped(
                        INDENT,
                        INDENT + INDENT,
                        "thread " + only.id() + quotedName(only) + ": "
                                + name(group.doing(options.fullNames())));
            } else {
                page.wrapped(
                        INDENT,
                        INDENT + INDENT,
                        Quantity.of(group.threads().size(), "thread") + ": "
                                + name(group.doing(options.fullNames())));
                ids(group, INDENT + INDENT);
            }
            stack(
                    group,
                    INDENT + INDENT,
                    options.verbose() ? VERBOSE_HEIGHT_MAX : OTHER_HEIGHT_MAX);
        }
        if (groups.size() > max) {
            int hidden = groups.stream()
                    .skip(max)
                    .mapToInt(group -> group.threads().size())
                    .sum();
            page.wrapped(
                    Style.FAINT,
                    INDENT,
                    INDENT,
                    page.ellipsis() + " "
                            + Quantity.of(hidden, "more thread") + " with "
                            + Quantity.of(groups.size() - max, "other stack")
                            + " (in the JSON report)");
        }
    }

    private static String quotedName(ReportThread thread) {
        return thread.name().map(name -> " \"" + name + "\"").orElse("");
    }

    private void stack(Group group, String indent, int heightMax) throws IOException {
        for (FoldedStack.Row row : FoldedStack.of(group.frames(), heightMax).rows()) {
            switch (row) {
                case FoldedStack.Row.One(ReportFrame frame) -> frame(indent, frame);
                case FoldedStack.Row.LeftOut(int frames) ->
                    page.wrapped(
                            Style.FAINT,
                            indent,
                            indent,
                            page.ellipsis() + " " + Quantity.of(frames, "frame") + " not shown");
                case FoldedStack.Row.Repeated repeated -> {
                    page.wrapped(
                            Style.NOTE,
                            indent,
                            indent,
                            "[ "
                                    + Quantity.number(repeated.times()) + " times the next "
                                    + Quantity.of(repeated.round().size(), "frame") + ": "
                                    + Quantity.of(repeated.frames(), "frame") + " from #"
                                    + repeated.firstIndex() + " on ]");
                    for (ReportFrame frame : repeated.round()) {
                        frame(indent + INDENT, frame);
                    }
                }
            }
        }
        String end = group.threads().getFirst().stackEnd();
        if (!end.equals("complete") && group.stack().isPresent()) {
            page.wrapped(Style.WARNING, indent, indent, "stack ends: " + end);
        }
    }

    private void frame(String indent, ReportFrame frame) throws IOException {
        String first = indent + TextPage.padded("#" + frame.index(), 4) + " "
                + Trust.of(frame).mark() + " ";
        String address = options.verbose() ? Addresses.hex(frame.address()) + " " : "";
        page.wrapped(first, " ".repeat(TextPage.columns(first) + 2), address + described(frame));
        if (frame.sourceUrl().isPresent()) {
            page.wrapped(
                    Style.FAINT,
                    indent + INDENT,
                    indent + INDENT,
                    frame.sourceUrl().get());
        }
        if (frame.source().isPresent()) {
            source(indent + INDENT, frame, frame.source().get());
        }
    }

    /** The line with some around it, each on one line of the page. */
    private void source(String indent, ReportFrame frame, Report.Source source) throws IOException {
        int line = frame.line().orElse(0);
        int first = Math.max(source.firstLine(), line - SOURCE_LINES_AROUND);
        int last = Math.min(
                source.firstLine() + source.lines().size() - 1, line + SOURCE_LINES_AROUND);
        for (int number = first; number <= last; number++) {
            String prefix = indent + (number == line ? "> " : "  ")
                    + TextPage.padded(Integer.toString(number), 5) + " ";
            page.cut(
                    number == line ? Style.PLAIN : Style.FAINT,
                    prefix,
                    source.lines().get(number - source.firstLine()));
        }
        if (source.note().isPresent()) {
            page.wrapped(Style.NOTE, indent, indent, source.note().get());
        }
    }

    private String described(ReportFrame frame) {
        StringBuilder text =
                new StringBuilder(name(ThreadGroups.label(frame, options.fullNames())));
        if (options.verbose() && frame.functionOffset().isPresent()) {
            text.append(" +").append(Addresses.hex(frame.functionOffset().getAsLong()));
        }
        if (Trust.of(frame) == Trust.INLINE) {
            text.append(" [inlined]");
        }
        if (Trust.of(frame) == Trust.CALL_SITE) {
            text.append(" [left by a tail call]");
        }
        frame.tailCalled()
                .map(ThreadGroups::reached)
                .ifPresent(how -> text.append(" [").append(page.inert(how)).append(']'));
        if (frame.file().isPresent()) {
            text.append(" at ").append(page.inert(RepositoryPath.of(frame.file().get())));
            frame.line().ifPresent(line -> text.append(':').append(line));
        }
        if (frame.function().isPresent()) {
            Optional<String> module = options.verbose() && frame.module().isPresent()
                    ? Optional.of(ThreadGroups.place(frame))
                    : frame.module().or(() -> namedBy(frame));
            module.ifPresent(name -> text.append(" (").append(page.inert(name)).append(')'));
        }
        return text.toString();
    }

    /** The file that names a function which is in no module. */
    private Optional<String> namedBy(ReportFrame frame) {
        return frame.functionFrom()
                .map(path -> options.verbose() ? path : path.substring(path.lastIndexOf('/') + 1));
    }

    private String name(String name) {
        String inert = page.inert(name);
        boolean whole = options.verbose() || options.fullNames();
        return whole ? inert : LongName.fitted(inert, NAME_CHARS_MAX, page.ellipsis());
    }

    private void registers(ReportThread thread) throws IOException {
        List<Register> all = thread.registers();
        if (all.isEmpty() || !(thread.crashed() || options.verbose())) {
            return;
        }
        for (int from = 0; from < all.size(); from += REGISTERS_PER_LINE) {
            String line =
                    all.subList(from, Math.min(all.size(), from + REGISTERS_PER_LINE)).stream()
                            .map(one -> TextPage.padded(one.name(), 4)
                                    + TextPage.padded(" " + Addresses.hex(one.value()), 20))
                            .collect(Collectors.joining());
            page.wrapped(Style.FAINT, INDENT, INDENT, line.stripTrailing());
        }
    }

    /** Explains the marks that occur. */
    private void legend(ThreadGroups groups) throws IOException {
        String marks = groups.all().stream()
                .flatMap(group -> group.frames().stream())
                .map(Trust::of)
                .distinct()
                .sorted()
                .map(trust -> trust.mark() + " " + trust.meaning())
                .distinct()
                .collect(Collectors.joining("   "));
        if (!marks.isEmpty()) {
            page.blank();
            page.wrapped(Style.FAINT, "", "", "Trust of a frame:  " + marks);
        }
    }
}
