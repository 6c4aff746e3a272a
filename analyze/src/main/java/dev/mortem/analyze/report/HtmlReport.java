package dev.mortem.analyze.report;

import dev.mortem.analyze.report.Report.Finding;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/**
 * The report as one HTML file that needs nothing else: no network, no other file, and no script to be
 * read. Its policy (CSP) lets the browser run the one inline script and style by their hashes and load
 * nothing at all. Bounded in size: see {@link HtmlThreads}; what is left out is said, and is in JSON.
 */
final class HtmlReport {
    private final Report report;
    private final RenderOptions options;
    private final HtmlWriter html;

    private HtmlReport(Report report, RenderOptions options, HtmlWriter html) {
        this.report = report;
        this.options = options;
        this.html = html;
    }

    /** Writes the report and flushes; the writer stays open. */
    static void write(Report report, Writer target, RenderOptions options) throws IOException {
        HtmlWriter html = new HtmlWriter(target);
        new HtmlReport(report, options, html).document();
        html.end();
    }

    private void document() throws IOException {
        String style = resource("report.css");
        String script = resource("report.js");
        html.doctype();
        html.open("html", "lang", "en");
        head(style, script);
        html.open("body");
        html.element("a", "Skip to the report", "class", "skip", "href", "#main");
        bar();
        html.open("main", "id", "main", "tabindex", "-1");
        headline();
        contents();
        HtmlFacts facts = new HtmlFacts(html, options);
        facts.process(report);
        new HtmlCycles(html).write(report);
        new HtmlThreads(html, options).write(ThreadGroups.of(report));
        facts.findings(report.findings());
        new HtmlTables(html).write(report);
        signature();
        html.close();
        footer();
        html.ownResource("script", script);
        html.close().close();
    }

    private void head(String style, String script) throws IOException {
        html.open("head");
        html.single("meta", "charset", "utf-8");
        String policy = "default-src 'none'; script-src '" + sha256(script) + "'; style-src '"
                + sha256(style) + "'; base-uri 'none'; form-action 'none'";
        html.single("meta", "http-equiv", "Content-Security-Policy", "content", policy);
        html.single("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        html.single("meta", "name", "color-scheme", "content", "light dark");
        html.single("meta", "name", "referrer", "content", "no-referrer");
        html.single("meta", "name", "generator", "content", report.tool());
        html.element("title", report.headline().summary());
        html.ownResource("style", style);
        html.close();
    }

    /** Stays at the top: what it is about, and the controls, which need the script. */
    private void bar() throws IOException {
        Finding headline = report.headline();
        html.open("header", "class", "bar").open("div", "class", "bar-inside");
        html.open("p", "class", "bar-headline", "aria-hidden", "true");
        chip(html, headline.severity());
        html.element("span", headline.summary(), "class", "bar-text");
        html.close();
        html.open("div", "class", "controls", "role", "search", "data-script", "", "hidden", "");
        html.element("label", "Search threads, frames and modules", "class", "sr", "for", "search");
        html.single(
                "input",
                "class",
                "search",
                "id",
                "search",
                "type",
                "search",
                "autocomplete",
                "off",
                "spellcheck",
                "false",
                "placeholder",
                "Search (press /)");
        html.element("button", "Expand all", "type", "button", "id", "expand");
        html.element("button", "Collapse all", "type", "button", "id", "collapse");
        html.element("button", "Theme: auto", "type", "button", "id", "theme");
        html.close();
        html.element("p", "", "class", "status", "id", "status", "role", "status");
        html.close().close();
    }

    private void headline() throws IOException {
        Finding headline = report.headline();
        html.open(
                "section",
                "class",
                "card headline " + headline.severity().label(),
                "aria-labelledby",
                "headline");
        html.open("p", "class", "eyebrow");
        chip(html, headline.severity());
        html.element("code", headline.rule());
        html.close();
        html.element("h1", headline.summary(), "id", "headline");
        if (!headline.recommendation().isEmpty()) {
            html.open("div", "class", "todo");
            html.element("h2", "What to do");
            html.element("p", headline.recommendation());
            html.close();
        }
        if (!headline.explanation().isEmpty()) {
            html.element("p", headline.explanation(), "class", "prose");
        }
        evidence(html, headline);
        html.close();
    }

    /** What a finding rests on. */
    static void evidence(HtmlWriter html, Finding finding) throws IOException {
        if (finding.evidence().isEmpty()) {
            return;
        }
        html.open("ul", "class", "evidence");
        for (String line : finding.evidence().stream().limit(200).toList()) {
            html.element("li", line);
        }
        html.close();
    }

    static void chip(HtmlWriter html, Report.Severity severity) throws IOException {
        String label = severity.label();
        String text = label.substring(0, 1).toUpperCase(Locale.ROOT) + label.substring(1);
        html.element("span", text, "class", "chip " + label);
    }

    /** Links to the sections that there are. */
    private void contents() throws IOException {
        html.open("nav", "class", "toc", "aria-label", "Sections").open("ul");
        link("Process", "process", true);
        link("Deadlock", "deadlock", !WaitCycle.in(report.locks()).isEmpty());
        link("Threads", "threads", !report.threads().isEmpty());
        link("Also found", "also-found", report.findings().size() > 1);
        link("Locks", "locks", !report.locks().isEmpty());
        link("Modules", "modules", !report.modules().isEmpty());
        link("Memory", "memory", true);
        link("Handles", "handles", report.handles().isPresent());
        link("Diagnostics", "diagnostics", !report.diagnostics().isEmpty());
        link("Signature", "signature", true);
        html.close().close();
    }

    private void link(String text, String section, boolean exists) throws IOException {
        if (exists) {
            html.open("li").element("a", text, "href", "#" + section).close();
        }
    }

    private void signature() throws IOException {
        Report.Signature signature = report.signature();
        html.open("section", "class", "card", "id", "signature");
        html.element("h2", "Signature");
        html.open("div", "class", "signature");
        html.element("pre", signature.text(), "id", "signature-text");
        html.element(
                "button",
                "Copy signature",
                "type",
                "button",
                "id",
                "copy",
                "data-script",
                "",
                "hidden",
                "");
        html.close();
        html.open("p", "class", "small").text("Hash ").element("code", signature.hash());
        html.text(", made of " + signature.quality()
                + ". Two dumps with one signature most probably have one cause.");
        html.close().close();
    }

    private void footer() throws IOException {
        html.open("footer");
        html.element(
                "p",
                "Written by " + report.tool() + " on "
                        + Quantity.time(report.analysedAt(), options.zone()) + " in "
                        + Quantity.duration(report.duration()) + ".");
        html.open("p", "class", "keys", "data-script", "", "hidden", "");
        html.element("kbd", "/").text(" searches, ").element("kbd", "Esc").text(" clears.");
        html.close().close();
    }

    private static String resource(String name) {
        try (InputStream bytes = HtmlReport.class.getResourceAsStream(name)) {
            if (bytes == null) {
                throw new IllegalStateException(name + " is missing from the product");
            }
            return new String(bytes.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** As a policy names an inline script or style (CSP Level 3, "hash-source"). */
    private static String sha256(String content) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(content.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has SHA-256", impossible);
        }
    }

    /** The text of optional parts that are there, with something between. */
    static String joined(String between, List<String> parts) {
        return String.join(
                between, parts.stream().filter(part -> !part.isEmpty()).toList());
    }
}
