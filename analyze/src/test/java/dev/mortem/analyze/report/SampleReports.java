package dev.mortem.analyze.report;

import static dev.mortem.analyze.report.SampleParts.CART;
import static dev.mortem.analyze.report.SampleParts.LIBC;
import static dev.mortem.analyze.report.SampleParts.SHOP;
import static dev.mortem.analyze.report.SampleParts.TAKEN;
import static dev.mortem.analyze.report.SampleParts.frame;
import static dev.mortem.analyze.report.SampleParts.idle;
import static dev.mortem.analyze.report.SampleParts.ids;
import static dev.mortem.analyze.report.SampleParts.memory;
import static dev.mortem.analyze.report.SampleParts.modules;
import static dev.mortem.analyze.report.SampleParts.process;
import static dev.mortem.analyze.report.SampleParts.simple;
import static dev.mortem.analyze.report.SampleParts.thread;
import static dev.mortem.analyze.report.SampleParts.withIndex;

import dev.mortem.analyze.report.Report.DumpFacts;
import dev.mortem.analyze.report.Report.Finding;
import dev.mortem.analyze.report.Report.Handles;
import dev.mortem.analyze.report.Report.Lock;
import dev.mortem.analyze.report.Report.Memory;
import dev.mortem.analyze.report.Report.MemoryKind;
import dev.mortem.analyze.report.Report.Problem;
import dev.mortem.analyze.report.Report.Reason;
import dev.mortem.analyze.report.Report.ReasonKind;
import dev.mortem.analyze.report.Report.Register;
import dev.mortem.analyze.report.Report.ReportFrame;
import dev.mortem.analyze.report.Report.ReportModule;
import dev.mortem.analyze.report.Report.ReportProcess;
import dev.mortem.analyze.report.Report.ReportStack;
import dev.mortem.analyze.report.Report.ReportThread;
import dev.mortem.analyze.report.Report.Severity;
import dev.mortem.analyze.report.Report.Signature;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Literal reports, one for each shape that a renderer must show well. */
final class SampleReports {
    static final String HOSTILE =
            "</script><img src=x onerror=alert(1)>\u001b[2J\u202e\ud800&amp;\"'`\u0000\n--]]>";

    private static final String CHECKOUT_RUN =
            "cart::Checkout::run(std::unordered_map<std::__cxx11::basic_string<char,"
                    + " std::char_traits<char>, std::allocator<char> >,"
                    + " std::vector<std::shared_ptr<cart::Item>,"
                    + " std::allocator<std::shared_ptr<cart::Item> > >,"
                    + " std::hash<std::__cxx11::basic_string<char> > > const&,"
                    + " std::function<void (cart::Receipt const&)>)";

    private SampleReports() {}

    /** A null pointer in a named function; 41 other threads in three groups. */
    static Report crash() {
        List<ReportThread> threads = crashThreads();
        return new Report(
                "mortem 0.1.0",
                TAKEN.plusSeconds(75),
                Duration.ofMillis(412),
                crashDump(),
                process("/usr/local/bin/shop-worker"),
                new Reason(
                        ReasonKind.SIGNAL,
                        Optional.of("11"),
                        Optional.of("SIGSEGV"),
                        OptionalLong.of(0x18),
                        Optional.of("read"),
                        OptionalLong.of(4713),
                        "Signal SIGSEGV: thread 4713 read address 0x18, which is not mapped"
                                + " (a null pointer, plus the offset of a field)",
                        Optional.empty()),
                threads,
                crashStacks(threads),
                modules(),
                List.of(new Lock(
                        "mutex", 0x55d0_c1e0_4010L, OptionalLong.empty(), List.of(), false)),
                memory(),
                Optional.of(new Handles(57, Map.of("socket", 31L, "file", 19L, "eventfd", 7L))),
                crashFindings(),
                new Signature(
                        "SIGSEGV libcart.so!cart::Cart::total|cart::Checkout::sum|handle_request",
                        "9f86d081884c7d65",
                        List.of("cart::Cart::total", "cart::Checkout::sum", "handle_request"),
                        "symbols"),
                List.of(
                        new Problem(
                                "segment 61",
                                "3,145,728 of 4,404,019 bytes are in the file",
                                "memory from 0x7f3a1e300000 on is not readable"),
                        new Problem(
                                "libcrypto.so.3 .debug_line",
                                "version 6 is not one we read",
                                "its frames have no lines")));
    }

