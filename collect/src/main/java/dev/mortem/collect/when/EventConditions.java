package dev.mortem.collect.when;

import dev.mortem.collect.trigger.CommandTrigger;
import dev.mortem.collect.trigger.LineSource;
import dev.mortem.collect.trigger.LineTrigger;
import dev.mortem.collect.trigger.ModuleTrigger;
import dev.mortem.collect.trigger.NameGlob;
import dev.mortem.collect.trigger.SignalNumbers;
import dev.mortem.collect.trigger.SignalTrigger;
import dev.mortem.collect.trigger.ThreadTrigger;
import dev.mortem.collect.trigger.TimeTrigger;
import dev.mortem.collect.trigger.Trigger;
import dev.mortem.collect.trigger.UrlTrigger;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalTime;
import java.util.regex.PatternSyntaxException;

/** Conditions on what happens: lines, answers, signals, times. */
final class EventConditions {
    private static final String A_TIME = "a time such as 500ms, 2s or 5m";
    private static final Duration EVERY_MIN = Duration.ofMillis(100);

    private final WhenScanner scanner;

    EventConditions(WhenScanner scanner) {
        this.scanner = scanner;
    }

    Trigger next(String word, int position, String allowed) throws WhenException {
        return switch (word) {
            case "signal" -> signal();
            case "module" -> module();
            case "thread" -> thread();
            case "line" -> line();
            case "url" -> url();
            case "command" -> command();
            case "at" -> at();
            default -> throw scanner.failureAt(position, allowed);
        };
    }

    private Trigger signal() throws WhenException {
        boolean first = scanner.tryTake("first");
        int position = scanner.position();
        String name = scanner.takeWord();
        if (name.equals("any")) {
            return new SignalTrigger(SignalTrigger.ANY, first);
        }
        String full = name.startsWith("SIG") ? name : "SIG" + name;
        if (full.equals("SIGKILL")) {
            throw scanner.failureAt(position, "end: no process sees SIGKILL coming");
        }
        if (SignalNumbers.number(full).isEmpty()) {
            throw scanner.failureAt(position, "a signal such as SIGSEGV or SIGABRT, or any");
        }
        return new SignalTrigger(full, first);
    }

    private Trigger module() throws WhenException {
        boolean loaded = scanner.tryTake("load");
        if (!loaded) {
            scanner.take("unload", "load or unload");
        }
        boolean isNamed = !scanner.isAtEnd() && scanner.tryTake("named");
        String name = isNamed ? scanner.takeToken("a name such as \"libssl*\"") : "*";
        return new ModuleTrigger(loaded, new NameGlob(name));
    }

    private Trigger thread() throws WhenException {
        boolean started = scanner.tryTake("start");
        if (!started) {
            scanner.take("end", "start or end");
        }
        return new ThreadTrigger(started);
    }

    private Trigger line() throws WhenException {
        int position = scanner.position();
        String regex = scanner.takeQuoted("a regular expression in quotation marks");
        scanner.take("in", "in and a file, journal or stderr");
        int place = scanner.position();
        String source = scanner.takeToken("a file, journal or stderr");
        try {
            return new LineTrigger(
                    regex,
                    switch (source) {
                        case "journal" -> new LineSource.OfJournal();
                        case "stderr" -> new LineSource.OfStandardError();
                        default -> new LineSource.OfFile(Path.of(source));
                    });
        } catch (PatternSyntaxException wrong) {
            throw scanner.failureAt(
                    position, "a regular expression (" + wrong.getDescription() + ")");
        } catch (InvalidPathException wrong) {
            throw scanner.failureAt(place, "the path of a file");
        }
    }

    private Trigger url() throws WhenException {
        int position = scanner.position();
        String url = scanner.takeToken("http://… or https://…");
        if (!isWeb(url)) {
            throw scanner.failureAt(position, "http://… or https://…");
        }
        if (scanner.tryTake("fails")) {
            return url(url, UrlTrigger.Probe.TIMEOUT, new UrlTrigger.Check.Fails());
        }
        if (scanner.tryTake("status")) {
            return url(url, UrlTrigger.Probe.TIMEOUT, status());
        }
        scanner.take(">", "> and a time, status and a number, or fails");
        Duration time = scanner.takeDuration(A_TIME);
        return url(url, time, new UrlTrigger.Check.SlowerThan(time));
    }

    private Trigger url(String url, Duration timeout, UrlTrigger.Check check) throws WhenException {
        Duration every = every(UrlTrigger.Probe.EVERY);
        return new UrlTrigger(new UrlTrigger.Probe(url, every, timeout), check);
    }

    private static boolean isWeb(String url) {
        try {
            URI uri = new URI(url);
            return uri.getHost() != null
                    && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
        } catch (URISyntaxException wrong) {
            return false;
        }
    }

    /** 503, 5xx, 500-599. */
    private UrlTrigger.Check status() throws WhenException {
        int position = scanner.position();
        String text = scanner.takeWord();
        String[] ends = text.replace("xx", "00-" + text.replace("xx", "99")).split("-", -1);
        if (text.matches("[1-5]xx|[1-5]\\d\\d|[1-5]\\d\\d-[1-5]\\d\\d")) {
            return new UrlTrigger.Check.StatusWithin(
                    Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]));
        }
        throw scanner.failureAt(position, "a status such as 503, 5xx or 500-599");
    }

    private Trigger command() throws WhenException {
        String command = scanner.takeQuoted("a command in quotation marks");
        scanner.take("status", "status and a number");
        boolean isNot = scanner.tryTake("!=");
        if (!isNot) {
            scanner.tryTake("=");
        }
        int position = scanner.position();
        long status = scanner.takeCount("a status from 0 to 255");
        if (status > 255) {
            throw scanner.failureAt(position, "a status from 0 to 255");
        }
        Duration every = every(CommandTrigger.Probe.EVERY);
        return new CommandTrigger(
                new CommandTrigger.Probe(command, every, CommandTrigger.Probe.TIMEOUT),
                isNot
                        ? new CommandTrigger.Check.IsNot((int) status)
                        : new CommandTrigger.Check.Is((int) status));
    }

    private Duration every(Duration usual) throws WhenException {
        if (!scanner.tryTake("every")) {
            return usual;
        }
        int position = scanner.position();
        Duration every = scanner.takeDuration(A_TIME);
        if (every.compareTo(EVERY_MIN) < 0) {
            throw scanner.failureAt(position, "100ms or more");
        }
        return every;
    }

    private Trigger at() throws WhenException {
        int position = scanner.position();
        String time = scanner.takeToken("a time of day such as 03:00");
        try {
            return new TimeTrigger(LocalTime.parse(time));
        } catch (DateTimeException wrong) {
            throw scanner.failureAt(position, "a time of day such as 03:00 or 15:30:10");
        }
    }
}
