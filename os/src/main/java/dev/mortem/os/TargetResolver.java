package dev.mortem.os;

import dev.mortem.os.TargetException.Kind;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Finds the processes that a {@link Target} means. Never answers our own process, nor the launchers
 * above it whose name is ours: "mortem dump command:*shop*" has "shop" in its own command line. Safe for
 * any thread.
 */
public final class TargetResolver {
    /** Long enough for the kernel's 10 ms accounting to tell a busy process from an idle one. */
    private static final Duration CPU_WINDOW = Duration.ofMillis(200);

    /** No process tree is deeper; the bound keeps a table that changes while it is read from looping. */
    private static final int ANCESTORS_MAX = 64;

    private static final Set<String> OUR_NAMES = Set.of("mortem", "procdump");

    private final ProcessList processes;
    private final long ownPid;

    public TargetResolver(ProcessList processes, long ownPid) {
        this.processes = processes;
        this.ownPid = ownPid;
    }

    /** The resolver of the system that we run on. */
    public static TargetResolver ofThisMachine() {
        return new TargetResolver(
                ProcessList.ofThisMachine(), ProcessHandle.current().pid());
    }

    /**
     * The one process that is meant.
     *
     * @throws TargetException NOT_FOUND, AMBIGUOUS with the candidates and their CPU use, or UNSUPPORTED
     *     for a kind of target that this system has not
     */
    public ProcessEntry resolve(Target target) throws TargetException {
        List<ProcessEntry> matches = matches(target);
        return switch (matches.size()) {
            case 0 -> throw notFound(target);
            case 1 -> matches.getFirst();
            default -> throw ambiguous(target, matches);
        };
    }

    /**
     * Every process that is meant, by ascending pid; perhaps none.
     *
     * @throws TargetException UNSUPPORTED for a kind of target that this system has not, or for ourselves
     */
    public List<ProcessEntry> matches(Target target) throws TargetException {
        if (target instanceof Target.Pool pool) {
            throw new TargetException(
                    Kind.UNSUPPORTED,
                    "pool:" + pool.pool()
                            + ": application pools belong to IIS on Windows; here, name"
                            + " unit:, container:, port:, command: or a pid");
        }
        if (target instanceof Target.Pid pid) {
            if (pid.pid() == ownPid) {
                throw new TargetException(
                        Kind.UNSUPPORTED, "process " + ownPid + " is Mortem itself");
            }
            return processes.entry(pid.pid()).stream().toList();
        }
        Set<Long> ours = ourselves();
        return processes.find(
                entry -> !ours.contains(entry.pid()) && fits(target, entry),
                target instanceof Target.Port);
    }

    /**
     * That process, if it is meant: for one that has just begun, without a look at all others.
     *
     * @param pid of a process that began after ours
     */
    public Optional<ProcessEntry> match(Target target, long pid) {
        return pid == ownPid
                ? Optional.empty()
                : processes.entry(pid).filter(entry -> fits(target, entry));
    }

    private static boolean fits(Target target, ProcessEntry entry) {
        return switch (target) {
            case Target.Pid pid -> entry.pid() == pid.pid();
            case Target.Name name -> isNamed(name.name(), entry);
            case Target.Unit unit -> isInUnit(unit.unit(), entry);
            case Target.Service service -> isInUnit(service.service(), entry);
            case Target.Pool pool -> false;
            case Target.Container container -> isInContainer(container.id(), entry);
            case Target.Port port -> entry.ports().contains(port.port());
            case Target.Command command ->
                glob(command.glob())
                        .matcher(String.join(" ", entry.commandLine()))
                        .matches();
        };
    }

    /** The executable's file name or the name the program gave itself; a full path fits as well. */
    private static boolean isNamed(String name, ProcessEntry entry) {
        Optional<Path> executable = entry.executable();
        return entry.name().equals(name)
                || executable
                        .map(path -> fileName(path.toString()).equals(name))
                        .orElse(false)
                || executable.map(path -> path.toString().equals(name)).orElse(false);
    }

    private static boolean isInUnit(String wanted, ProcessEntry entry) {
        String full = wanted.indexOf('.') >= 0 ? wanted : wanted + ".service";
        return entry.unit()
                .map(unit -> unit.equals(full) || unit.equals(wanted))
                .orElse(false);
    }

    private static boolean isInContainer(String wanted, ProcessEntry entry) {
        String id = wanted.toLowerCase(Locale.ROOT);
        return entry.container()
                .map(known -> known.startsWith(id) || id.startsWith(known))
                .orElse(false);
    }

    private static Pattern glob(String glob) {
        StringBuilder pattern = new StringBuilder();
        for (String part : glob.split("(?<=[*?])|(?=[*?])", -1)) {
            switch (part) {
                case "*" -> pattern.append(".*");
                case "?" -> pattern.append('.');
                default -> pattern.append(Pattern.quote(part));
            }
        }
        return Pattern.compile(pattern.toString(), Pattern.DOTALL);
    }

    private Set<Long> ourselves() {
        Set<Long> ours = new HashSet<>();
        ours.add(ownPid);
        Optional<ProcessEntry> next = parent(processes.entry(ownPid));
        for (int steps = 0; next.isPresent() && steps < ANCESTORS_MAX; steps++) {
            if (isOurs(next.get())) {
                ours.add(next.get().pid());
            }
            next = parent(next);
        }
        return ours;
    }

    private Optional<ProcessEntry> parent(Optional<ProcessEntry> child) {
        return child.flatMap(entry -> entry.parentPid().isPresent()
                ? processes.entry(entry.parentPid().getAsLong())
                : Optional.empty());
    }

    /** "bash ./mortem dump …", "/usr/bin/mortem dump …", "sudo mortem dump …". */
    private static boolean isOurs(ProcessEntry entry) {
        return OUR_NAMES.contains(entry.name())
                || entry.commandLine().stream()
                        .limit(3)
                        .anyMatch(argument -> OUR_NAMES.contains(fileName(argument)));
    }

    private static String fileName(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static TargetException notFound(Target target) {
        String what = target instanceof Target.Pid pid
                ? "no process " + pid.pid()
                : "no process fits \"" + target.text() + "\"";
        return new TargetException(
                Kind.NOT_FOUND, what + "; \"mortem ps\" lists those that run, --wait awaits one");
    }

    private TargetException ambiguous(Target target, List<ProcessEntry> matches) {
        Set<Long> pids = matches.stream().map(ProcessEntry::pid).collect(Collectors.toSet());
        List<ProcessEntry> measured = processes.list(CPU_WINDOW).stream()
                .filter(entry -> pids.contains(entry.pid()))
                .toList();
        return TargetException.ambiguous(
                "%d processes fit \"%s\": name one by its pid, or take every one with --all"
                        .formatted(matches.size(), target.text()),
                measured.size() > 1 ? measured : matches);
    }
}
