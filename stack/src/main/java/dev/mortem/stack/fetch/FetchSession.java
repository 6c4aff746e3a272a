package dev.mortem.stack.fetch;

import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.stack.fetch.HttpTransport.Answer;

import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;

/**
 * What fetching needs whatever the servers speak, for as long as a command runs: the cache, the
 * connections, and what is known of servers that do not answer. The opener closes it. Safe for any
 * thread.
 */
public final class FetchSession implements AutoCloseable {
    /** All that the cache keeps; what was used longest ago goes first. */
    public static final Limit CACHE_BYTES = FetchCache.CACHE_BYTES;

    static final Limit FILE_BYTES = new Limit(
            "a file from a symbol server",
            8L << 30,
            "bytes",
            "the largest debug files seen, of browsers, have 3 to 5 GB");

    /** Four downloads fill a line; more only divide it. */
    private static final int AT_ONCE_MAX = 4;

    private static final int TRIES_MAX = 3;

    private static final int PAUSE_FACTOR = 4;

    /** What a server asks for by Retry-After beyond that is not waited for. */
    private static final Duration ASKED_PAUSE_MAX = Duration.ofSeconds(10);

    /** A server that could not be had so often is not asked again: each module would wait in vain. */
    private static final int FAILURES_MAX = 2;

    /**
     * What a session is made of.
     *
     * @param cacheFolder shared by all processes of this user
     * @param offline open no connection; what the cache has is used
     * @param agent how requests name this program: "mortem/0.1.0"
     * @param clock tells how old answers are
     * @param pause waits between tries
     * @param proxies through which servers are reached
     * @param trust by whose certificates servers are believed
     * @param listener hears of each file that is asked for, in a sentence
     */
    public record Setup(
            Path cacheFolder,
            boolean offline,
            String agent,
            InstantSource clock,
            FetchTimes times,
            Pause pause,
            ProxySelector proxies,
            ServerTrust trust,
            Limits limits,
            Listener listener) {}

    /** Hears what is asked, from any thread. */
    @FunctionalInterface
    public interface Listener {
        void asking(String sentence);
    }

    private final Setup setup;
    private final CacheStep.Listener steps;
    private final Semaphore places = new Semaphore(AT_ONCE_MAX);
    private final Map<Object, FutureTask<Lookup>> answers = new ConcurrentHashMap<>();
    private final Map<String, Integer> failures = new ConcurrentHashMap<>();
    private final Set<Path> inUse = ConcurrentHashMap.newKeySet();
    private Optional<FetchCache> cache = Optional.empty();
    private Optional<HttpTransport> transport = Optional.empty();

    private FetchSession(Setup setup, CacheStep.Listener steps) {
        this.setup = setup;
        this.steps = steps;
    }

    /** Opens nothing yet: neither the cache nor a connection. */
    public static FetchSession of(Setup setup) {
        return of(setup, CacheStep.Listener.NOBODY);
    }

    static FetchSession of(Setup setup, CacheStep.Listener steps) {
        return new FetchSession(setup, steps);
    }

    /**
     * Opens the cache now, so that its user hears at once that it cannot be used.
     *
     * @throws IOException when it cannot; the message says why
     */
    public void requireCache() throws IOException {
        cache();
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
    public synchronized void close() {
        transport.ifPresent(HttpTransport::close);
        transport = Optional.empty();
    }

    Limits limits() {
        return setup.limits();
    }

    synchronized FetchCache cache() throws IOException {
        if (cache.isEmpty()) {
            cache = Optional.of(
                    FetchCache.open(setup.cacheFolder(), setup.clock(), setup.limits(), steps));
        }
        return cache.get();
    }

    /** The file stays as long as this session is open, as far as it is up to the cache. */
    void uses(Path file) {
        inUse.add(file);
    }

    /** Takes a file out of the cache that is kept elsewhere; another's is left alone. */
    void release(Path file) throws IOException {
        if (inUse.remove(file)) {
            cache().delete(file);
        }
    }

    /** Makes room in the cache for what came. */
    void trim() throws IOException {
        cache().trim(inUse);
    }

    /** Answers each question once, however many threads put it, and few at a time. */
    Lookup once(Object question, Callable<Lookup> search) {
        FutureTask<Lookup> mine = new FutureTask<>(() -> {
            places.acquire();
            try {
                return search.call();
            } finally {
                places.release();
            }
        });
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
            if (failed.getCause() instanceof InterruptedException) {
                Thread.currentThread().interrupt();
                return new Lookup.TimedOut("nobody: interrupted");
            }
            throw new IllegalStateException(failed.getCause());
        }
    }

    /** What the cache has, else what one server answers. */
    Lookup ask(Question question, ServerUrl server) throws InterruptedException {
        try {
            Question.Place place = question.place(server);
            Optional<Path> kept = kept(question, place);
            if (kept.isPresent()) {
                return new Lookup.Found(kept.get(), server + ": in the cache");
            }
            Optional<Lookup> spared = spared(place, server);
            return spared.isPresent() ? spared.get() : fetch(question, place, server);
        } catch (IOException unusable) {
            return cacheFailed(server.toString(), unusable);
        }
    }

    Lookup cacheFailed(String asked, IOException failure) {
        return new Lookup.Denied(asked + ": the cache " + setup.cacheFolder() + " cannot be used: "
                + reason(failure));
    }

