package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.casefile.CaseThread;
import dev.mortem.analyze.report.RepositoryPath;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.stack.symbol.Frame;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How sentences name functions, places, callers and numbers. */
public final class Wording {
    /** A C++ name with its template arguments can fill a page. */
    private static final int NAME_CHARACTERS_MAX = 120;

    private Wording() {}

    /** "shop_total()", "shop::Cart::total(int)", or "worker+0x1234" without a symbol. */
    public static String function(Frame frame) {
        String label =
                frame.function().flatMap(Frame.FunctionName::shortened).orElseGet(frame::label);
        if (frame.function().isPresent() && label.indexOf('(') < 0) {
            return label + "()";
        }
        return label.length() <= NAME_CHARACTERS_MAX
                ? label
                : label.substring(0, NAME_CHARACTERS_MAX - 1) + "…";
    }

    /** "shop_total() of worker"; the module alone where the function is not known. */
    public static String functionOfModule(Frame frame) {
        return frame.function().isPresent() && frame.module().isPresent()
                ? function(frame) + " of " + frame.module().get().name()
                : function(frame);
    }

    /** " (shop.c:42)", or nothing. */
    public static String line(Frame frame) {
        return frame.source()
                .map(source -> " (" + fileName(source.file()) + ":" + source.line() + ")")
                .orElse("");
    }

    private static String fileName(String compilerPath) {
        String path = RepositoryPath.of(compilerPath);
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** "shop_total() of worker (shop.c:42)" of the frame to blame; the innermost where none is. */
    public static String where(CaseThread thread) {
        return blamedOrFirst(thread)
                .map(frame -> functionOfModule(frame) + line(frame))
                .orElse("unknown code");
    }

    public static Optional<Frame> blamedOrFirst(CaseThread thread) {
        return thread.blamedFrame()
                .or(() -> thread.frames().stream()
                        .filter(frame -> frame.module().isPresent())
                        .findFirst())
                .or(() -> thread.frames().stream().findFirst());
    }

    /** " – called from handle_request()": the next frame that is no plumbing, or nothing. */
    public static String caller(CaseFile dump, CaseThread thread) {
        if (thread.blamed().isEmpty()) {
            return "";
        }
        List<Frame> frames = thread.frames();
        Optional<String> blamed =
                frames.get(thread.blamed().getAsInt()).function().map(Frame.FunctionName::raw);
        for (int index = thread.blamed().getAsInt() + 1; index < frames.size(); index++) {
            Frame frame = frames.get(index);
            boolean same = blamed.isPresent()
                    && frame.function().map(Frame.FunctionName::raw).equals(blamed);
            if (!dump.blame().isPlumbing(frame) && !same) {
                return " – called from " + function(frame);
            }
        }
        return "";
    }

    /** ", in strlen() of libc.so.6" where the fault itself lies in plumbing, or nothing. */
    public static String insidePlumbing(CaseThread thread) {
        if (thread.blamed().isEmpty() || thread.blamed().getAsInt() == 0) {
            return "";
        }
        Frame first = thread.frames().getFirst();
        return first.module().isPresent() && first.function().isPresent() && !first.signalFrame()
                ? ", inside " + functionOfModule(first)
                : "";
    }

    /** The frame's module by name. */
    public static Optional<String> module(CaseThread thread) {
        return blamedOrFirst(thread).flatMap(Frame::module).map(LoadedModule::name);
    }

    /** The stack's first frames of somebody's own code, a line each. */
    public static List<String> ownFrames(CaseFile dump, CaseThread thread, int most) {
        List<String> lines = new ArrayList<>();
        for (Frame frame : thread.frames()) {
            if (lines.size() < most && !dump.blame().isPlumbing(frame)) {
                lines.add(function(frame) + line(frame));
            }
        }
        return lines;
    }

    /** "Thread 4711 (worker-3)", at the start of a sentence. */
    public static String capital(String text) {
        return text.isEmpty() ? text : Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }

    /** "1 thread", "20 threads". */
    public static String count(long count, String noun) {
        return "%,d %s%s".formatted(count, noun, count == 1 ? "" : "s");
    }

    /** "thread 1 (a), thread 2 (b) and 7 more". */
    public static String list(List<String> names, int most) {
        if (names.size() <= most) {
            int last = names.size() - 1;
            return last <= 0
                    ? String.join("", names)
                    : String.join(", ", names.subList(0, last)) + " and " + names.get(last);
        }
        return String.join(", ", names.subList(0, most)) + " and " + (names.size() - most)
                + " more";
    }

    /** "12.3 s", "4 min 10 s". */
    public static String duration(Duration duration) {
        long minutes = duration.toMinutes();
        if (minutes >= 60) {
            return "%d h %d min".formatted(duration.toHours(), duration.toMinutesPart());
        }
        return minutes > 0
                ? "%d min %d s".formatted(minutes, duration.toSecondsPart())
                : "%.1f s".formatted(duration.toMillis() / 1000.0);
    }
}