    private static List<ReportThread> crashThreads() {
        List<ReportThread> threads = new ArrayList<>();
        threads.add(thread(4711, "main", 1));
        for (long id = 4712; id <= 4752; id++) {
            threads.add(
                    id == 4713
                            ? crashedThread()
                            : thread(id, "worker-" + (id - 4711), id % 4 == 0 ? 3 : 2));
        }
        return threads;
    }

    private static DumpFacts crashDump() {
        return new DumpFacts(
                Optional.of("shop-worker__PID-4711__20260329T005958.123Z__Signal_SIGSEGV.core"),
                OptionalLong.of(187_432_960),
                "elfCore",
                Optional.of(TAKEN),
                Optional.of("full"),
                true,
                Optional.empty(),
                Optional.of(
                        "shop-worker__PID-4711__20260329T005958.123Z__Signal_SIGSEGV.core.json"));
    }

    private static List<ReportStack> crashStacks(List<ReportThread> threads) {
        List<Long> waiting = ids(threads, 2);
        List<Long> polling = ids(threads, 3);
        return List.of(
                new ReportStack(0, List.of(4713L), crashFrames()),
                new ReportStack(1, List.of(4711L), idle("epoll_wait", "accept_loop", "main")),
                new ReportStack(
                        2,
                        waiting,
                        idle(
                                "__futex_abstimed_wait_common",
                                "pthread_cond_wait@@GLIBC_2.3.2",
                                "queue_pop",
                                "worker_main",
                                "start_thread",
                                "clone3")),
                new ReportStack(
                        3,
                        polling,
                        idle("__poll", "upstream_read", "worker_main", "start_thread")));
    }

    /** Three workers that take three locks in a circle; others wait behind them. */
    static Report deadlock() {
        List<ReportThread> threads = new ArrayList<>();
        List<ReportStack> stacks = new ArrayList<>();
        String[] names = {"orders", "stock", "billing"};
        long[] locks = {0x55d0_c1e0_4010L, 0x55d0_c1e0_4058L, 0x55d0_c1e0_40a0L};
        for (int at = 0; at < 3; at++) {
            long id = 9001L + at;
            String waits = "mutex 0x%x held by thread %d"
                    .formatted(locks[(at + 1) % 3], 9001L + (at + 1) % 3);
            threads.add(new ReportThread(
                    id,
                    Optional.of(names[at]),
                    false,
                    Optional.of("S (sleeping)"),
                    Optional.of(Duration.ofMillis(2_340)),
                    Optional.of(Duration.ofMillis(120)),
                    OptionalLong.of(SHOP + 0x89a0),
                    OptionalInt.of(at),
                    "complete",
                    Optional.of(waits),
                    List.of()));
            stacks.add(new ReportStack(
                    at,
                    List.of(id),
                    idle(
                            "__lll_lock_wait",
                            "pthread_mutex_lock@@GLIBC_2.2.5",
                            "update_" + names[at],
                            "handle_request",
                            "start_thread")));
        }
        List<Long> behind = LongStream.range(9010, 9047).boxed().toList();
        for (long id : behind) {
            threads.add(new ReportThread(
                    id,
                    Optional.of("worker"),
                    false,
                    Optional.of("S (sleeping)"),
                    Optional.empty(),
                    Optional.empty(),
                    OptionalLong.empty(),
                    OptionalInt.of(3),
                    "complete",
                    Optional.of("mutex 0x55d0c1e04010 held by thread 9001"),
                    List.of()));
        }
        stacks.add(new ReportStack(
                3,
                behind,
                idle(
                        "__lll_lock_wait",
                        "pthread_mutex_lock@@GLIBC_2.2.5",
                        "list_orders",
                        "handle_request")));
        List<Lock> held = new ArrayList<>();
        for (int at = 0; at < 3; at++) {
            List<Long> waiters = new ArrayList<>(List.of(9001L + (at + 2) % 3));
            if (at == 0) {
                waiters.addAll(behind);
            }
            held.add(new Lock("mutex", locks[at], OptionalLong.of(9001L + at), waiters, true));
        }
        return simple("hang", deadlockFinding(), threads, stacks, held);
    }

    private static Finding deadlockFinding() {
        return new Finding(
                "hang-deadlock",
                Severity.ERROR,
                "Deadlock: threads 9001 \"orders\", 9002 \"stock\" and 9003 \"billing\" wait"
                        + " for each other's mutexes in update_orders (shop-worker);"
                        + " 37 more threads wait behind them",
                "Each of the three holds the mutex that the one before it waits for, so none"
                        + " of them can go on. It will not resolve by itself.",
                "Take the mutexes in one order everywhere: update_orders takes orders then"
                        + " stock, update_billing takes billing then orders. Until then"
                        + " restart the worker.",
                List.of(9001L, 9002L, 9003L),
                List.of("shop-worker"),
                List.of(
                        "mutex 0x55d0c1e04010: owner 9001, 38 waiters",
                        "mutex 0x55d0c1e04058: owner 9002, 1 waiter"));
    }

