package dev.mortem.analyze.casefile;

import dev.mortem.analyze.blame.BlameTable;
import dev.mortem.analyze.report.Report;
import dev.mortem.analyze.wait.ArgumentValues;
import dev.mortem.base.address.AddressRange;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.ExceptionRecord;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.format.dwarf.function.SourceLanguage;
import dev.mortem.stack.symbol.Frame;
import dev.mortem.stack.symbol.SymbolizedStack;
import dev.mortem.stack.unwind.FrameTrust;
import dev.mortem.stack.unwind.StackEnd;
import dev.mortem.testkit.fakes.FakeMemory;
import dev.mortem.testkit.fakes.FakeSnapshot;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Builds a case of a few lines: a worker "shop" with libc, whose threads have the stacks that a
 * test
 * says. Frames are written "function" (of the program), "libc!function" or "?" (of the program,
 * without
 * a symbol). Belongs to one thread.
 */
public final class Cases {
    public static final long CODE = 0x40_0000;
    public static final long DATA = 0x50_0000;
    public static final long STACK = 0x7ff0_0000_0000L;
    public static final long STACK_BYTES = 0x2_0000;

    private static final LoadedModule SHOP = module("/srv/shop", CODE);
    private static final LoadedModule LIBC = module("/lib/libc.so.6", 0x7f00_0000_0000L);
    private static final LoadedModule CPP = module("/lib/libstdc++.so.6", 0x7f10_0000_0000L);

    private static final LoadedModule NTDLL =
            module("C:\\Windows\\System32\\NTDLL.DLL", 0x7fff_0000_0000L);

    private final FakeSnapshot snapshot = new FakeSnapshot(Machine.of(Cpu.X86_64));
    private final List<SymbolizedStack> stacks = new ArrayList<>();
    private final List<Report.ReportModule> listed = new ArrayList<>();
    private SymbolAddresses symbols = SymbolAddresses.none();
    private boolean truncated;
    private BlameTable blame = BlameTable.builtIn();

    public Cases() {
        snapshot.module(SHOP).module(LIBC).module(CPP);
        snapshot.facts(ProcessFacts.builder().pid(100).image("shop").build());
        snapshot.region(region(CODE, 0x1000, "r-x", "/srv/shop"));
        snapshot.region(region(DATA, 0x1000, "rw-", "/srv/shop"));
        snapshot.region(region(STACK, STACK_BYTES, "rw-", "[stack]"));
    }

    private static LoadedModule module(String path, long base) {
        return new LoadedModule(
                AddressRange.ofSize(base, 0x10_0000), path, List.of(), Optional.empty(), false);
    }

    public static MemoryRegion region(long start, long size, String permissions, String path) {
        return new MemoryRegion(
                AddressRange.ofSize(start, size),
                permissions,
                false,
                0,
                path.isEmpty() ? Optional.empty() : Optional.of(path),
                size,
                Optional.empty());
    }

    /** Registers of a thread that runs at the program's first byte with its stack in order. */
    public static RegisterContext running() {
        return RegisterContext.none(Cpu.X86_64)
                .with("rip", CODE)
                .with("rsp", STACK + 0x1_0000)
                .with("orig_rax", -1);
    }

    /** Registers of a thread in a system call. */
    public static RegisterContext inCall(int number, long... arguments) {
        RegisterContext registers = running().with("rip", CODE + 0x800).with("orig_rax", number);
        String[] names = {"rdi", "rsi", "rdx"};
        for (int index = 0; index < arguments.length; index++) {
            registers = registers.with(names[index], arguments[index]);
        }
        return registers;
    }

    /** Registers of a thread that waits for a pthread mutex. */
    public static RegisterContext atMutex(long address) {
        return inCall(202, address, 0x80, 2);
    }

    public Cases thread(long id, RegisterContext registers, String... frames) {
        return thread(
                ThreadSnapshot.of(id, Optional.of(registers), List.of()),
                new StackEnd.Complete(),
                frames);
    }

    public Cases thread(ThreadSnapshot thread, StackEnd end, String... frames) {
        snapshot.thread(thread);
        List<Frame> named = new ArrayList<>();
        for (String frame : frames) {
            named.add(frame(frame, named.size()));
        }
        stacks.add(new SymbolizedStack(thread.id(), named, end));
        return this;
    }

