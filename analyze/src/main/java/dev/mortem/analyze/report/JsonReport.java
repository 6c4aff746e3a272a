package dev.mortem.analyze.report;

import dev.mortem.analyze.report.Report.DumpFacts;
import dev.mortem.analyze.report.Report.Finding;
import dev.mortem.analyze.report.Report.Handles;
import dev.mortem.analyze.report.Report.Lock;
import dev.mortem.analyze.report.Report.Memory;
import dev.mortem.analyze.report.Report.MemoryKind;
import dev.mortem.analyze.report.Report.Problem;
import dev.mortem.analyze.report.Report.Reason;
import dev.mortem.analyze.report.Report.ReportFrame;
import dev.mortem.analyze.report.Report.ReportModule;
import dev.mortem.analyze.report.Report.ReportProcess;
import dev.mortem.analyze.report.Report.ReportStack;
import dev.mortem.analyze.report.Report.ReportThread;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.json.JsonOutput;

import tools.jackson.core.JacksonException;

import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The document {@code mortem.report/1}, indented, written as a stream: nothing of it is kept. Addresses
 * and offsets are strings in hex, times UTC, durations milliseconds, unknown left out. Its JSON Schema
 * is the resource {@code mortem.report-1.schema.json} beside this class.
 */
final class JsonReport {
    private final JsonOutput json;

    private JsonReport(JsonOutput json) {
        this.json = json;
    }

    /** Writes the report and flushes; the writer stays open. */
    static void write(Report report, Writer target, RenderOptions options) throws IOException {
        try (JsonOutput json =
                options.oneLine() ? JsonOutput.oneLine(target) : JsonOutput.indented(target)) {
            new JsonReport(json).document(report);
        } catch (JacksonException failed) {
            if (failed.getCause() instanceof IOException unwritable) {
                throw unwritable;
            }
            throw failed;
        }
        target.write('\n');
        target.flush();
    }

    private void document(Report report) {
        json.beginObject()
                .text("schema", Report.SCHEMA)
                .text("tool", report.tool())
                .time("analysedAt", Optional.of(report.analysedAt()))
                .millis("durationMs", Optional.of(report.duration()));
        dump(report.dump(), report.details());
        process(report.process());
        reason(report.reason());
        each("threads", report.threads(), this::thread);
        each("stacks", report.stacks(), this::stack);
        each("modules", report.modules(), this::module);
        each("locks", report.locks(), this::lock);
        memory(report.memory());
        report.handles().ifPresent(this::handles);
        report.details().windows().ifPresent(this::windows);
        each("findings", report.findings(), this::finding);
        signature(report.signature());
        each("diagnostics", report.diagnostics(), this::problem);
        json.endObject();
    }

    private void dump(DumpFacts dump, Report.Details details) {
        json.beginObject("dump")
                .text("file", dump.file())
                .number("sizeBytes", dump.sizeBytes())
                .text("format", dump.format())
                .time("takenAt", dump.takenAt())
                .text("kind", dump.kind())
                .flag("truncated", dump.truncated())
                .text("comment", dump.comment())
                .text("sidecar", dump.sidecar())
                .address("flags", details.flags());
        if (!details.streams().isEmpty()) {
            json.texts("streams", details.streams());
        }
        if (!details.annotations().isEmpty()) {
            json.beginObject("annotations");
            details.annotations().forEach(json::text);
            json.endObject();
        }
        json.endObject();
    }

    private void windows(Report.WindowsDetails windows) {
        json.beginObject("windows")
                .text("currentDirectory", windows.currentDirectory())
                .text("build", windows.build());
        each("unloadedModules", windows.unloaded(), module -> {
            json.text("name", module.name()).address("base", module.base());
            size("sizeBytes", module.sizeBytes());
        });
        sizes("processMemory", windows.processMemory());
        sizes("machineMemory", windows.machineMemory());
        json.endObject();
    }

    private void sizes(String name, Map<String, Long> sizes) {
        if (!sizes.isEmpty()) {
            json.beginObject(name);
            sizes.forEach(this::size);
            json.endObject();
        }
    }

    private void process(ReportProcess process) {
        json.beginObject("process")
                .number("pid", process.pid())
                .text("image", process.image())
                .text("commandLine", process.commandLine())
                .text("user", process.user())
                .time("startedAt", process.startedAt())
                .millis("upMs", process.up())
                .beginObject("os")
                .text("name", process.osName())
                .text("version", process.osVersion())
                .text("build", process.osBuild())
                .endObject()
                .beginObject("cpu")
                .text("arch", process.cpuArch())
                .number("count", process.cpuCount())
                .endObject()
                .text("host", process.host());
        process.environment().ifPresent(variables -> json.texts("environment", variables));
        json.endObject();
    }

    private void reason(Reason reason) {
        json.beginObject("reason")
                .text("kind", reason.kind().label())
                .text("code", reason.code())
                .text("name", reason.name())
                .address("address", reason.address())
                .text("access", reason.access())
                .number("threadId", reason.threadId())
                .text("text", reason.text())
                .text("chance", reason.chance())
                .endObject();
    }

