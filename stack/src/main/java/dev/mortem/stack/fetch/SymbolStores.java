package dev.mortem.stack.fetch;

import dev.mortem.stack.fetch.HttpTransport.Answer;
import dev.mortem.stack.fetch.StoreChain.Stage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Asks symbol stores, folders and servers, in the order they were named (Microsoft, "SymStore", "SymSrv",
 * "Symbol path for Windows debuggers"). A file whose id is another one is not given out. Safe for any
 * thread while its session is open.
 */
public final class SymbolStores implements StoreSource {
    private static final ServerUrl MICROSOFT = ServerUrl.of(SymbolPath.MICROSOFT);

    private final FetchSession session;
    private final List<StoreChain> chains;
    private final InstantSource clock;
    private final StoreTiers tiers = new StoreTiers();
    private final FilePointer pointers;

    /**
     * @param session belongs to the caller
     * @param chains asked in this order
     * @param folders into which a store's pointers may lead
     */
    public SymbolStores(
            FetchSession session,
            List<StoreChain> chains,
            List<Path> folders,
            InstantSource clock) {
        this.session = session;
        this.chains = List.copyOf(chains);
        this.clock = clock;
        this.pointers = new FilePointer(folders);
    }

    @Override
    public boolean asksNobody() {
        return chains.isEmpty();
    }

    @Override
    public boolean asksServers() {
        return chains.stream().anyMatch(StoreChain::hasServers);
    }

    @Override
    public Lookup find(StoreFile file) {
        return session.once(List.of(this, file), () -> {
            List<Lookup> answered = new ArrayList<>();
            for (StoreChain chain : chains) {
                Optional<Lookup> found = find(file, chain, answered);
                if (found.isPresent()) {
                    return found.get();
                }
            }
            return FetchSession.worst(answered);
        });
    }

    private Optional<Lookup> find(StoreFile file, StoreChain chain, List<Lookup> answered)
            throws InterruptedException {
        List<StoreFolder> nearer = new ArrayList<>();
        for (Stage stage : chain.stages()) {
            Lookup answer = switch (stage) {
                case Stage.Folder folder -> inFolder(file, folder.path());
                case Stage.Server server -> onServer(file, server.url());
            };
            if (answer instanceof Lookup.Found found) {
                return Optional.of(keepNear(file, found, nearer));
            }
            answered.add(answer);
            if (stage instanceof Stage.Folder folder) {
                nearer.add(new StoreFolder(folder.path()));
            }
        }
        return Optional.empty();
    }

    /** Microsoft has no symbol files, and need not hear of programs that are not its own. */
    private Lookup onServer(StoreFile file, ServerUrl server) throws InterruptedException {
        boolean inVain = file.kind() == StoreFile.Kind.SYM && server.equals(MICROSOFT);
        return inVain ? new Lookup.NotFound("") : session.ask(question(file), server);
    }

    private StoreQuestion question(StoreFile file) {
        return new StoreQuestion(file, tiers, pointers, session.limits());
    }

    /** Copies a far store's file into the nearer folders; a folder that cannot be written is said. */
    private Lookup keepNear(StoreFile file, Lookup.Found found, List<StoreFolder> nearer) {
        Path nearest = found.file();
        String answer = found.answer();
        for (StoreFolder folder : nearer.reversed()) {
            try {
                Path copy = folder.put(file, nearest, clock);
                session.release(nearest);
                nearest = copy;
            } catch (IOException failed) {
                answer = answer + ", but not kept in the store before it: "
                        + FetchSession.reason(failed);
            }
        }
        return new Lookup.Found(nearest, answer);
    }

    /** A folder that has nothing is no news: its user sees it. */
    private Lookup inFolder(StoreFile file, Path folder) {
        List<Lookup> answered = new ArrayList<>();
        for (StoreFolder.Held held : new StoreFolder(folder).find(file)) {
            Lookup answer = switch (held) {
                case StoreFolder.Held.Plain(Path plain) -> plain(file, plain);
                case StoreFolder.Held.Packed(Path cabinet) -> packed(file, cabinet);
                case StoreFolder.Held.Pointer(Path pointer) -> pointed(file, pointer);
            };
            if (answer instanceof Lookup.Found) {
                return answer;
            }
            answered.add(answer);
        }
        return answered.isEmpty() ? new Lookup.NotFound("") : FetchSession.worst(answered);
    }

    private Lookup plain(StoreFile file, Path path) {
        try {
            Optional<String> problem = StoreFileCheck.problem(file, path, session.limits());
            return problem.isPresent()
                    ? new Lookup.Malformed(path + ": " + problem.get())
                    : new Lookup.Found(path, path.toString());
        } catch (IOException | SecurityException unreadable) {
            return new Lookup.Denied(path + ": not readable: " + unreadable.getMessage());
        }
    }

    /** Unpacked into the cache: the user's folder stays as it is. */
    private Lookup packed(StoreFile file, Path cabinet) {
        Question.Place place = StoreQuestion.place(file);
        try {
            Optional<Path> kept = session.kept(question(file), place);
            if (kept.isPresent()) {
                return new Lookup.Found(kept.get(), cabinet + ": in the cache");
            }
            Path part = session.cache().begin(place);
            try {
                PrivateFolder.fill(part, cabinet);
                return unpacked(file, cabinet, part, place);
            } finally {
                session.cache().delete(part);
            }
        } catch (IOException unusable) {
            return session.cacheFailed(cabinet.toString(), unusable);
        }
    }

    private Lookup unpacked(StoreFile file, Path cabinet, Path part, Question.Place place)
            throws IOException {
        return switch (Unpacking.inPlace(part, session.limits())) {
            case Answer.Whole _ -> {
                Optional<String> problem = StoreFileCheck.problem(file, part, session.limits());
                yield problem.isPresent()
                        ? new Lookup.Malformed(cabinet + ": " + problem.get())
                        : new Lookup.Found(session.keep(part, place), cabinet.toString());
            }
            case Answer.Refused refused -> new Lookup.Unsupported(cabinet + ": " + refused.why());
            case Answer.Broken broken -> new Lookup.Malformed(cabinet + ": " + broken.why());
            case Answer.Status _, Answer.Interrupted _ ->
                throw new IllegalStateException("a cabinet answered like a server");
        };
    }

    private Lookup pointed(StoreFile file, Path pointer) {
        try {
            if (Files.size(pointer) > FilePointer.BYTES_MAX) {
                return new Lookup.Malformed(pointer + ": too long for a path");
            }
            return switch (pointers.read(Files.readString(pointer, StandardCharsets.ISO_8859_1))) {
                case FilePointer.Target.File target -> plain(file, target.path());
                case FilePointer.Target.Nowhere nowhere ->
                    new Lookup.Unsupported(pointer + ": " + nowhere.why());
            };
        } catch (IOException unreadable) {
            return new Lookup.Denied(pointer + ": not readable: " + unreadable.getMessage());
        }
    }
}
