package dev.mortem.analyze.report;

import dev.mortem.analyze.report.Report.DumpFacts;
import dev.mortem.analyze.report.Report.Finding;
import dev.mortem.analyze.report.Report.Reason;
import dev.mortem.analyze.report.Report.ReportProcess;
import dev.mortem.base.address.Addresses;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Of an {@link HtmlReport}: process, dump and reason, and the findings after the headline. */
final class HtmlFacts {
    private final HtmlWriter html;
    private final RenderOptions options;

    HtmlFacts(HtmlWriter html, RenderOptions options) {
        this.html = html;
        this.options = options;
    }

    void process(Report report) throws IOException {
        ReportProcess process = report.process();
        html.open("section", "class", "card", "id", "process");
        html.element("h2", "Process and dump");
        html.open("dl", "class", "facts");
        reason(report.reason());
        fact(
                "Process",
                HtmlReport.joined(
                        ", ",
                        List.of(
                                process.image().orElse(""),
                                process.pid().isPresent()
                                        ? "pid " + process.pid().getAsLong()
                                        : "",
                                process.user().map(user -> "user " + user).orElse(""))));
        fact("Host", process.host());
        fact("Command", process.commandLine());
        fact("Folder", report.details().windows().flatMap(Report.WindowsDetails::currentDirectory));
        fact(
                "System",
                HtmlReport.joined(
                        " ",
                        List.of(
                                process.osName().orElse(""),
                                process.osVersion().orElse(""),
                                process.osBuild().orElse(""))));
        fact(
                "CPU",
                process.cpuArch()
                        + (process.cpuCount().isPresent()
                                ? " × " + process.cpuCount().getAsInt()
                                : ""));
        time("Started", process.startedAt());
        fact("Up", process.up().map(Quantity::duration));
        dump(report.dump());
        for (Map.Entry<String, String> annotation :
                report.details().annotations().entrySet()) {
            fact(annotation.getKey(), annotation.getValue());
        }
        html.close();
        environment(process.environment().orElse(List.of()));
        html.close();
    }

    private void reason(Reason reason) throws IOException {
        fact("Reason", reason.text());
        fact(
                "Details",
                HtmlReport.joined(
                        ", ",
                        List.of(
                                reason.name().orElse(""),
                                reason.code().map(code -> "code " + code).orElse(""),
                                reason.chance()
                                        .map(chance -> chance + " chance")
                                        .orElse(""),
                                reason.access().orElse(""),
                                reason.address().isPresent()
                                        ? "address "
                                                + Addresses.hex(reason.address().getAsLong())
                                        : "",
                                reason.threadId().isPresent()
                                        ? "thread " + reason.threadId().getAsLong()
                                        : "")));
    }

    private void dump(DumpFacts dump) throws IOException {
        fact("Dump", dump.file());
        fact(
                "Format",
                HtmlReport.joined(
                        ", ",
                        List.of(
                                HtmlReport.joined(
                                        " ",
                                        List.of(
                                                dump.kind().orElse(""),
                                                Quantity.dumpFormat(dump.format()))),
                                dump.sizeBytes().isPresent()
                                        ? Quantity.bytes(dump.sizeBytes().getAsLong())
                                        : "",
                                dump.truncated() ? "cut short" : "")));
        time("Taken", dump.takenAt());
        fact("Comment", dump.comment());
        fact("Sidecar", dump.sidecar());
    }

    private void fact(String name, String value) throws IOException {
        if (!value.isEmpty()) {
            html.open("div").element("dt", name).element("dd", value).close();
        }
    }

    private void fact(String name, Optional<String> value) throws IOException {
        fact(name, value.orElse(""));
    }

    private void time(String name, Optional<Instant> value) throws IOException {
        if (value.isPresent()) {
            html.open("div").element("dt", name).open("dd");
            html.element(
                    "time", Quantity.time(value.get(), options.zone()),
                    "datetime", value.get().toString());
            html.close().close();
        }
    }

    private void environment(List<String> variables) throws IOException {
        if (variables.isEmpty()) {
            return;
        }
        html.open("details", "class", "group");
        html.element("summary", "Environment: " + Quantity.of(variables.size(), "variable"));
        html.open("div", "class", "group-body");
        for (String variable : variables.stream().limit(2000).toList()) {
            html.element("p", variable, "class", "mono");
        }
        html.close().close();
    }

    /** All but the headline. */
    void findings(List<Finding> findings) throws IOException {
        if (findings.size() < 2) {
            return;
        }
        html.open("section", "class", "card", "id", "also-found");
        html.element("h2", "Also found");
        for (Finding finding : findings.subList(1, findings.size())) {
            html.open("div", "class", "finding", "data-find", "findings");
            html.open("p", "class", "eyebrow");
            HtmlReport.chip(html, finding.severity());
            html.element("code", finding.rule());
            html.close();
            html.element("h3", finding.summary());
            if (!finding.explanation().isEmpty()) {
                html.element("p", finding.explanation(), "class", "prose");
            }
            HtmlReport.evidence(html, finding);
            if (!finding.recommendation().isEmpty()) {
                html.open("div", "class", "todo");
                html.element("h3", "What to do").element("p", finding.recommendation());
                html.close();
            }
            html.close();
        }
        html.close();
    }
}