    /** A thread with CPU times. */
    public static ThreadSnapshot timed(
            long id, String state, Duration user, RegisterContext registers) {
        return new ThreadSnapshot(
                id,
                Optional.of("w" + id),
                Optional.of(state),
                Optional.of(registers),
                List.of(),
                Optional.of(user),
                Optional.of(Duration.ZERO),
                Optional.empty());
    }

    public static Frame frame(String text, int index) {
        int mark = text.indexOf('!');
        String function = mark < 0 ? text : text.substring(mark + 1);
        LoadedModule module = mark < 0 ? SHOP : inLibrary(text);
        boolean unnamed = function.equals("?");
        long address = module.base() + 0x100 + index;
        return new Frame(
                Frame.Kind.NATIVE,
                address,
                address,
                index == 0 ? FrameTrust.CONTEXT : FrameTrust.CFI,
                function.equals("<signal>"),
                Optional.of(module),
                unnamed
                        ? Optional.empty()
                        : Optional.of(
                                new Frame.FunctionName(function, function, OptionalLong.of(4))),
                Optional.empty(),
                SourceLanguage.UNKNOWN);
    }

    private static LoadedModule inLibrary(String text) {
        if (text.startsWith("ntdll!")) {
            return NTDLL;
        }
        return text.startsWith("libc!") ? LIBC : CPP;
    }

    /** A mutex of glibc. */
    public Cases mutex(long address, int word, long owner, int kind) {
        memory().u4(address, word, 0, (int) owner, 1, kind, 0, 0, 0);
        return this;
    }

    public Cases code(String hex) {
        memory().put(CODE, HexFormat.ofDelimiter(" ").parseHex(hex));
        return this;
    }

    public FakeMemory memory() {
        return snapshot.memory();
    }

    public FakeSnapshot snapshot() {
        return snapshot;
    }

    public Cases signal(int number, int code, OptionalLong address, long threadId) {
        snapshot.reason(new CrashReason.Signal(
                number, OptionalInt.of(code), address, OptionalLong.empty(), threadId));
        return this;
    }

    public Cases sent(int number, long byPid, long threadId) {
        snapshot.reason(new CrashReason.Signal(
                number, OptionalInt.of(0), OptionalLong.empty(), OptionalLong.of(byPid), threadId));
        return this;
    }

    /** An exception of Windows. */
    public Cases exception(long code, long threadId, Long... parameters) {
        snapshot.reason(new CrashReason.WindowsException(
                new ExceptionRecord(code, 0, CODE, List.of(parameters)), List.of(), threadId));
        return this;
    }

    public Cases onDemand() {
        snapshot.reason(new CrashReason.OnDemand());
        return this;
    }

    /** libc's last words: the variable, the structure and the text. */
    public Cases abortMessage(String text) {
        symbols = (module, symbolName) -> module.equals(LIBC) && symbolName.equals("__abort_msg")
                ? OptionalLong.of(DATA + 0x100)
                : OptionalLong.empty();
        memory().pointers(DATA + 0x100, DATA + 0x200);
        memory().u4(DATA + 0x200, text.length() + 1).cString(DATA + 0x204, text);
        return this;
    }

    public Cases truncated() {
        truncated = true;
        return this;
    }

    /** What was found of the program's symbols: "full", "exports", as reports print it. */
    public Cases programSymbols(String state) {
        listed.add(new Report.ReportModule(
                SHOP.name(),
                SHOP.path(),
                SHOP.base(),
                SHOP.range().sizeBytes(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                state,
                Optional.empty(),
                Optional.empty(),
                List.of()));
        return this;
    }

    public Cases blame(BlameTable table) {
        blame = table;
        return this;
    }

    public CaseFile build() {
        return CaseFile.of(new CaseFile.Sources(
                snapshot,
                new Report.DumpFacts(
                        Optional.of("core"),
                        OptionalLong.of(4096),
                        "elfCore",
                        Optional.empty(),
                        Optional.empty(),
                        truncated,
                        Optional.empty(),
                        Optional.empty()),
                stacks,
                symbols,
                ArgumentValues.none(),
                snapshot.memory(),
                listed,
                blame));
    }
}
