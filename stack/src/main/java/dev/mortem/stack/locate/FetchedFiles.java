package dev.mortem.stack.locate;

import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.stack.fetch.Lookup;
import dev.mortem.stack.fetch.SymbolSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The files of modules that servers were asked for, and what they answered. Safe for any thread. */
final class FetchedFiles {
    private final SymbolSource source;
    private final MemoryReader memory;
    private final Diagnostics diagnostics;
    private final Map<String, Lookup> executables = new ConcurrentHashMap<>();
    private final Map<String, Lookup> debugFiles = new ConcurrentHashMap<>();

    FetchedFiles(SymbolSource source, MemoryReader memory, Diagnostics diagnostics) {
        this.source = source;
        this.memory = memory;
        this.diagnostics = diagnostics;
    }

    Optional<Path> executable(String buildId) {
        return file(executables, buildId);
    }

    Optional<Path> debugFile(String buildId) {
        return file(debugFiles, buildId);
    }

    /**
     * The file that several debug files share; asked for at once, since only who follows a reference into
     * it knows that it is needed.
     */
    Optional<Path> supplementary(String buildId) {
        if (!source.asksNobody() && !debugFiles.containsKey(buildId)) {
            debugFiles.put(buildId, answer(buildId, source::debugFile));
        }
        return debugFile(buildId);
    }

    /** What was answered, to go behind why a module has no symbols; nothing where nobody was asked. */
    String asked(Optional<String> buildId) {
        if (source.asksNobody()) {
            return "";
        }
        if (buildId.isEmpty()) {
            return "; servers are asked by build id only";
        }
        String answers = Stream.of(executables, debugFiles)
                .map(each -> Optional.ofNullable(each.get(buildId.get())))
                .flatMap(Optional::stream)
                .map(Lookup::answer)
                .distinct()
                .collect(Collectors.joining("; "));
        return answers.isEmpty()
                ? "; no server was asked, since it stands in no stack"
                : "; asked " + answers;
    }

    /** Asks for what these lack, several at a time; whether something came that was not there before. */
    boolean ask(List<ModuleImage> lacking) {
        if (source.asksNobody()) {
            return false;
        }
        List<Runnable> questions = new ArrayList<>();
        for (ModuleImage image : lacking) {
            Optional<String> buildId = buildId(image);
            if (buildId.isEmpty()) {
                continue;
            }
            String id = buildId.get();
            if (!debugFiles.containsKey(id)) {
                questions.add(() -> debugFiles.put(id, answer(id, source::debugFile)));
            }
            if (image.file().isEmpty()
                    && !executables.containsKey(id)
                    && !ModuleMemory.isWhole(image.module(), memory)) {
                questions.add(() -> executables.put(id, answer(id, source::executable)));
            }
        }
        long before = foundCount();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            questions.forEach(threads::execute);
        }
        return foundCount() > before;
    }

    private Lookup answer(String id, Function<String, Lookup> question) {
        Lookup answer = question.apply(id);
        switch (answer) {
            case Lookup.Found _, Lookup.NotFound _ -> {}
            case Lookup.Denied _, Lookup.TimedOut _, Lookup.Malformed _, Lookup.Unsupported _ ->
                diagnostics.report(
                        "symbol servers",
                        answer.answer(),
                        "names and lines that it would have given are missing");
        }
        return answer;
    }

    private static Optional<String> buildId(ModuleImage image) {
        return image.module().buildId().or(() -> image.file().flatMap(ElfFile::buildId));
    }

    private static Optional<Path> file(Map<String, Lookup> answers, String buildId) {
        return answers.get(buildId) instanceof Lookup.Found found
                ? Optional.of(found.file())
                : Optional.empty();
    }

    private long foundCount() {
        return Stream.of(executables, debugFiles)
                .flatMap(answers -> answers.values().stream())
                .filter(Lookup.Found.class::isInstance)
                .count();
    }
}
