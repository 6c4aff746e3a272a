package dev.mortem.stack.fetch;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.elf.ElfExtent;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ElfHeader;
import dev.mortem.stack.fetch.HttpTransport.Answer;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;

/**
 * Asks debuginfod servers, in the order they were named, and keeps what they give (elfutils,
 * debuginfod(8): {@code /buildid/BUILDID/executable}, {@code /debuginfo}, {@code /source/PATH}). A file
 * whose build id is another one is deleted and reported. The opener closes it. Safe for any thread.
 */
public final class DebuginfodClient implements SymbolSource, AutoCloseable {
    /** All that the cache keeps; what was used longest ago goes first. */
    public static final Limit CACHE_BYTES = FetchCache.CACHE_BYTES;

    static final Limit FILE_BYTES = new Limit(
            "a file from a symbol server",
            8L << 30,
            "bytes",
            "the largest debug files seen, of browsers, have 3 to 5 GB");

    static final Limit SOURCE_BYTES = new Limit(
            "a source from a symbol server",
            64L << 20,
            "bytes",
            "sqlite's single file has 9 MB, the largest generated parsers 30 MB");

    /** Four downloads fill a line; more only divide it. */
    private static final int AT_ONCE_MAX = 4;

    private static final int TRIES_MAX = 3;

    /** A server that could not be had so often is not asked again: each module would wait in vain. */
    private static final int FAILURES_MAX = 2;

    private static final int PATH_CHARS_MAX = 4096;

    /**
     * What a client is made of.
     *
     * @param servers asked in this order
     * @param cacheFolder shared by all processes of this user
     * @param offline open no connection; what the cache has is used
     * @param agent how requests name this program: "mortem/0.1.0"
     * @param clock tells how old answers are
     * @param listener hears of each request that is made, in a sentence
     */
    public record Setup(
            List<ServerUrl> servers,
            Path cacheFolder,
            boolean offline,
            String agent,
            InstantSource clock,
            FetchTimes times,
            Limits limits,
            Listener listener) {
        public Setup {
            servers = List.copyOf(servers);
        }
    }

    /** Hears what is asked, from any thread. */
    @FunctionalInterface
    public interface Listener {
        void asking(String sentence);
    }

    private record Question(String buildId, String kind, String path) {
        URI at(ServerUrl server) {
            return isSource() ? server.ofSource(buildId, path) : server.of(buildId, kind);
        }

        boolean isSource() {
            return kind.equals("source");
        }

        String name(ServerUrl server) {
            return isSource() ? FetchCache.sourceName(server, path) : kind;
        }
    }

    private final Setup setup;
    private final FetchCache cache;
    private final Semaphore places = new Semaphore(AT_ONCE_MAX);
    private final Map<Question, FutureTask<Lookup>> answers = new ConcurrentHashMap<>();
    private final Map<String, Integer> failures = new ConcurrentHashMap<>();
    private final Set<Path> inUse = ConcurrentHashMap.newKeySet();
    private Optional<HttpTransport> transport = Optional.empty();

    private DebuginfodClient(Setup setup, FetchCache cache) {
        this.setup = setup;
        this.cache = cache;
    }

    /**
     * Opens the cache; no connection yet.
     *
     * @throws IOException when the cache cannot be used; the message says why
     */
    public static DebuginfodClient open(Setup setup) throws IOException {
        return new DebuginfodClient(
                setup, FetchCache.open(setup.cacheFolder(), setup.clock(), setup.limits()));
    }

    /**
     * How many bytes a cache in that folder holds; 0 where there is none.
     *
     * @throws IOException when it cannot be read
     */
    public static long cachedBytes(Path cacheFolder) throws IOException {
        return Files.isDirectory(cacheFolder) ? FetchCache.sizeBytes(cacheFolder) : 0;
    }

    @Override
    public Lookup executable(String buildId) {
        return ask(new Question(buildId, "executable", ""));
    }

    @Override
    public Lookup debugFile(String buildId) {
        return ask(new Question(buildId, "debuginfo", ""));
    }

    @Override
    public Lookup source(String buildId, String path) {
        if (!path.startsWith("/")
                || path.length() > PATH_CHARS_MAX
                || path.chars().anyMatch(Character::isISOControl)) {
            return new Lookup.Unsupported("nobody: servers know sources by absolute paths only");
        }
        return ask(new Question(buildId, "source", path));
    }