    /** Recursion without an end: three functions in turns, 50,000 frames or as many as asked for. */
    static Report overflow(int frames) {
        List<ReportFrame> stack = new ArrayList<>();
        String[] round = {
            "json::Parser::value()", "json::Parser::array()", "json::Parser::next(char)"
        };
        for (int at = 0; at < frames - 4; at++) {
            stack.add(frame(
                            at,
                            SHOP + 0x2000 + at % 3 * 64L,
                            at == 0 ? "context" : "cfi",
                            "shop-worker",
                            0x2000 + at % 3 * 64L)
                    .function(round[at % 3], 24)
                    .at("/build/shop/src/json.cpp", 40 + at % 3)
                    .frame());
        }
        List<ReportFrame> rest =
                idle("json::parse(std::string_view)", "handle_request", "start_thread", "clone3");
        for (ReportFrame frame : rest) {
            stack.add(withIndex(frame, stack.size()));
        }
        ReportThread thread = new ReportThread(
                77,
                Optional.of("parser"),
                true,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                OptionalInt.of(0),
                "complete",
                Optional.empty(),
                List.of(
                        new Register("rip", SHOP + 0x2000),
                        new Register("rsp", 0x7ffe_0000_0ff8L)));
        Finding headline = new Finding(
                "crash-stack-overflow",
                Severity.ERROR,
                "Stack overflow in thread 77 \"parser\": json::Parser::value() and 2 others"
                        + " call each other without end",
                "The stack pointer is in the guard page below the stack of 8 MiB.",
                "Bound the depth of nested arrays in json::Parser::value() (json.cpp:40).",
                List.of(77L),
                List.of("shop-worker"),
                List.of());
        return simple(
                "crash",
                headline,
                List.of(thread),
                List.of(new ReportStack(0, List.of(77L), stack)),
                List.of());
    }

    /** Every text is an attack. */
    static Report hostile() {
        String bad = HOSTILE;
        Optional<String> maybe = Optional.of(bad);
        return new Report(
                bad,
                Instant.MAX,
                Duration.ofMillis(Long.MAX_VALUE),
                new DumpFacts(
                        maybe,
                        OptionalLong.of(Long.MAX_VALUE),
                        "elfCore",
                        Optional.of(Instant.MIN),
                        maybe,
                        true,
                        maybe,
                        maybe),
                hostileProcess(bad),
                new Reason(
                        ReasonKind.UNKNOWN,
                        maybe,
                        maybe,
                        OptionalLong.of(-1),
                        Optional.of("write"),
                        OptionalLong.of(Long.MAX_VALUE),
                        bad,
                        Optional.of("first")),
                List.of(hostileThread(bad)),
                List.of(new ReportStack(0, List.of(Long.MAX_VALUE), List.of(hostileFrame(bad)))),
                List.of(hostileModule(bad)),
                List.of(new Lock(
                        bad, -1, OptionalLong.of(Long.MAX_VALUE), List.of(Long.MAX_VALUE), true)),
                new Memory(
                        -1,
                        -1,
                        -1,
                        -1,
                        OptionalLong.of(Long.MAX_VALUE),
                        List.of(new MemoryKind(bad, -1, 0, 1))),
                Optional.of(new Handles(1, Map.of(bad, 1L))),
                List.of(
                        new Finding(
                                "crash-other",
                                Severity.ERROR,
                                bad,
                                bad,
                                bad,
                                List.of(Long.MAX_VALUE),
                                List.of(bad),
                                List.of(bad)),
                        new Finding(
                                "crash-other",
                                Severity.WARNING,
                                bad,
                                bad,
                                bad,
                                List.of(),
                                List.of(bad),
                                List.of(bad))),
                new Signature(bad, "0123456789abcdef", List.of(bad), "symbols"),
                List.of(new Problem(bad, bad, bad)),
                hostileDetails());
    }

    private static ReportProcess hostileProcess(String bad) {
        Optional<String> maybe = Optional.of(bad);
        return new ReportProcess(
                OptionalLong.of(1),
                maybe,
                maybe,
                maybe,
                Optional.of(Instant.MAX),
                Optional.of(Duration.ofSeconds(Long.MAX_VALUE)),
                maybe,
                maybe,
                maybe,
                bad,
                OptionalInt.of(Integer.MAX_VALUE),
                maybe,
                Optional.of(List.of(bad)));
    }

