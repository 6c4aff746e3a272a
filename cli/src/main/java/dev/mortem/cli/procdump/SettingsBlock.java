package dev.mortem.cli.procdump;

import dev.mortem.cli.procdump.ProcDumpRequest.Care;
import dev.mortem.cli.procdump.ProcDumpRequest.Collect;
import dev.mortem.cli.procdump.ProcDumpRequest.Conditions;
import dev.mortem.cli.procdump.ProcDumpRequest.CounterThreshold;
import dev.mortem.cli.procdump.ProcDumpRequest.DumpType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** What is watched, for what and how, in the lines that ProcDump prints before it waits. */
public final class SettingsBlock {
    private static final String OFF = "Disabled";
    private static final String NOT_GIVEN = "n/a";
    private static final int VALUE_COLUMN = 23;

    private final List<String> lines = new ArrayList<>();

    private SettingsBlock() {}

    /**
     * The lines.
     *
     * @param process "shop (4711)"
     * @param image its executable's path
     * @param folder where dumps go
     */
    public static List<String> of(
            Collect asked, String process, String image, String folder, DumpFileName name) {
        SettingsBlock block = new SettingsBlock();
        block.line("Process", process);
        block.line("Process image", image);
        block.conditions(asked.conditions(), asked);
        block.care(asked.care());
        block.line("Number of dumps", Integer.toString(asked.rhythm().count()));
        block.line("Dump type", types(asked));
        block.line("Dump folder", folder.endsWith("/") ? folder : folder + "/");
        block.line("Dump filename/mask", name.mask() + name.extension());
        block.line("Queue to WER", "Disabled");
        block.line("Kill after dump", enabled(asked.care().kill()));
        asked.care().comment().ifPresent(text -> block.line("Dump comment", text));
        return block.lines;
    }

    private void conditions(Conditions asked, Collect all) {
        line("CPU threshold", cpu(asked));
        line("Performance counter", counters(asked.counters()));
        line("Commit threshold", thresholds(asked.memoryAbove(), asked.memoryBelow(), " MB"));
        line("Thread threshold", thresholds(asked.threads(), OptionalLong.empty(), ""));
        line("Descriptor threshold", thresholds(asked.descriptors(), OptionalLong.empty(), ""));
        line(
                "Threshold seconds",
                asked.hasThreshold()
                        ? Long.toString(all.rhythm().seconds().toSeconds())
                        : NOT_GIVEN);
        line("Hung window check", "Disabled");
        line("Log debug strings", enabled(asked.log()));
        line("Exception monitor", exceptions(asked));
        filter(asked.filter());
        line("Signal monitor", asked.signals().isEmpty() ? "Disabled" : words(asked.signals()));
        line("Terminate monitor", enabled(asked.end()));
        line(
                "Module monitor",
                either(asked.moduleLoad(), "Load", asked.moduleUnload(), "Unload", OFF));
        line("Thread monitor", either(asked.threadStart(), "Start", asked.threadEnd(), "End", OFF));
    }

    private static String cpu(Conditions asked) {
        String of = asked.perCore() ? "% of one core" : "% of system";
        List<String> both = new ArrayList<>();
        asked.cpuAbove().ifPresent(percent -> both.add(">= " + number(percent) + of));
        asked.cpuBelow().ifPresent(percent -> both.add("< " + number(percent) + of));
        return both.isEmpty() ? NOT_GIVEN : String.join(" or ", both);
    }

    private static String counters(List<CounterThreshold> counters) {
        return counters.isEmpty()
                ? NOT_GIVEN
                : counters.stream()
                        .map(each -> each.path()
                                + (each.below() ? " < " : " >= ")
                                + number(each.threshold()))
                        .collect(Collectors.joining(" or "));
    }

    private static String thresholds(OptionalLong above, OptionalLong below, String unit) {
        List<String> both = new ArrayList<>();
        above.ifPresent(value -> both.add(">= " + value + unit));
        below.ifPresent(value -> both.add("< " + value + unit));
        return both.isEmpty() ? NOT_GIVEN : String.join(" or ", both);
    }

    private static String exceptions(Conditions asked) {
        return switch (asked.exceptions()) {
            case NONE -> "Disabled";
            case UNHANDLED -> "Unhandled";
            case FIRST_CHANCE ->
                "First Chance+Unhandled" + (asked.breakpoints() ? "+Breakpoints" : "");
        };
    }

    private void filter(ExceptionFilter filter) {
        if (filter.displayOnly()) {
            line("Exception filter", "Display Only");
            return;
        }
        line("Exception filter", "[Includes]");
        (filter.includes().isEmpty() ? List.of("*") : filter.includes())
                .forEach(word -> lines.add(" ".repeat(VALUE_COLUMN) + word));
        lines.add(" ".repeat(VALUE_COLUMN) + "[Excludes]");
        filter.excludes().forEach(word -> lines.add(" ".repeat(VALUE_COLUMN) + word));
    }

    private void care(Care care) {
        boolean clones = care.clones().isPresent();
        line("Cloning type", clones ? "Copy" : "Copy where one can be made");
        line("Concurrent limit", clones ? "1" : NOT_GIVEN);
        line(
                "Avoid outage",
                either(
                        care.avoidOutage(),
                        "Enabled",
                        care.atMost().isPresent(),
                        "after " + care.atMost().orElse(Duration.ZERO).toSeconds() + " seconds",
                        NOT_GIVEN));
    }

    private static String types(Collect asked) {
        return asked.types().stream().map(SettingsBlock::type).collect(Collectors.joining(", "));
    }

    private static String type(DumpType type) {
        return type.mask().isPresent()
                ? "%s %x".formatted(type.option(), type.mask().getAsLong())
                : "%s (%s)".formatted(type.option(), type.kind().label());
    }

    private static String words(List<String> words) {
        return String.join(", ", words);
    }

    private static String enabled(boolean is) {
        return is ? "Enabled" : OFF;
    }

    private static String either(
            boolean one, String oneText, boolean other, String otherText, String neither) {
        List<String> both = new ArrayList<>();
        if (one) {
            both.add(oneText);
        }
        if (other) {
            both.add(otherText);
        }
        return both.isEmpty() ? neither : String.join("+", both);
    }

    private static String number(double value) {
        return value == Math.rint(value)
                ? String.format(Locale.ROOT, "%.0f", value)
                : Double.toString(value);
    }

    private void line(String name, String value) {
        String start = name + ":";
        lines.add(start + " ".repeat(Math.max(1, VALUE_COLUMN - start.length())) + value);
    }
}
