package dev.mortem.analyze.report;

import dev.mortem.analyze.report.Report.DumpFacts;
import dev.mortem.analyze.report.Report.Finding;
import dev.mortem.analyze.report.Report.Lock;
import dev.mortem.analyze.report.Report.Memory;
import dev.mortem.analyze.report.Report.MemoryKind;
import dev.mortem.analyze.report.Report.Reason;
import dev.mortem.analyze.report.Report.ReasonKind;
import dev.mortem.analyze.report.Report.ReportFrame;
import dev.mortem.analyze.report.Report.ReportModule;
import dev.mortem.analyze.report.Report.ReportProcess;
import dev.mortem.analyze.report.Report.ReportStack;
import dev.mortem.analyze.report.Report.ReportThread;
import dev.mortem.analyze.report.Report.Signature;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** What the literal reports share: one worker process, its modules, memory and threads. */
final class SampleParts {
    static final Instant TAKEN = Instant.parse("2026-03-29T00:59:58.123Z");
    static final long SHOP = 0x55d0_c0de_0000L;
    static final long CART = 0x7f3a_1c20_0000L;
    static final long LIBC = 0x7f3a_1b00_0000L;

    private SampleParts() {}

    static Report simple(
            String kind,
            Finding headline,
            List<ReportThread> threads,
            List<ReportStack> stacks,
            List<Lock> locks) {
        boolean hang = kind.equals("hang");
        return new Report(
                "mortem 0.1.0",
                TAKEN.plusSeconds(3),
                Duration.ofMillis(95),
                new DumpFacts(
                        Optional.of("shop-worker.core"),
                        OptionalLong.of(52_428_800),
                        "elfCore",
                        Optional.of(TAKEN),
                        Optional.of("mini"),
                        false,
                        Optional.empty(),
                        Optional.empty()),
                process("/usr/local/bin/shop-worker"),
                hang
                        ? new Reason(
                                ReasonKind.ON_DEMAND,
                                Optional.empty(),
                                Optional.empty(),
                                OptionalLong.empty(),
                                Optional.empty(),
                                OptionalLong.empty(),
                                "Taken on demand from the running process",
                                Optional.empty())
                        : new Reason(
                                ReasonKind.SIGNAL,
                                Optional.of("11"),
                                Optional.of("SIGSEGV"),
                                OptionalLong.of(0x7ffe_0000_0ff0L),
                                Optional.of("write"),
                                OptionalLong.of(threads.getFirst().id()),
                                "Signal SIGSEGV: the guard page of the stack was written",
                                Optional.empty()),
                threads,
                stacks,
                modules(),
                locks,
                memory(),
                Optional.empty(),
                List.of(headline),
                new Signature(
                        headline.rule() + " shop-worker",
                        "00112233aabbccdd",
                        List.of("shop-worker"),
                        "symbols"),
                List.of());
    }

    static ReportThread thread(long id, String name, int stackId) {
        return new ReportThread(
                id,
                Optional.of(name),
                false,
                Optional.of("S (sleeping)"),
                Optional.of(Duration.ofMillis(id % 100 * 10)),
                Optional.of(Duration.ofMillis(id % 7)),
                OptionalLong.of(SHOP + 0x89a0),
                OptionalInt.of(stackId),
                "complete",
                Optional.empty(),
                List.of());
    }

    static List<Long> ids(List<ReportThread> threads, int stackId) {
        return threads.stream()
                .filter(thread -> thread.stackId().orElse(-1) == stackId)
                .map(ReportThread::id)
                .toList();
    }

    static List<ReportFrame> idle(String... functions) {
        List<ReportFrame> frames = new ArrayList<>();
        for (String function : functions) {
            boolean libc = function.startsWith("_")
                    || function.contains("pthread")
                    || function.contains("poll")
                    || function.equals("start_thread")
                    || function.equals("clone3");
            long offset = 0x1000 + frames.size() * 0x120L;
            frames.add(frame(
                            frames.size(),
                            (libc ? LIBC : SHOP) + offset,
                            frames.isEmpty() ? "context" : "cfi",
                            libc ? "libc.so.6" : "shop-worker",
                            offset)
                    .function(function, 0x20)
                    .frame());
        }
        return frames;
    }