    private void thread(ReportThread thread) {
        json.number("id", thread.id())
                .text("name", thread.name())
                .flag("crashed", thread.crashed())
                .text("state", thread.state())
                .millis("userMs", thread.user())
                .millis("kernelMs", thread.kernel())
                .address("startAddress", thread.startAddress())
                .number("stackId", thread.stackId())
                .text("stackEnd", thread.stackEnd())
                .text("waitsFor", thread.waitsFor());
        if (!thread.registers().isEmpty()) {
            json.beginObject("registers");
            thread.registers().forEach(one -> json.address(one.name(), one.value()));
            json.endObject();
        }
    }

    private void stack(ReportStack stack) {
        json.number("stackId", stack.stackId());
        numbers("threadIds", stack.threadIds());
        each("frames", stack.frames(), this::frame);
    }

    private void frame(ReportFrame frame) {
        json.number("index", frame.index())
                .text("kind", frame.kind())
                .address("address", frame.address())
                .text("module", frame.module())
                .address("moduleOffset", frame.moduleOffset())
                .text("function", frame.function())
                .text("functionShort", frame.functionShort())
                .address("functionOffset", frame.functionOffset())
                .text("functionFrom", frame.functionFrom())
                .text("file", frame.file())
                .number("line", frame.line())
                .text("language", frame.language())
                .text("trust", frame.trust());
        frame.tailCalled()
                .ifPresent(jump -> json.beginObject("tailCalled")
                        .text("called", jump.called())
                        .flag("framesMissing", jump.framesMissing())
                        .endObject());
        json.text("sourceUrl", frame.sourceUrl());
        frame.source().ifPresent(this::source);
    }

    private void source(Report.Source source) {
        json.beginObject("source").text("path", source.path());
        if (!source.lines().isEmpty()) {
            json.number("firstLine", source.firstLine()).texts("lines", source.lines());
        }
        json.text("note", source.note()).endObject();
    }

    private void module(ReportModule module) {
        json.text("name", module.name()).text("path", module.path()).address("base", module.base());
        size("sizeBytes", module.sizeBytes());
        json.text("version", module.version())
                .text("company", module.company())
                .text("product", module.product())
                .text("codeId", module.codeId())
                .text("debugId", module.debugId())
                .text("symbols", module.symbols())
                .text("symbolsFrom", module.symbolsFrom())
                .text("missingWhy", module.missingWhy());
        if (!module.sourceIndexes().isEmpty()) {
            json.texts("sourceIndexes", module.sourceIndexes());
        }
    }

    private void lock(Lock lock) {
        json.text("kind", lock.kind())
                .address("address", lock.address())
                .number("ownerThreadId", lock.ownerThreadId());
        numbers("waiters", lock.waiters());
        json.flag("held", lock.held())
                .flag("probable", lock.probable())
                .text("detail", lock.detail());
    }

    private void memory(Memory memory) {
        json.beginObject("memory");
        size("committedBytes", memory.committedBytes());
        size("privateBytes", memory.privateBytes());
        size("mappedBytes", memory.mappedBytes());
        size("imageBytes", memory.imageBytes());
        json.number("largestFreeBytes", memory.largestFreeBytes());
        each("byKind", memory.byKind(), this::memoryKind);
        json.endObject();
    }

    private void memoryKind(MemoryKind kind) {
        json.text("kind", kind.kind());
        size("sizeBytes", kind.sizeBytes());
        size("presentBytes", kind.presentBytes());
        json.number("regions", kind.regions());
    }

    private void handles(Handles handles) {
        json.beginObject("handles").number("total", handles.total()).beginObject("byType");
        for (Map.Entry<String, Long> type : new TreeMap<>(handles.byType()).entrySet()) {
            json.number(type.getKey(), type.getValue());
        }
        json.endObject();
        if (!handles.socketsByState().isEmpty()) {
            json.beginObject("socketsByState");
            new TreeMap<>(handles.socketsByState()).forEach(json::number);
            json.endObject();
        }
        if (!handles.remotes().isEmpty()) {
            json.beginArray("remotes");
            handles.remotes()
                    .forEach(remote -> json.beginObject()
                            .text("address", remote.address())
                            .number("connections", remote.connections())
                            .endObject());
            json.endArray();
        }
        json.endObject();
    }

    private void finding(Finding finding) {
        json.text("rule", finding.rule())
                .text("severity", finding.severity().label())
                .text("summary", finding.summary())
                .text("explanation", finding.explanation())
                .text("recommendation", finding.recommendation());
        numbers("threadIds", finding.threadIds());
        json.texts("modules", finding.modules()).texts("evidence", finding.evidence());
    }

    private void signature(Report.Signature signature) {
        json.beginObject("signature")
                .text("text", signature.text())
                .text("hash", signature.hash())
                .texts("frames", signature.frames())
                .text("quality", signature.quality())
                .endObject();
    }

    private void problem(Problem problem) {
        json.text("where", problem.where())
                .text("what", problem.what())
                .text("consequence", problem.consequence());
    }

    /** An array of objects; {@code members} writes what is in each. */
    private <T> void each(String name, List<T> values, java.util.function.Consumer<T> members) {
        json.beginArray(name);
        for (T value : values) {
            json.beginObject();
            members.accept(value);
            json.endObject();
        }
        json.endArray();
    }

    private void numbers(String name, List<Long> values) {
        json.beginArray(name);
        values.forEach(json::number);
        json.endArray();
    }

    /** A size that a broken dump states beyond 2^63 is written as 2^63 - 1, never as negative. */
    private void size(String name, long bytes) {
        json.number(name, Addresses.min(bytes, Long.MAX_VALUE));
    }
}
