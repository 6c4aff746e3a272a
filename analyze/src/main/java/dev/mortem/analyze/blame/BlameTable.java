package dev.mortem.analyze.blame;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.stack.symbol.Frame;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which frames are plumbing. The format of the table stands at the top of {@code blame.txt}. Safe
 * for
 * any thread.
 */
public final class BlameTable {
    /** A table of people's own; more than this is a file given by mistake. */
    private static final int FILE_BYTES_MAX = 1 << 20;

    /** What a pattern is compared with. */
    private enum Subject {
        MODULE,
        FUNCTION,
        SOURCE
    }

    private record Entry(boolean skip, Subject subject, Glob pattern) {}

    private record Name(String module, String raw, String display, String source) {}

    private final List<Entry> entries;
    private final Map<Name, Boolean> known = new ConcurrentHashMap<>();

    private BlameTable(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    /** The table that comes with Mortem; its rules are read once. */
    public static BlameTable builtIn() {
        return new BlameTable(BuiltIn.ENTRIES);
    }

    /** Read when first asked for: not every start of Mortem blames. */
    private static final class BuiltIn {
        private static final List<Entry> ENTRIES = read();

        private static List<Entry> read() {
            try (InputStream table = BlameTable.class.getResourceAsStream("blame.txt")) {
                if (table == null) {
                    throw new IllegalStateException("blame.txt is missing from this build");
                }
                String text = new String(table.readAllBytes(), StandardCharsets.UTF_8);
                return List.copyOf(parse("blame.txt", text));
            } catch (IOException | MalformedException broken) {
                throw new IllegalStateException("the built-in blame.txt cannot be read", broken);
            }
        }
    }

    /** This table with a file's rules behind its own, so that they win. */
    public BlameTable with(Path file) throws IOException, MalformedException {
        if (Files.size(file) > FILE_BYTES_MAX) {
            throw new MalformedException(
                    file.toString(),
                    "blame table",
                    0,
                    Files.size(file) + " bytes",
                    "at most " + FILE_BYTES_MAX);
        }
        return with(file.toString(), Files.readString(file));
    }

    /** This table with rules behind its own. */
    public BlameTable with(String source, String text) throws MalformedException {
        List<Entry> all = new ArrayList<>(entries);
        all.addAll(parse(source, text));
        return new BlameTable(all);
    }

    private static List<Entry> parse(String source, String text) throws MalformedException {
        List<Entry> entries = new ArrayList<>();
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            String rule = line.strip();
            if (!rule.isEmpty() && !rule.startsWith("#")) {
                entries.add(entry(source, number, rule));
            }
        }
        return entries;
    }

    private static Entry entry(String source, int number, String rule) throws MalformedException {
        String[] words = rule.split("\\s+", 3);
        boolean verb = words[0].equals("skip") || words[0].equals("blame");
        Optional<Subject> subject = words.length == 3 ? subject(words[1]) : Optional.empty();
        if (!verb || subject.isEmpty()) {
            throw new MalformedException(
                    source,
                    "line " + number,
                    number,
                    "\"" + rule + "\"",
                    "allowed is: skip|blame module|function|source PATTERN");
        }
        return new Entry(words[0].equals("skip"), subject.get(), new Glob(words[2]));
    }

    private static Optional<Subject> subject(String word) {
        return switch (word) {
            case "module" -> Optional.of(Subject.MODULE);
            case "function" -> Optional.of(Subject.FUNCTION);
            case "source" -> Optional.of(Subject.SOURCE);
            default -> Optional.empty();
        };
    }

    /**
     * Whether the frame is never blamed. A frame in no module is: whatever jumped there is to
     * blame.
     */
    public boolean isPlumbing(Frame frame) {
        if (frame.signalFrame() || frame.module().isEmpty()) {
            return true;
        }
        Name name = new Name(
                moduleName(frame.module().get()),
                frame.function().map(Frame.FunctionName::raw).orElse(""),
                frame.function().map(Frame.FunctionName::display).orElse(""),
                frame.source().map(Frame.SourceLocation::file).orElse(""));
        return known.computeIfAbsent(name, this::isPlumbing);
    }

    /** Windows does not tell KERNEL32.DLL from kernel32.dll. */
    private static String moduleName(LoadedModule module) {
        String name = module.name();
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".dll") || lower.endsWith(".exe") ? lower : name;
    }

    private boolean isPlumbing(Name name) {
        boolean skip = false;
        for (Entry entry : entries) {
            boolean fits = switch (entry.subject) {
                case MODULE -> entry.pattern.matches(name.module);
                case FUNCTION ->
                    !name.raw.isEmpty()
                            && (entry.pattern.matches(name.raw)
                                    || entry.pattern.matches(name.display));
                case SOURCE -> !name.source.isEmpty() && entry.pattern.matches(name.source);
            };
            if (fits) {
                skip = entry.skip;
            }
        }
        return skip;
    }

    /** Index of the frame to blame from {@code first} on; empty where every frame is plumbing. */
    public OptionalInt blamed(List<Frame> frames, int first) {
        for (int index = first; index < frames.size(); index++) {
            if (!isPlumbing(frames.get(index))) {
                return OptionalInt.of(index);
            }
        }
        return OptionalInt.empty();
    }

    /**
     * The same for a thread that crashed: where a signal handler runs on top of the fault, the
     * search
     * starts at what the signal interrupted.
     *
     * @param from the first frame that can be code at all
     */
    public OptionalInt blamedInCrash(List<Frame> frames, int from) {
        int first = from;
        for (int index = from; index < frames.size(); index++) {
            if (frames.get(index).signalFrame()) {
                first = index + 1;
            }
        }
        OptionalInt below = blamed(frames, first);
        return below.isPresent() ? below : blamed(frames, 0);
    }

    /** The frame of {@link #blamed}. */
    public Optional<Frame> blamedFrame(List<Frame> frames) {
        OptionalInt index = blamed(frames, 0);
        return index.isPresent() ? Optional.of(frames.get(index.getAsInt())) : Optional.empty();
    }
}