    @Override
    public synchronized void close() {
        transport.ifPresent(HttpTransport::close);
        transport = Optional.empty();
    }

    private Lookup ask(Question question) {
        if (!question.buildId.matches("([0-9a-f]{2}){2,64}")) {
            return new Lookup.Unsupported("nobody: this is no build id that servers know");
        }
        FutureTask<Lookup> mine = new FutureTask<>(() -> askNow(question));
        FutureTask<Lookup> first = answers.putIfAbsent(question, mine);
        if (first == null) {
            mine.run();
        }
        try {
            return (first == null ? mine : first).get();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return new Lookup.TimedOut("nobody: interrupted");
        } catch (ExecutionException failed) {
            throw new IllegalStateException(failed.getCause());
        }
    }

    private Lookup askNow(Question question) throws InterruptedException {
        places.acquire();
        try {
            List<Lookup> answered = new ArrayList<>();
            for (ServerUrl server : setup.servers()) {
                Lookup answer = ask(question, server);
                if (answer instanceof Lookup.Found found) {
                    inUse.add(found.file());
                    return found;
                }
                answered.add(answer);
            }
            return worst(answered);
        } finally {
            places.release();
        }
    }

    /** Of several answers without a file the one that says most, with the words of all. */
    private static Lookup worst(List<Lookup> answered) {
        String words = String.join(
                "; ", answered.stream().map(Lookup::answer).distinct().toList());
        Lookup worst = new Lookup.NotFound("nobody");
        for (Lookup each : answered) {
            worst = rank(each) > rank(worst) ? each : worst;
        }
        return switch (worst) {
            case Lookup.Found found -> found;
            case Lookup.NotFound _ -> new Lookup.NotFound(words);
            case Lookup.Denied _ -> new Lookup.Denied(words);
            case Lookup.TimedOut _ -> new Lookup.TimedOut(words);
            case Lookup.Malformed _ -> new Lookup.Malformed(words);
            case Lookup.Unsupported _ -> new Lookup.Unsupported(words);
        };
    }

    private static int rank(Lookup lookup) {
        return switch (lookup) {
            case Lookup.NotFound _ -> 0;
            case Lookup.Unsupported _ -> 1;
            case Lookup.Denied _ -> 2;
            case Lookup.TimedOut _ -> 3;
            case Lookup.Malformed _ -> 4;
            case Lookup.Found _ -> 5;
        };
    }

    private Lookup ask(Question question, ServerUrl server) throws InterruptedException {
        String name = question.name(server);
        try {
            Optional<Path> kept = cache.find(question.buildId, name);
            if (kept.isPresent()) {
                if (problem(question, kept.get()).isEmpty()) {
                    return new Lookup.Found(kept.get(), server + ": in the cache");
                }
                cache.delete(kept.get());
            }
            if (setup.offline()) {
                return new Lookup.Denied(server + ": not in the cache, and --offline asks nobody");
            }
            if (cache.isAbsent(question.buildId, name, server)) {
                return new Lookup.NotFound(server + ": 404 within the last hour");
            }
            if (failures.getOrDefault(server.toString(), 0) >= FAILURES_MAX) {
                return new Lookup.TimedOut(server + ": not asked again after " + FAILURES_MAX
                        + " questions without an answer");
            }
            return fetch(question, server, name);
        } catch (IOException unusable) {
            return new Lookup.Denied(server + ": the cache " + setup.cacheFolder()
                    + " cannot be used: " + reason(unusable));
        }
    }

    private static String reason(IOException failure) {
        return failure instanceof FileSystemException known && known.getReason() != null
                ? known.getReason()
                : String.valueOf(failure.getMessage());
    }

