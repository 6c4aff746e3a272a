package dev.mortem.analyze.signature;

import dev.mortem.analyze.casefile.CaseFile;
import dev.mortem.analyze.casefile.CaseThread;
import dev.mortem.analyze.lock.WaitGraph.Edge;
import dev.mortem.analyze.reason.AbortMessage;
import dev.mortem.analyze.reason.Fault;
import dev.mortem.analyze.report.Report;
import dev.mortem.analyze.report.RepositoryPath;
import dev.mortem.analyze.rule.Recursion;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.stack.symbol.Frame;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * Makes the signature of a case: what happened, then the one place that is blamed.
 *
 * <p>One place only, and no more of the stack: an optimising compiler removes callers by tail
 * calls, but not the function in which the program stopped. It is named by its function, which is a
 * frame of its own where the compiler inlined it, so that the name is the same at every level of
 * optimisation, and after an edit above it in its file; one of a library with the library's name
 * without its version. Where only a line is known it is the file and the line. Without symbols it
 * is the module and the offset in it: the same at every load address, though not in another build.
 */
public final class Signatures {
    private static final int HASH_DIGITS = 16;
    private static final Pattern LIBRARY_VERSION =
            Pattern.compile("(\\.so)[.\\d]*$|-[\\d.]+(\\.so)$");

    private record Named(String name, String quality) {}

    private Signatures() {}

    /** The signature of a case. */
    public static Report.Signature of(CaseFile dump, Report.Finding headline) {
        List<Named> named = named(dump, headline);
        List<String> frames = named.stream().map(Named::name).toList();
        String text = reason(dump, headline)
                + (frames.isEmpty() ? "" : " | ")
                + String.join(" | ", frames);
        String quality =
                named.stream().map(Named::quality).reduce(Signatures::worse).orElse("addresses");
        return new Report.Signature(text, hash(text), frames, quality);
    }

    /** First hex digits of the SHA-256 of a text. */
    static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, HASH_DIGITS);
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every Java runtime has SHA-256", missing);
        }
    }

    private static String worse(String one, String other) {
        List<String> bestFirst = List.of("symbols", "modules", "addresses");
        return bestFirst.indexOf(one) >= bestFirst.indexOf(other) ? one : other;
    }

    /**
     * What happened. Whether memory was read or written is left out: one build reads, adds and
     * writes
     * where another adds in memory.
     */
    private static String reason(CaseFile dump, Report.Finding headline) {
        Optional<Fault> fault = dump.fault();
        if (fault.isEmpty() || (fault.get().sent() && !dump.isOwnAbort(fault.get()))) {
            return fault.isPresent() && headline.rule().equals("crash-other")
                    ? fault.get().name() + " sent"
                    : headline.rule();
        }
        Fault found = fault.get();
        if (found.stackOverflow()) {
            return found.name() + " stack overflow";
        }
        String detail = switch (headline.rule()) {
            case "crash-heap-corruption" -> " heap corruption";
            case "crash-unhandled-native-exception" ->
                " exception"
                        + dump.exception()
                                .map(exception -> " " + exception.typeName())
                                .orElse("");
            case "crash-abort" ->
                dump.abort()
                        .filter(message -> message.kind() != AbortMessage.Kind.OTHER)
                        .map(message -> " "
                                + message.kind().name().toLowerCase(Locale.ROOT).replace('_', ' '))
                        .orElse("");
            default -> found.place() == Fault.Place.NULL_PAGE ? " null" : "";
        };
        return found.name() + detail;
    }

    private static List<Named> named(CaseFile dump, Report.Finding headline) {
        Optional<CaseThread> crashed = dump.crashedThread();
        if (dump.crashed() && crashed.isPresent()) {
            boolean overflow = dump.fault().filter(Fault::stackOverflow).isPresent();
            Optional<Recursion> recursion =
                    overflow ? Recursion.find(crashed.get().frames()) : Optional.empty();
            return recursion
                    .map(found -> group(dump, found.group()))
                    .orElseGet(() -> blamed(dump, crashed.get()).stream().toList());
        }
        List<Named> deadlocked = new ArrayList<>();
        for (List<Edge> cycle : dump.waits().cycles()) {
            for (Edge edge : cycle) {
                dump.thread(edge.threadId())
                        .flatMap(thread -> blamed(dump, thread))
                        .ifPresent(deadlocked::add);
            }
        }
        if (!deadlocked.isEmpty()) {
            return sorted(deadlocked);
        }
        Optional<CaseThread> first =
                headline.threadIds().stream().findFirst().flatMap(dump::thread).or(() -> crashed);
        return first.flatMap(thread -> blamed(dump, thread)).stream().toList();
    }

    /** The functions of a recursion, in an order that does not depend on where the stack ended. */
    private static List<Named> group(CaseFile dump, List<Frame> group) {
        return sorted(group.stream()
                .filter(frame -> !dump.blame().isPlumbing(frame))
                .map(frame -> name(dump, frame))
                .toList());
    }

    private static List<Named> sorted(List<Named> names) {
        return names.stream()
                .distinct()
                .sorted((one, other) -> one.name().compareTo(other.name()))
                .toList();
    }

    private static Optional<Named> blamed(CaseFile dump, CaseThread thread) {
        OptionalInt blamed = thread.blamed();
        return blamed.isPresent()
                ? Optional.of(name(dump, thread.frames().get(blamed.getAsInt())))
                : thread.frames().stream().findFirst().map(frame -> name(dump, frame));
    }

    private static Named name(CaseFile dump, Frame frame) {
        Optional<LoadedModule> module = frame.module();
        if (frame.function().isPresent()) {
            String function = FunctionNames.normalised(
                    frame.function().get().raw(), frame.function().get().display());
            boolean library = module.map(in -> isLibrary(dump, in)).orElse(false);
            return new Named(
                    library ? moduleName(module.orElseThrow()) + "!" + function : function,
                    "symbols");
        }
        if (frame.source().isPresent()) {
            Frame.SourceLocation source = frame.source().get();
            String path = RepositoryPath.of(source.file());
            String file = path.substring(path.lastIndexOf('/') + 1);
            return new Named(file + ":" + source.line(), "symbols");
        }
        return module.map(in -> new Named(
                        moduleName(in) + "+" + Addresses.hex(frame.lookupAddress() - in.base()),
                        "modules"))
                .orElseGet(() -> new Named(Addresses.hex(frame.address()), "addresses"));
    }

    private static boolean isLibrary(CaseFile dump, LoadedModule module) {
        boolean executable = dump.snapshot()
                .process()
                .executable()
                .filter(path -> path.equals(module.path()))
                .isPresent();
        return !executable && module.name().contains(".so");
    }

    private static String moduleName(LoadedModule module) {
        return LIBRARY_VERSION.matcher(module.name()).replaceAll(".so");
    }
}
