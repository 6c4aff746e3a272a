package dev.mortem.cli.procdump;

import java.util.Locale;
import java.util.Optional;

/**
 * The options of ProcDump 12 for Windows, and those that only ProcDump for Linux has. An option that has no
 * counterpart here is refused with its words, never passed over.
 */
public enum ProcDumpOption {
    MM("mm", "", "Stacks, and what registers and stacks point to. This is the default."),
    MA("ma", "", "All memory of the process."),
    MT("mt", "", "Stacks without data, modules without folders, no command line."),
    MP("mp", "", "Private memory that can be written: heaps, stacks, data of modules."),
    MC("mc", "MASK", "What the bits of MINIDUMP_TYPE ask for, in hex."),
    MD(
            "md",
            "DLL",
            Role.REFUSED,
            "a dump is not filtered by a library of yours here. Use -mm, -mt"
                    + " or -mc MASK for less memory"),
    MK(
            "mk",
            "",
            Role.NOTED,
            "the kernel's stacks are not dumped here; the sidecar tells of each"
                    + " thread what it waits for in the kernel"),
    N("n", "COUNT", "How many dumps to take before it ends (1 unless given)."),
    S(
            "s",
            "SECONDS",
            "Without a condition, the time between dumps; with one, how long it must hold"
                    + " without a break. 10 unless given."),
    C("c", "PERCENT", "When it uses at least that much CPU; of all cores."),
    CL("cl", "PERCENT", "When it uses less CPU than that."),
    U("u", "", "With -c or -cl: percent of one core, which may be more than 100."),
    M("m", "MB", "When it has at least that much private memory."),
    ML("ml", "MB", "When it has less private memory than that."),
    P("p", "COUNTER THRESHOLD", "When a counter of \\Process(…) is at or above a threshold."),
    PL("pl", "COUNTER THRESHOLD", "When such a counter is below a threshold."),
    H(
            "h",
            "",
            Role.REFUSED,
            "there are no windows here that could hang. To catch a worker that answers no"
                    + " more, use mortem watch TARGET --when 'url http://localhost/ > 5s'"),
    E(
            "e",
            "[1]",
            "When a signal is about to end it; with 1 also when a fault is handled by the program."),
    G("g", "", Role.NOTED, "exceptions are always seen as native ones here: signals"),
    B("b", "", "With -e: breakpoints (SIGTRAP) that it handles count too."),
    LD("ld", "", "When a library is loaded; -f and -fx say which."),
    UD("ud", "", "When a library is unloaded; -f and -fx say which."),
    CT("ct", "", "When a thread starts."),
    ET("et", "", "When a thread ends."),
    L("l", "", "Shows the lines that it writes to the journal; with -f also dumps when one fits."),
    T("t", "", "When it ends, also by itself: before its memory is gone."),
    F(
            "f",
            "WORDS",
            "Only exceptions, lines or modules with one of these, * for anything, separated by"
                    + " commas; \"\" shows exceptions and dumps none."),
    FX("fx", "WORDS", "Not those with one of these."),
    DC("dc", "TEXT", "A comment, kept in the dump (.dmp) and in the sidecar."),
    O("o", "", "Replaces a file of the same name; otherwise -1, -2 … is put behind the name."),
    R(
            "r",
            "[1..5]",
            "From a frozen copy, so that it hardly stands: the default here. One dump of a process"
                    + " is taken at a time."),
    A("a", "", "With -r: no dump where no copy can be made, instead of letting it stand."),
    AT(
            "at",
            "SECONDS",
            "Gives a dump up that takes longer; so long it may stand where no copy can be made"
                    + " (1 s unless given)."),
    WER(
            "wer",
            "",
            Role.REFUSED,
            "there is no Windows Error Reporting here to queue dumps to. Leave it out:"
                    + " each dump is told to the system's log anyway"),
    W64("64", "", Role.NOTED, "a dump always has the process's own width"),
    W("w", "", "Waits for the process to be started."),
    X(
            "x",
            "FOLDER PROGRAM [ARGUMENTS]",
            "Starts the program and watches it; dumps go to the folder."),
    I(
            "i",
            "[FOLDER]",
            Role.REFUSED,
            "dumps of crashes that nobody waits for are not built yet. Until then,"
                    + " use -ma -e -w NAME, which waits for the process and for its crash"),
    K("k", "", "Ends the process after the last dump, if that is whole."),
    CANCEL("cancel", "PID", "Ends whatever watches that process; the process runs on."),
    ACCEPTEULA("accepteula", "", Role.NOTED, "there is nothing to accept"),
    HELP("?", "", "Shows this."),
    TC("tc", "COUNT", "When it has at least that many threads."),
    FC("fc", "COUNT", "When it has at least that many open file descriptors."),
    SIG(
            "sig",
            "NUMBERS",
            "When it gets one of these signals (numbers or names, separated by commas),"
                    + " handled or not."),
    PF("pf", "MILLISECONDS", "From one look to the next: 1000 unless given, 100 at least."),
    PGID(
            "pgid",
            "GROUP",
            Role.REFUSED,
            "a process group cannot be watched as one. Name a process, or use"
                    + " mortem watch unit:NAME --all --when …"),
    GCM(
            "gcm",
            "MEMORY",
            Role.REFUSED,
            "the heap of .NET is not read yet. Use -m MB for private memory"),
    GCGEN(
            "gcgen",
            "GENERATION",
            Role.REFUSED,
            "collections of .NET are not seen yet. Use -m MB for private" + " memory"),
    RESTRACK(
            "restrack",
            "[nodump]",
            Role.REFUSED,
            "allocations are not traced. Use -m MB, or mortem watch"
                    + " TARGET --when 'memory grows 100MB/min for 5m'"),
    SR(
            "sr",
            "RATE",
            Role.REFUSED,
            "allocations are not traced, so that there is no rate to sample them at"),
    LOG(
            "log",
            "WHERE",
            Role.REFUSED,
            "dumps are told to the system's log in any case, and all lines go to"
                    + " standard output: leave it out"),
    PC("pc", "COUNTERS", Role.REFUSED, "counters of .NET are not read yet. Use -c, -m, -tc or -fc"),
    PCL("pcl", "COUNTERS", Role.REFUSED, "counters of .NET are not read yet. Use -cl or -ml"),
    J(
            "j",
            "FOLDER",
            Role.REFUSED,
            "only Windows starts a debugger with it when a process crashes. Use -ma" + " -e PID");

