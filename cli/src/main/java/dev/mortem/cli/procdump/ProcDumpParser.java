package dev.mortem.cli.procdump;

import dev.mortem.cli.procdump.ProcDumpRequest.Care;
import dev.mortem.cli.procdump.ProcDumpRequest.Conditions;
import dev.mortem.cli.procdump.ProcDumpRequest.CounterThreshold;
import dev.mortem.cli.procdump.ProcDumpRequest.DumpType;
import dev.mortem.cli.procdump.ProcDumpRequest.ExceptionWatch;
import dev.mortem.cli.procdump.ProcDumpRequest.Launched;
import dev.mortem.cli.procdump.ProcDumpRequest.Rhythm;
import dev.mortem.cli.procdump.ProcDumpRequest.Running;
import dev.mortem.cli.procdump.ProcDumpRequest.Subject;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Reads a command line in ProcDump's own grammar: options and names in any order, options by any case, with
 * {@code -}, {@code /} or a pasted dash. Where ProcDump for Linux means something else by the same letters,
 * ProcDump for Windows is followed.
 *
 * <p>{@code /t} is the option; a file of that name is written {@code /t/} or {@code //t}.
 */
public final class ProcDumpParser {
    /** Nobody reads more dumps of one process. */
    private static final long COUNT_MAX = 1000;

    private static final long WEEK_SECONDS = 7 * 24 * 3600;

    /** 1024 cores. */
    private static final long CORES_PERCENT_MAX = 102_400;

    /** 16 TiB. */
    private static final long MEMORY_MIB_MAX = 16L << 20;

    private static final long THINGS_MAX = 100_000_000;

    private static final long HOUR_MS = 3_600_000;

    private final Arguments arguments;
    private final Map<ProcDumpOption, Long> given = new EnumMap<>(ProcDumpOption.class);
    private final List<String> names = new ArrayList<>();
    private final List<String> includes = new ArrayList<>();
    private final List<String> excludes = new ArrayList<>();
    private final List<CounterThreshold> counters = new ArrayList<>();
    private final List<String> signals = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private boolean displayOnly;
    private long digit;
    private OptionalLong mask = OptionalLong.empty();
    private Optional<String> comment = Optional.empty();
    private Optional<Launched> launched = Optional.empty();

    private ProcDumpParser(List<String> arguments) {
        this.arguments = new Arguments(arguments);
    }

    /** @throws ProcDumpUsageException for what cannot be followed, or has no counterpart here */
    public static ProcDumpRequest parse(List<String> arguments) throws ProcDumpUsageException {
        Foreign.refuseIn(arguments);
        boolean asksHelp = arguments.stream()
                .anyMatch(each -> ProcDumpOption.of(each)
                        .filter(ProcDumpOption.HELP::equals)
                        .isPresent());
        return asksHelp ? new ProcDumpRequest.Help() : new ProcDumpParser(arguments).parse();
    }

    private ProcDumpRequest parse() throws ProcDumpUsageException {
        while (!arguments.isAtEnd()) {
            String argument = arguments.take();
            Optional<ProcDumpOption> option = ProcDumpOption.of(argument);
            if (option.isPresent()) {
                take(option.get());
            } else if (argument.length() > 1 && ProcDumpOption.isDash(argument.charAt(0))) {
                throw new ProcDumpUsageException(
                        argument + " is no option of ProcDump; -? lists them");
            } else {
                names.add(argument);
            }
        }
        if (given.containsKey(ProcDumpOption.CANCEL)) {
            return cancel();
        }
        refuseUninstall();
        refuseContradictions();
        return collect();
    }

    private void take(ProcDumpOption option) throws ProcDumpUsageException {
        if (option.isRefused()) {
            throw new ProcDumpUsageException(
                    option.text() + " has no counterpart here: " + option.words());
        }
        boolean repeats = switch (option) {
            case F, FX, P, PL, SIG -> true;
            default -> false;
        };
        if (given.containsKey(option) && !repeats) {
            throw new ProcDumpUsageException(option.text() + " is given twice");
        }
        if (option.role() == ProcDumpOption.Role.NOTED) {
            notes.add(option.text() + ": " + option.words());
        }
        given.put(option, value(option));
    }

    /** The option's number; 0 for one that has none. */
    private long value(ProcDumpOption option) throws ProcDumpUsageException {
        return switch (option) {
            case N -> arguments.number(option, "a number of dumps", 1, COUNT_MAX);
            case S, AT -> arguments.number(option, "seconds", 1, WEEK_SECONDS);
            case C, CL -> arguments.number(option, "a percentage", 1, CORES_PERCENT_MAX);
            case M, ML -> arguments.number(option, "a number of MB", 1, MEMORY_MIB_MAX);
            case TC, FC -> arguments.number(option, "a number", 1, THINGS_MAX);
            case PF -> arguments.number(option, "milliseconds", 100, HOUR_MS);
            case CANCEL -> arguments.number(option, "a pid", 1, Integer.MAX_VALUE);
            case E -> takeIf("1") ? 1 : 0;
            case R -> takeIf("[1-5]") ? digit : 1;
            case MC -> takeMask();
            case P -> takeCounter(option, false);
            case PL -> takeCounter(option, true);
            case SIG -> takeSignals();
            case F -> takeWords(option, includes);
            case FX -> takeWords(option, excludes);
            case DC -> takeComment();
            case X -> takeProgram();
            default -> 0;
        };
    }

    /** Takes the next argument where it is such a digit. */
    private boolean takeIf(String digits) {
        if (arguments.peek().filter(next -> next.matches(digits)).isEmpty()) {
            return false;
        }
        digit = Long.parseLong(arguments.take());
        return true;
    }

    private long takeMask() throws ProcDumpUsageException {
        String text = arguments.value(ProcDumpOption.MC, "a mask in hex");
        long value = DumpMask.parse(text);
        mask = OptionalLong.of(value);
        return value;
    }

    private long takeCounter(ProcDumpOption option, boolean below) throws ProcDumpUsageException {
        String path = arguments.value(option, "a counter and a threshold");
        Optional<ProcessCounter> counter = ProcessCounter.of(path);
        if (counter.isEmpty()) {
            throw new ProcDumpUsageException(
                    "%s: \"%s\" has no counterpart here; \\Process(NAME)\\ with"
                                    .formatted(option.text(), path)
                            + " one of these has: " + ProcessCounter.labels());
        }
        String threshold = arguments.value(option, "a threshold behind the counter");
        if (!threshold.matches("\\d{1,15}(\\.\\d{1,6})?")) {
            throw new ProcDumpUsageException("%s takes a number as threshold, not \"%s\""
                    .formatted(option.text(), threshold));
        }
        counters.add(
                new CounterThreshold(path, counter.get(), below, Double.parseDouble(threshold)));
        return 0;
    }

    private long takeSignals() throws ProcDumpUsageException {
        String text = arguments.value(ProcDumpOption.SIG, "numbers or names of signals");
        for (String each : text.split(",", -1)) {
            String name = ExceptionCode.signal(each.strip())
                    .orElseThrow(() -> new ProcDumpUsageException(
                            "-sig takes numbers from 1 to 31 or names such as SIGSEGV, not \""
                                    + each + "\""));
            if (name.equals("SIGKILL") || name.equals("SIGSTOP")) {
                throw new ProcDumpUsageException(name
                        + " reaches no process, so that nobody can wait for it; -t dumps at the"
                        + " end, whatever brings it about");
            }
            signals.add(name);
        }
        return 0;
    }

    private long takeWords(ProcDumpOption option, List<String> words)
            throws ProcDumpUsageException {
        String text = arguments.value(option, "words separated by commas");
        if (text.isBlank()) {
            if (option == ProcDumpOption.FX) {
                throw new ProcDumpUsageException("-fx \"\" leaves nothing out; leave it out");
            }
            displayOnly = true;
        }
        for (String word : text.split(",", -1)) {
            if (!word.isBlank()) {
                words.add(word.strip());
            }
        }
        return 0;
    }

    private long takeComment() throws ProcDumpUsageException {
        comment = Optional.of(arguments.value(ProcDumpOption.DC, "a text"));
        return 0;
    }

    private long takeProgram() throws ProcDumpUsageException {
        String folder = arguments.value(ProcDumpOption.X, "a folder for the dumps and a program");
        if (arguments.isAtEnd()) {
            throw new ProcDumpUsageException(
                    "-x needs a folder for the dumps and then a program; after it came \"" + folder
                            + "\" only");
        }
        String program = arguments.take();
        launched = Optional.of(new Launched(program, arguments.takeRest()));
        names.addFirst(program);
        names.add(folder);
        return 0;
    }

    private ProcDumpRequest cancel() throws ProcDumpUsageException {
        if (given.size() > 1 || !names.isEmpty()) {
            throw new ProcDumpUsageException("-cancel PID stands alone");
        }
        return new ProcDumpRequest.Cancel(number(ProcDumpOption.CANCEL).orElse(0));
    }

    private void refuseUninstall() throws ProcDumpUsageException {
        if (has(ProcDumpOption.U)
                && names.isEmpty()
                && !hasAny(ProcDumpOption.C, ProcDumpOption.CL)) {
            throw new ProcDumpUsageException(
                    "-u has nothing to uninstall: dumps of crashes that nobody waits for (-i) are not"
                            + " built yet");
        }
    }

    private void refuseContradictions() throws ProcDumpUsageException {
        refuse(names.isEmpty(), "a process is missing: a pid or a name; -? shows how");
        refuse(
                names.size() > 2,
                "one process and one file or folder are taken, and there are "
                        + String.join(", ", names)
                        + "; put quotation marks around names with spaces");
        refuse(
                has(ProcDumpOption.U) && !hasAny(ProcDumpOption.C, ProcDumpOption.CL),
                "-u says what -c or -cl counts in, and neither is given");
        refuse(
                !has(ProcDumpOption.U) && percent() > 100,
                "-c and -cl are percent of all cores, 100 at most; with -u they are of one core");
        refuse(
                has(ProcDumpOption.X) && has(ProcDumpOption.W),
                "-x starts the program, and -w waits for somebody else to: choose one");
        refuse(
                hasAny(ProcDumpOption.B, ProcDumpOption.G) && !has(ProcDumpOption.E),
                "-b and -g say how exceptions are seen; they need -e");
        refuse(
                hasAny(ProcDumpOption.F, ProcDumpOption.FX)
                        && !hasAny(
                                ProcDumpOption.E,
                                ProcDumpOption.L,
                                ProcDumpOption.LD,
                                ProcDumpOption.UD),
                "-f and -fx choose among exceptions (-e), lines (-l) or modules (-ld, -ud), and none of"
                        + " these is asked for");
        refuse(
                displayOnly && !includes.isEmpty(),
                "-f \"\" dumps nothing, and -f " + String.join(",", includes)
                        + " dumps: choose one");
        refuse(has(ProcDumpOption.A) && !has(ProcDumpOption.R), "-a needs -r");
        refuse(
                has(ProcDumpOption.MK) && has(ProcDumpOption.R),
                "-mk cannot be had of a copy: leave out -mk or -r");
        refuseTarget();
    }

    private void refuseTarget() throws ProcDumpUsageException {
        String target = names.getFirst();
        refuse(target.isBlank(), "the name of the process is empty");
        refuse(target.equals("0"), "0 is no pid of a process");
        refuse(
                has(ProcDumpOption.W) && target.matches("\\d+"),
                "-w waits for a process by its name; " + target + " is a pid");
    }

    private static void refuse(boolean contradicts, String words) throws ProcDumpUsageException {
        if (contradicts) {
            throw new ProcDumpUsageException(words);
        }
    }

    private long percent() {
        return Math.max(
                number(ProcDumpOption.C).orElse(0), number(ProcDumpOption.CL).orElse(0));
    }

    private ProcDumpRequest collect() {
        Conditions conditions = conditions();
        if (has(ProcDumpOption.S) && !conditions.isEmpty() && !conditions.hasThreshold()) {
            notes.add("-s: how long a threshold must hold; what is waited for here has none");
        }
        if (displayOnly || !has(ProcDumpOption.E)) {
            // shown, or no exceptions
        } else if (!conditions.filter().strangers().isEmpty()) {
            notes.add(
                    "-f %s: fits no signal. Names of managed exceptions match once Mortem reads these"
                            .formatted(String.join(",", conditions.filter().strangers())));
        }
        Subject subject = launched.isPresent()
                ? launched.get()
                : new Running(names.getFirst(), has(ProcDumpOption.W));
        return new ProcDumpRequest.Collect(
                subject,
                names.size() > 1 ? Optional.of(names.get(1)) : Optional.empty(),
                types(),
                conditions,
                new Rhythm(
                        (int) number(ProcDumpOption.N).orElse(1),
                        Duration.ofSeconds(number(ProcDumpOption.S).orElse(10)),
                        Duration.ofMillis(number(ProcDumpOption.PF).orElse(1000))),
                care(),
                notes);
    }

    private Conditions conditions() {
        ExceptionWatch exceptions = !has(ProcDumpOption.E)
                ? ExceptionWatch.NONE
                : number(ProcDumpOption.E).orElse(0) == 1
                        ? ExceptionWatch.FIRST_CHANCE
                        : ExceptionWatch.UNHANDLED;
        return new Conditions(
                decimal(ProcDumpOption.C),
                decimal(ProcDumpOption.CL),
                has(ProcDumpOption.U),
                number(ProcDumpOption.M),
                number(ProcDumpOption.ML),
                number(ProcDumpOption.TC),
                number(ProcDumpOption.FC),
                counters,
                signals,
                exceptions,
                has(ProcDumpOption.B),
                has(ProcDumpOption.L),
                has(ProcDumpOption.T),
                has(ProcDumpOption.LD),
                has(ProcDumpOption.UD),
                has(ProcDumpOption.CT),
                has(ProcDumpOption.ET),
                new ExceptionFilter(includes, excludes, displayOnly));
    }

    private Care care() {
        return new Care(
                has(ProcDumpOption.R)
                        ? OptionalInt.of((int) number(ProcDumpOption.R).orElse(1))
                        : OptionalInt.empty(),
                has(ProcDumpOption.A),
                has(ProcDumpOption.AT)
                        ? Optional.of(
                                Duration.ofSeconds(number(ProcDumpOption.AT).orElse(0)))
                        : Optional.empty(),
                has(ProcDumpOption.O),
                has(ProcDumpOption.K),
                comment);
    }

    /** The smallest first, so that there is one soon; a mini where none is named. */
    private List<DumpType> types() {
        List<DumpType> types = new ArrayList<>();
        for (ProcDumpOption option : List.of(
                ProcDumpOption.MT,
                ProcDumpOption.MM,
                ProcDumpOption.MC,
                ProcDumpOption.MP,
                ProcDumpOption.MA)) {
            if (has(option)) {
                types.add(new DumpType(
                        option.text(),
                        DumpMask.kind(option, mask),
                        option == ProcDumpOption.MC ? mask : OptionalLong.empty()));
            }
        }
        return types.isEmpty()
                ? List.of(new DumpType(
                        ProcDumpOption.MM.text(),
                        DumpMask.kind(ProcDumpOption.MM, mask),
                        OptionalLong.empty()))
                : types;
    }

    private boolean has(ProcDumpOption option) {
        return given.containsKey(option);
    }

    private boolean hasAny(ProcDumpOption... options) {
        return List.of(options).stream().anyMatch(given::containsKey);
    }

    private OptionalLong number(ProcDumpOption option) {
        return given.containsKey(option)
                ? OptionalLong.of(given.getOrDefault(option, 0L))
                : OptionalLong.empty();
    }

    private OptionalDouble decimal(ProcDumpOption option) {
        OptionalLong number = number(option);
        return number.isPresent()
                ? OptionalDouble.of((double) number.getAsLong())
                : OptionalDouble.empty();
    }
}