    private Lookup fetch(Question question, ServerUrl server, String name)
            throws IOException, InterruptedException {
        setup.listener()
                .asking("asking " + server + " for the "
                        + (question.isSource() ? question.path : question.kind) + " of build id "
                        + question.buildId);
        Path part = cache.begin(question.buildId);
        try {
            long bytesMax = setup.limits().max(question.isSource() ? SOURCE_BYTES : FILE_BYTES);
            Answer answer = download(question.at(server), part, bytesMax);
            if (answer instanceof Answer.Interrupted) {
                failures.merge(server.toString(), 1, Integer::sum);
            }
            return switch (answer) {
                case Answer.Whole whole -> {
                    Optional<String> problem =
                            problem(question, part).or(() -> page(question, whole));
                    if (problem.isPresent()) {
                        yield new Lookup.Malformed(server + ": " + problem.get());
                    }
                    Path file = cache.store(part, question.buildId, name);
                    inUse.add(file);
                    cache.trim(inUse);
                    yield new Lookup.Found(file, server + ": 200");
                }
                case Answer.Status status -> status(question, server, name, status.code());
                case Answer.Refused refused ->
                    new Lookup.Unsupported(server + ": " + refused.why());
                case Answer.Broken broken -> new Lookup.Malformed(server + ": " + broken.why());
                case Answer.Interrupted late -> new Lookup.TimedOut(server + ": " + late.why());
            };
        } finally {
            cache.delete(part);
        }
    }

    private Lookup status(Question question, ServerUrl server, String name, int code)
            throws IOException {
        String answer = server + ": " + code;
        return switch (code) {
            case 404 -> {
                cache.rememberAbsent(question.buildId, name, server);
                yield new Lookup.NotFound(answer);
            }
            case 401, 403, 407 -> new Lookup.Denied(answer);
            default -> {
                if (code >= 500 || code == 429) {
                    yield new Lookup.TimedOut(answer);
                }
                yield new Lookup.Unsupported(answer);
            }
        };
    }

    /** Tries again what may pass: an error of the server's, a connection that broke. */
    private Answer download(URI uri, Path part, long bytesMax)
            throws IOException, InterruptedException {
        long deadlineNanos = System.nanoTime() + setup.times().whole().toNanos();
        long pauseNanos = setup.times().pause().toNanos();
        Answer answer = transport().get(uri, part, bytesMax, deadlineNanos);
        for (int tried = 1; tried < TRIES_MAX && mayPass(answer); tried++) {
            LockSupport.parkNanos(pauseNanos);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            pauseNanos *= 4;
            answer = transport().get(uri, part, bytesMax, deadlineNanos);
        }
        return answer;
    }

    private static boolean mayPass(Answer answer) {
        return switch (answer) {
            case Answer.Status status -> status.code() >= 500;
            case Answer.Interrupted cut -> cut.worthAnother();
            case Answer.Whole _, Answer.Refused _, Answer.Broken _ -> false;
        };
    }

    private synchronized HttpTransport transport() {
        if (transport.isEmpty()) {
            transport =
                    Optional.of(new HttpTransport(setup.times(), setup.limits(), setup.agent()));
        }
        return transport.get();
    }

    /** Sources have no build id; a server that redirects strangers to a page has none of either. */
    private static Optional<String> page(Question question, Answer.Whole whole) {
        return whole.contentType()
                .filter(type -> question.isSource() && type.startsWith("text/html"))
                .map(type -> "a web page in place of the source");
    }

    /** What is wrong with a file that came or was kept; empty where it is what was asked for. */
    private Optional<String> problem(Question question, Path file) throws IOException {
        if (question.isSource()) {
            return Optional.empty();
        }
        if (Files.size(file) == 0) {
            return Optional.of("an empty answer");
        }
        try (MappedFile mapped = MappedFile.open(file, ByteOrder.LITTLE_ENDIAN)) {
            if (!ElfHeader.isElf(mapped.source())) {
                return Optional.of("no ELF file in the answer");
            }
            ElfFile elf = ElfFile.read(mapped.source(), setup.limits(), _ -> {});
            Optional<ElfExtent> missing = ElfExtent.missing(elf);
            if (missing.isPresent()) {
                return Optional.of(
                        "answered with an ELF file that was cut off: its %s end at byte %s, it has %d"
                                .formatted(
                                        missing.get().what(),
                                        Long.toUnsignedString(missing.get().end()),
                                        mapped.source().sizeBytes()));
            }
            Optional<String> found = elf.buildId();
            return found.filter(question.buildId::equals).isPresent()
                    ? Optional.empty()
                    : Optional.of("answered with build id " + found.orElse("none") + ", not "
                            + question.buildId + "; the file was deleted");
        } catch (MalformedException malformed) {
            return Optional.of("answered with a broken ELF file: " + malformed.problem());
        }
    }
}
