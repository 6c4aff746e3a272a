package dev.mortem.stack.locate;

import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.text.ShellWord;
import dev.mortem.stack.fetch.Lookup;
import dev.mortem.stack.fetch.StoreFile;
import dev.mortem.stack.fetch.StoreSource;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/** The files that symbol stores were asked for, and what they answered. Safe for any thread. */
final class FetchedStoreFiles {
    private final StoreSource source;
    private final String dump;
    private final Diagnostics diagnostics;
    private final Map<StoreFile, Lookup> answers = new ConcurrentHashMap<>();

    FetchedStoreFiles(ModuleSearch search, Diagnostics diagnostics) {
        this.source = search.stores();
        this.dump = search.dump().map(ShellWord::file).orElse("DUMP");
        this.diagnostics = diagnostics;
    }

    boolean asksNobody() {
        return source.asksNobody();
    }

    /** What came of it; nothing where it was not asked for. */
    Optional<Path> file(StoreFile wanted) {
        return answers.get(wanted) instanceof Lookup.Found found
                ? Optional.of(found.file())
                : Optional.empty();
    }

    /** Asks for what was not asked for yet, several at a time; whether something came. */
    boolean ask(Collection<StoreFile> wanted) {
        if (source.asksNobody()) {
            return false;
        }
        List<StoreFile> unasked = wanted.stream()
                .distinct()
                .filter(file -> !answers.containsKey(file))
                .toList();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            unasked.forEach(file -> threads.execute(() -> answers.put(file, answer(file))));
        }
        return unasked.stream().anyMatch(file -> file(file).isPresent());
    }

    private Lookup answer(StoreFile file) {
        Lookup answer = source.find(file);
        switch (answer) {
            case Lookup.Found _, Lookup.NotFound _ -> {}
            case Lookup.Denied _, Lookup.TimedOut _, Lookup.Malformed _, Lookup.Unsupported _ ->
                diagnostics.report(
                        "symbol stores",
                        file + ": " + answer.answer(),
                        "what it would have told is missing");
        }
        return answer;
    }

    /**
     * To go behind why a module has no symbols: what stores answered, or where nobody was asked how to
     * ask.
     */
    String asked(Collection<StoreFile> lacking) {
        if (lacking.isEmpty()) {
            return "";
        }
        String said = lacking.stream()
                .flatMap(file -> Optional.ofNullable(answers.get(file))
                        .map(Lookup::answer)
                        .filter(answer -> !answer.isEmpty())
                        .map(answer -> file + ": " + answer)
                        .stream())
                .collect(Collectors.joining("; "));
        if (!said.isEmpty()) {
            return "; asked for " + said;
        }
        return source.asksServers()
                ? "; no symbol store was asked, since it stands in no stack"
                : "; a symbol server may have "
                        + lacking.stream().map(StoreFile::path).collect(Collectors.joining(" and "))
                        + ": mortem symbols fetch " + dump
                        + " --symbols msdl (Microsoft's, or your own server's URL)";
    }
}
