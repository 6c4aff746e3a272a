package dev.mortem.os.linux.limit;

import dev.mortem.os.linux.limit.Watchdogs.TimeLimit;
import dev.mortem.os.linux.proc.Numbers;
import dev.mortem.os.linux.proc.ProcFolder;
import dev.mortem.os.linux.proc.StatusFile;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * Time limits that servers set for their own workers, as far as command line and environment tell.
 * Those that stand in configuration files alone (puma, unicorn, php-fpm) are not seen.
 */
final class ServerLimits {
    /** gunicorn's settings, "timeout": workers silent for longer are killed and started anew. */
    private static final long GUNICORN_DEFAULT_SECONDS = 30;

    /** uvicorn's settings; the parent kills a worker that does not answer its pings for so long. */
    private static final long UVICORN_DEFAULT_SECONDS = 5;

    /** heart(3erl): without a heartbeat for so long, the program "heart" ends the Erlang system. */
    private static final long HEART_DEFAULT_SECONDS = 60;

    /** A hundred years of 366 days: more is a typing error, and no Duration must overflow. */
    private static final long SECONDS_MAX = 100L * 366 * 86_400;

    private final ProcFolder proc;

    ServerLimits(ProcFolder proc) {
        this.proc = proc;
    }

    List<TimeLimit> of(long pid, List<String> environment) {
        List<String> words = ProcFolder.strings(proc.of(pid).resolve("cmdline"));
        return Stream.of(
                        gunicorn(words, environment),
                        uwsgi(words, environment),
                        celery(words),
                        heart(words, environment),
                        uvicorn(pid, words))
                .flatMap(Optional::stream)
                .toList();
    }

    /** The command line comes before GUNICORN_CMD_ARGS, and both before a configuration file. */
    private static Optional<TimeLimit> gunicorn(List<String> words, List<String> environment) {
        if (!runs(words, "gunicorn")) {
            return Optional.empty();
        }
        List<String> more = List.of(
                value(environment, "GUNICORN_CMD_ARGS").orElse("").strip().split("\\s+", -1));
        OptionalLong given = option(words, "--timeout", "-t");
        OptionalLong inEnvironment = option(more, "--timeout", "-t");
        if (given.isPresent()) {
            return limit(given.getAsLong(), "gunicorn's --timeout");
        }
        return inEnvironment.isPresent()
                ? limit(inEnvironment.getAsLong(), "gunicorn's --timeout in GUNICORN_CMD_ARGS")
                : limit(
                        GUNICORN_DEFAULT_SECONDS,
                        "gunicorn's timeout, where its configuration file sets no other,");
    }

    /** Of one request, but a worker that stands in the middle of one is killed like any other. */
    private static Optional<TimeLimit> uwsgi(List<String> words, List<String> environment) {
        if (!runs(words, "uwsgi")) {
            return Optional.empty();
        }
        OptionalLong given = option(words, "--harakiri", "-t");
        return given.isPresent()
                ? limit(given.getAsLong(), "uwsgi's --harakiri")
                : limit(
                        value(environment, "UWSGI_HARAKIRI")
                                .map(ServerLimits::seconds)
                                .orElse(OptionalLong.empty())
                                .orElse(0),
                        "uwsgi's UWSGI_HARAKIRI");
    }

    /** Of one task. */
    private static Optional<TimeLimit> celery(List<String> words) {
        return runs(words, "celery") && words.contains("worker")
                ? limit(
                        option(words, "--time-limit", "--time-limit").orElse(0),
                        "celery's --time-limit")
                : Optional.empty();
    }

    private static Optional<TimeLimit> heart(List<String> words, List<String> environment) {
        return words.contains("-heart") && words.getFirst().contains("beam")
                ? limit(
                        value(environment, "HEART_BEAT_TIMEOUT")
                                .map(ServerLimits::seconds)
                                .orElse(OptionalLong.empty())
                                .orElse(HEART_DEFAULT_SECONDS),
                        "Erlang's HEART_BEAT_TIMEOUT")
                : Optional.empty();
    }