    private static ReportThread hostileThread(String bad) {
        Optional<String> maybe = Optional.of(bad);
        return new ReportThread(
                Long.MAX_VALUE,
                maybe,
                true,
                maybe,
                Optional.of(Duration.ofSeconds(Long.MAX_VALUE)),
                Optional.of(Duration.ZERO),
                OptionalLong.of(-1),
                OptionalInt.of(0),
                bad,
                maybe,
                List.of(new Register("rax", -1)));
    }

    private static Report.Details hostileDetails() {
        return new Report.Details(
                OptionalLong.of(0x61964),
                List.of("ThreadList", HOSTILE),
                new TreeMap<>(Map.of(HOSTILE, HOSTILE)),
                Optional.of(new Report.WindowsDetails(
                        Optional.of(HOSTILE),
                        Optional.of(HOSTILE),
                        List.of(new Report.UnloadedModule(HOSTILE, 0x1000, 0x2000)),
                        Map.of("workingSetBytes", -1L),
                        Map.of("availableBytes", 1L))));
    }

    private static ReportModule hostileModule(String bad) {
        Optional<String> maybe = Optional.of(bad);
        return new ReportModule(
                bad, bad, -1, -1, maybe, maybe, maybe, maybe, maybe, "none", maybe, maybe,
                List.of());
    }

    private static ReportFrame hostileFrame(String bad) {
        return ReportFrame.builder(0, "native", -1, "scan")
                .module(bad, OptionalLong.of(-1))
                .function(bad + "<".repeat(300) + "x".repeat(3000), OptionalLong.of(Long.MIN_VALUE))
                .line(bad, 1)
                .build();
    }

    /** A dump that told next to nothing. */
    static Report unknown() {
        return new Report(
                "mortem 0.1.0",
                TAKEN,
                Duration.ZERO,
                new DumpFacts(
                        Optional.empty(),
                        OptionalLong.empty(),
                        "elfCore",
                        Optional.empty(),
                        Optional.empty(),
                        false,
                        Optional.empty(),
                        Optional.empty()),
                new ReportProcess(
                        OptionalLong.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        "riscv64",
                        OptionalInt.empty(),
                        Optional.empty(),
                        Optional.empty()),
                new Reason(
                        ReasonKind.UNKNOWN,
                        Optional.empty(),
                        Optional.empty(),
                        OptionalLong.empty(),
                        Optional.empty(),
                        OptionalLong.empty(),
                        "The dump does not say why it was taken",
                        Optional.empty()),
                List.of(new ReportThread(
                        1,
                        Optional.empty(),
                        false,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        OptionalLong.empty(),
                        OptionalInt.empty(),
                        "the dump has no registers of this thread",
                        Optional.empty(),
                        List.of())),
                List.of(),
                List.of(),
                List.of(),
                new Memory(0, 0, 0, 0, OptionalLong.empty(), List.of()),
                Optional.empty(),
                List.of(new Finding(
                        "dump-too-small",
                        Severity.NOTIFICATION,
                        "The dump holds too little to say what happened",
                        "",
                        "",
                        List.of(),
                        List.of(),
                        List.of())),
                new Signature("", "e3b0c44298fc1c14", List.of(), "addresses"),
                List.of());
    }

    /** As many threads as asked for, all with different stacks of {@code frames} frames. */
    static Report large(int threadCount, int frames) {
        List<ReportThread> threads = new ArrayList<>();
        List<ReportStack> stacks = new ArrayList<>();
        for (int at = 0; at < threadCount; at++) {
            int stack = at;
            threads.add(thread(10_000 + at, "pool-" + at, at));
            stacks.add(new ReportStack(
                    at,
                    List.of(10_000L + at),
                    IntStream.range(0, frames)
                            .mapToObj(index -> frame(
                                            index,
                                            SHOP + stack * 4096L + index,
                                            "cfi",
                                            "shop-worker",
                                            stack * 4096L + index)
                                    .function(
                                            "service::Handler%d::step%d(request::Context&)"
                                                    .formatted(stack, index),
                                            12)
                                    .at("/build/shop/src/handler%d.cpp".formatted(stack), index + 1)
                                    .frame())
                            .toList()));
        }
        Finding headline = new Finding(
                "hang-common-wait",
                Severity.WARNING,
                "Thread 10000 is slow",
                "",
                "",
                List.of(10_000L),
                List.of(),
                List.of());
        return simple("hang", headline, threads, stacks, List.of());
    }