    static ReportFrame withIndex(ReportFrame frame, int index) {
        return ReportFrame.builder(index, frame.kind(), frame.address(), "cfi")
                .module(frame.module().orElseThrow(), frame.moduleOffset())
                .function(frame.function().orElseThrow(), frame.functionOffset())
                .build();
    }

    static ReportProcess process(String image) {
        return new ReportProcess(
                OptionalLong.of(4711),
                Optional.of(image),
                Optional.of(image + " --listen 0.0.0.0:8080 --workers 40 --db-password=*** --config"
                        + " /etc/shop/worker.yaml"),
                Optional.of("www-data"),
                Optional.of(TAKEN.minusSeconds(273_600)),
                Optional.of(Duration.ofHours(76)),
                Optional.of("Debian GNU/Linux"),
                Optional.of("12 (bookworm)"),
                Optional.of("6.1.0-18-amd64"),
                "x86-64",
                OptionalInt.of(8),
                Optional.of("web-1"),
                Optional.empty());
    }

    static List<ReportModule> modules() {
        return List.of(
                module(
                        "shop-worker",
                        SHOP,
                        0x42000,
                        "full",
                        Optional.of("/usr/local/bin/shop-worker"),
                        Optional.empty()),
                module(
                        "libcart.so",
                        CART,
                        0x31000,
                        "full",
                        Optional.of("/usr/lib/debug/.build-id/3c/41.debug"),
                        Optional.empty()),
                module(
                        "libc.so.6",
                        LIBC,
                        0x1d5000,
                        "exports",
                        Optional.of("memory"),
                        Optional.empty()),
                module(
                        "plugin-pricing.so",
                        0x7f3a_2000_0000L,
                        0x9000,
                        "none",
                        Optional.empty(),
                        Optional.of("the file on disk has build-id 19fe02, the dump's module"
                                + " 77aa01: it was replaced after the start")));
    }

    static ReportModule module(
            String name,
            long base,
            long size,
            String symbols,
            Optional<String> from,
            Optional<String> why) {
        return new ReportModule(
                name,
                "/usr/local/lib/shop/" + name,
                base,
                size,
                name.startsWith("libc.") ? Optional.of("2.36") : Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of("3c41f2aa77aa01%08x".formatted(size)),
                Optional.of("3c41f2aa77aa01%08x".formatted(size)),
                symbols,
                from,
                why,
                List.of());
    }

    static Memory memory() {
        return new Memory(
                412L << 20,
                187L << 20,
                96L << 20,
                31L << 20,
                OptionalLong.of(120L << 40),
                List.of(
                        new MemoryKind("heap", 133L << 20, 133L << 20, 4),
                        new MemoryKind("stacks", 48L << 20, 6L << 20, 42),
                        new MemoryKind("modules", 31L << 20, 2L << 20, 61),
                        new MemoryKind("mapped files", 96L << 20, 0, 3),
                        new MemoryKind("other private", 104L << 20, 46L << 20, 77)));
    }

    static FrameDraft frame(int index, long address, String trust, String module, long offset) {
        String kind = trust.equals("inline") ? "inline" : "native";
        return new FrameDraft(ReportFrame.builder(index, kind, address, trust)
                .module(module, OptionalLong.of(offset)));
    }

    record FrameDraft(ReportFrame.Builder builder) {
        FrameDraft shown(Report.Source source) {
            return new FrameDraft(builder.source(Optional.of(source)));
        }

        FrameDraft function(String name, long offset) {
            return new FrameDraft(builder.function(name, OptionalLong.of(offset)));
        }

        FrameDraft at(String file, int line) {
            return new FrameDraft(builder.line(file, line));
        }

        ReportFrame frame() {
            return builder.build();
        }
    }
}