    /** What becomes of an option. */
    enum Role {
        TAKEN,
        /** Asks for what is so in any case, or for less than nothing: accepted, and told. */
        NOTED,
        /** Has no counterpart. */
        REFUSED
    }

    private final String letters;
    private final String values;
    private final Role role;
    private final String words;

    ProcDumpOption(String letters, String values, String words) {
        this(letters, values, Role.TAKEN, words);
    }

    ProcDumpOption(String letters, String values, Role role, String words) {
        this.letters = letters;
        this.values = values;
        this.role = role;
        this.words = words;
    }

    /** The option that an argument is, however it is written: "-ma", "/MA", "–ma". */
    static Optional<ProcDumpOption> of(String argument) {
        if (argument.length() < 2 || !isPrefix(argument.charAt(0))) {
            return Optional.empty();
        }
        String rest = argument.substring(1).toLowerCase(Locale.ROOT);
        if (isDash(argument.charAt(0)) && rest.equals("-help")) {
            return Optional.of(HELP);
        }
        for (ProcDumpOption option : values()) {
            if (option.letters.equals(rest)) {
                return Optional.of(option);
            }
        }
        return Optional.empty();
    }

    private static boolean isPrefix(char first) {
        return first == '/' || isDash(first);
    }

    /** Word processors and web pages make other dashes of a hyphen: U+2010 to U+2015, and the minus sign. */
    static boolean isDash(char first) {
        return first == '-' || (first >= '\u2010' && first <= '\u2015') || first == '\u2212';
    }

    /** As it is written: "-ma". */
    public String text() {
        return "-" + letters;
    }

    /** With what must follow it: "-c PERCENT". */
    public String form() {
        return values.isEmpty() ? text() : text() + " " + values;
    }

    Role role() {
        return role;
    }

    /** Whether it is refused, whatever else is asked for. */
    public boolean isRefused() {
        return role == Role.REFUSED;
    }

    /** What it does here, or why it does nothing and what does. */
    public String words() {
        return words;
    }
}