    /** Its workers are started as "python … --multiprocessing-fork": the parent knows the options. */
    private Optional<TimeLimit> uvicorn(long pid, List<String> words) {
        if (!words.contains("--multiprocessing-fork")) {
            return Optional.empty();
        }
        Optional<Path> parent = proc.status(pid)
                .map((StatusFile status) -> status.number("PPid"))
                .flatMap(ppid -> ppid.stream().boxed().findFirst())
                .map(proc::of);
        List<String> parentWords = parent.map(
                        folder -> ProcFolder.strings(folder.resolve("cmdline")))
                .orElse(List.of());
        String name = "--timeout-worker-healthcheck";
        return runs(parentWords, "uvicorn")
                ? limit(
                        option(parentWords, name, name).orElse(UVICORN_DEFAULT_SECONDS),
                        "uvicorn's " + name)
                : Optional.empty();
    }

    /** Nought is none, for all of these. */
    private static Optional<TimeLimit> limit(long seconds, String whose) {
        if (seconds <= 0 || seconds > SECONDS_MAX) {
            return Optional.empty();
        }
        Duration limit = Duration.ofSeconds(seconds);
        return Optional.of(new TimeLimit(limit, whose + " is " + Wording.time(limit)));
    }

    /**
     * Whether a program runs, by itself, as a script of Python's or as its module; with setproctitle it
     * calls itself "gunicorn: worker [shop]", and its options are gone.
     */
    private static boolean runs(List<String> words, String program) {
        if (words.isEmpty()) {
            return false;
        }
        String first = baseName(words.getFirst());
        if (first.equals(program) || words.getFirst().startsWith(program + ":")) {
            return true;
        }
        if (!first.startsWith("python") && !first.startsWith("pypy")) {
            return false;
        }
        for (int index = 1; index < words.size(); index++) {
            String word = words.get(index);
            if (word.equals("-m")) {
                String module = index + 1 < words.size() ? words.get(index + 1) : "";
                return module.equals(program) || module.startsWith(program + ".");
            }
            if (word.equals("-X") || word.equals("-W")) {
                index++; // the two of Python's options whose value is a word of its own
            } else if (!word.startsWith("-")) {
                return baseName(word).equals(program);
            }
        }
        return false;
    }

    private static String baseName(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** The last "--name N", "--name=N", "-n N" or "-nN" counts. */
    private static OptionalLong option(List<String> words, String name, String shortName) {
        OptionalLong found = OptionalLong.empty();
        for (int index = 0; index < words.size(); index++) {
            String word = words.get(index);
            OptionalLong value = OptionalLong.empty();
            if (word.equals(name) || word.equals(shortName)) {
                value = index + 1 < words.size()
                        ? seconds(words.get(index + 1))
                        : OptionalLong.empty();
            } else if (word.startsWith(name + "=")) {
                value = seconds(word.substring(name.length() + 1));
            } else if (word.startsWith(shortName)) {
                value = seconds(word.substring(shortName.length()));
            }
            found = value.isPresent() ? value : found;
        }
        return found;
    }

    /** Whole seconds; part of one, which celery takes, is left away. Quotes are a shell's. */
    private static OptionalLong seconds(String text) {
        String plain = text.replaceAll("[\"']", "").replaceFirst("\\.\\d*$", "");
        OptionalLong parsed = Numbers.parseUnsigned(plain);
        return parsed.orElse(-1) < 0 ? OptionalLong.empty() : parsed;
    }

    /** A variable of an environment. */
    static Optional<String> value(List<String> environment, String name) {
        return environment.stream()
                .filter(entry -> entry.startsWith(name + "="))
                .map(entry -> entry.substring(name.length() + 1))
                .findFirst();
    }
}