    private static List<Finding> crashFindings() {
        return List.of(
                new Finding(
                        "crash-access-violation",
                        Severity.ERROR,
                        "Thread 4713 \"worker-2\" read through a null pointer in"
                                + " cart::Cart::total(cart::Currency const&) const (libcart.so,"
                                + " cart.cpp:142)",
                        "The instruction reads 8 bytes at rdi + 0x18, and rdi is 0. The address"
                                + " 0x18 is in the first page, which is never mapped: an object that"
                                + " does not exist was used.",
                        "Look at cart.cpp:142: the Cart that Checkout::sum() passes may be null"
                                + " when a session has expired. Check it before calling total().",
                        List.of(4713L),
                        List.of("libcart.so"),
                        List.of(
                                "mov rax, QWORD PTR [rdi+0x18] at 0x7f3a1c211a2c",
                                "rdi = 0x0",
                                "fault address 0x18, access read")),
                new Finding(
                        "symbols-missing",
                        Severity.WARNING,
                        "plugin-pricing.so has no symbols; 1 frame of the crashed thread has no"
                                + " name",
                        "",
                        "Install the debug package, or pass --symbols with the folder that has the"
                                + " file with build-id 77aa01.",
                        List.of(4713L),
                        List.of("plugin-pricing.so"),
                        List.of()),
                new Finding(
                        "dump-truncated",
                        Severity.INFORMATION,
                        "The dump ends 1.2 MiB before what it says it holds",
                        "The limit for core files or the disk cut it.",
                        "Set LimitCORE=infinity in the unit, and check the space kept for cores.",
                        List.of(),
                        List.of(),
                        List.of("last segment has 3.0 MiB of 4.2 MiB")));
    }

    private static final Report.Source CART_SOURCE = new Report.Source(
            Optional.of("/home/shop/src/cart/cart.cpp"),
            138,
            List.of(
                    "Money Cart::total(const Currency &currency) const {",
                    "    Money sum{currency};",
                    "    for (const Item *item : items_) {",
                    "",
                    "        sum += item->price * item->count; // <b>\"each\"</b> & all of them,"
                            + " as the customer sees them in the cart before the discount is taken"
                            + " off",
                    "    }",
                    "    return sum;",
                    "}"),
            Optional.of("the file was changed after the process had started: these may not be the"
                    + " lines that run"));

    private static List<ReportFrame> crashFrames() {
        return Stream.of(
                        frame(0, CART + 0x11a2c, "context", "libcart.so", 0x11a2c)
                                .function("cart::Cart::total(cart::Currency const&) const", 0x1c)
                                .at("/build/shop/src/cart/cart.cpp", 142)
                                .shown(CART_SOURCE),
                        frame(1, CART + 0x13004, "inline", "libcart.so", 0x13004)
                                .function("cart::Checkout::sum()", 0x44)
                                .at("/build/shop/src/cart/checkout.cpp", 77),
                        frame(2, CART + 0x13004, "cfi", "libcart.so", 0x13004)
                                .function(CHECKOUT_RUN, 0x2f4)
                                .at("/build/shop/src/cart/checkout.cpp", 91),
                        frame(3, SHOP + 0x88f0, "cfi", "shop-worker", 0x88f0)
                                .function("handle_request", 0x1f0)
                                .at("/build/shop/src/worker.c", 310),
                        frame(4, SHOP + 0x8a02, "framePointer", "shop-worker", 0x8a02)
                                .function("worker_main", 0x62),
                        frame(5, LIBC + 0x891c4, "scan", "libc.so.6", 0x891c4)
                                .function("start_thread", 0x304),
                        frame(6, 0x7f3a_2000_1234L, "scan", "plugin-pricing.so", 0x1234))
                .map(SampleParts.FrameDraft::frame)
                .toList();
    }

    private static ReportThread crashedThread() {
        return new ReportThread(
                4713,
                Optional.of("worker-2"),
                true,
                Optional.of("R (running)"),
                Optional.of(Duration.ofMillis(61_250)),
                Optional.of(Duration.ofMillis(840)),
                OptionalLong.of(SHOP + 0x89a0),
                OptionalInt.of(0),
                "no caller of 0x7f3a20001234 found: no call frame information, no saved frame"
                        + " pointer",
                Optional.empty(),
                List.of(
                        new Register("rax", 0),
                        new Register("rbx", 0x7f3a_0800_0b20L),
                        new Register("rcx", 1),
                        new Register("rdx", -1),
                        new Register("rdi", 0),
                        new Register("rsi", 0x7f39_f5ff_ab10L),
                        new Register("rsp", 0x7f39_f5ff_aac0L),
                        new Register("rip", CART + 0x11a2c)));
    }
}