    static String reason(IOException failure) {
        return failure instanceof FileSystemException known && known.getReason() != null
                ? known.getReason()
                : String.valueOf(failure.getMessage());
    }

    /** The file from the cache, if it is there and still right. */
    Optional<Path> kept(Question question, Question.Place place) throws IOException {
        Optional<Path> kept = cache().find(place);
        if (kept.isPresent() && question.problem(kept.get()).isPresent()) {
            cache().delete(kept.get());
            return Optional.empty();
        }
        kept.ifPresent(this::uses);
        return kept;
    }

    /** An answer for which nobody needs to be asked. */
    private Optional<Lookup> spared(Question.Place place, ServerUrl server) throws IOException {
        if (setup.offline()) {
            return Optional.of(
                    new Lookup.Denied(server + ": not in the cache, and --offline asks nobody"));
        }
        if (cache().isAbsent(place, server)) {
            return Optional.of(new Lookup.NotFound(server + ": 404 within the last hour"));
        }
        if (failures.getOrDefault(server.toString(), 0) >= FAILURES_MAX) {
            return Optional.of(new Lookup.TimedOut(server + ": not asked again after "
                    + FAILURES_MAX + " questions without an answer"));
        }
        return Optional.empty();
    }

    private Lookup fetch(Question question, Question.Place place, ServerUrl server)
            throws IOException, InterruptedException {
        setup.listener().asking("asking " + server + " for " + question.words());
        Path part = cache().begin(place);
        try {
            long deadlineNanos = System.nanoTime() + setup.times().whole().toNanos();
            Answer answer = question.fetch(
                    server,
                    part,
                    (from, target, bytesMax) -> download(from, target, bytesMax, deadlineNanos));
            return switch (answer) {
                case Answer.Whole _ -> {
                    Optional<String> problem = question.problem(part);
                    yield problem.isPresent()
                            ? new Lookup.Malformed(server + ": " + problem.get())
                            : new Lookup.Found(keep(part, place), server + ": 200");
                }
                case Answer.Status status -> status(place, server, status.code());
                case Answer.Refused refused ->
                    new Lookup.Unsupported(server + ": " + refused.why());
                case Answer.Broken broken -> new Lookup.Malformed(server + ": " + broken.why());
                case Answer.Interrupted late -> {
                    failures.merge(server.toString(), 1, Integer::sum);
                    yield new Lookup.TimedOut(server + ": " + late.why());
                }
            };
        } finally {
            cache().delete(part);
        }
    }

    /** Gives a file that was found right its name in the cache. */
    Path keep(Path part, Question.Place place) throws IOException {
        steps.done(CacheStep.PROVED);
        Path file = cache().store(part, place);
        uses(file);
        trim();
        return file;
    }

    private Lookup status(Question.Place place, ServerUrl server, int code) throws IOException {
        String answer = server + ": " + code;
        return switch (code) {
            case 404 -> {
                cache().rememberAbsent(place, server);
                yield new Lookup.NotFound(answer);
            }
            case 401, 403 -> new Lookup.Denied(answer);
            case 407 -> new Lookup.Denied(answer + ", the proxy wants to know who asks");
            default -> {
                if (code >= 500 || code == 429) {
                    yield new Lookup.TimedOut(answer);
                }
                yield new Lookup.Unsupported(answer);
            }
        };
    }

    /** Tries again what may pass: an error of the server's, a connection that broke. */
    private Answer download(URI uri, Path part, long bytesMax, long deadlineNanos)
            throws IOException, InterruptedException {
        Duration pause = setup.times().pause();
        Answer answer = transport().get(uri, part, bytesMax, deadlineNanos);
        for (int tried = 1; tried < TRIES_MAX && mayPass(answer); tried++) {
            setup.pause().of(longer(pause, answer));
            pause = pause.multipliedBy(PAUSE_FACTOR);
            answer = transport().get(uri, part, bytesMax, deadlineNanos);
        }
        return answer;
    }

    /** As long as the server asks for, within reason. */
    private static Duration longer(Duration pause, Answer answer) {
        Duration asked = answer instanceof Answer.Status status
                ? status.retryAfter().orElse(Duration.ZERO)
                : Duration.ZERO;
        Duration bounded = asked.compareTo(ASKED_PAUSE_MAX) > 0 ? ASKED_PAUSE_MAX : asked;
        return bounded.compareTo(pause) > 0 ? bounded : pause;
    }

    private static boolean mayPass(Answer answer) {
        return switch (answer) {
            case Answer.Status status -> status.code() >= 500 || status.code() == 429;
            case Answer.Interrupted cut -> cut.worthAnother();
            case Answer.Whole _, Answer.Refused _, Answer.Broken _ -> false;
        };
    }

    private synchronized HttpTransport transport() {
        if (transport.isEmpty()) {
            transport = Optional.of(new HttpTransport(
                    setup.times(), setup.limits(), setup.agent(), setup.proxies(), setup.trust()));
        }
        return transport.get();
    }

    /** Of several answers without a file the one that says most, with the words of all. */
    static Lookup worst(List<Lookup> answered) {
        String words = answered.stream()
                .map(Lookup::answer)
                .filter(answer -> !answer.isEmpty())
                .distinct()
                .collect(Collectors.joining("; "));
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
}
