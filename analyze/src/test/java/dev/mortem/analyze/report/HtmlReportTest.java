package dev.mortem.analyze.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.text.Escape;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.ZoneId;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

class HtmlReportTest {
    private static final RenderOptions OPTIONS = RenderOptions.plain(ZoneId.of("Europe/Berlin"));

    static Stream<Map.Entry<String, Report>> samples() {
        return TextReportTest.samples();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void isAsExpected(Map.Entry<String, Report> sample) throws IOException {
        String document = html(sample.getValue());
        StrictHtml parsed = StrictHtml.parse(document);
        // the style and the script are sources of their own: here they would only hide the rest
        String body = document.replace(parsed.raw().getOrDefault("style", ""), "(style)")
                .replace(parsed.raw().getOrDefault("script", ""), "(script)")
                .replaceAll("sha256-[A-Za-z0-9+/=]+", "(hash)");
        Golden.check(sample.getKey(), "expected.html", body);
    }

    @ParameterizedTest
    @MethodSource("samples")
    void needsNothingAndRunsNothingElse(Map.Entry<String, Report> sample) throws IOException {
        StrictHtml parsed = StrictHtml.parse(html(sample.getValue()));
        for (StrictHtml.Element element : parsed.elements()) {
            assertThat(element.tag())
                    .isNotIn("img", "link", "iframe", "object", "embed", "base", "form", "image");
            element.attributes().forEach((name, value) -> {
                assertThat(name).doesNotStartWith("on").isNotIn("style", "src", "srcset");
                if (name.equals("href")) {
                    assertThat(value).startsWith("#");
                }
                if (value.contains("url(")) {
                    assertThat(value).startsWith("url(#");
                }
            });
        }
        String own =
                parsed.raw().getOrDefault("style", "") + parsed.raw().getOrDefault("script", "");
        assertThat(own).doesNotContain("url(", "@import", "http:", "https:", "fetch(", "eval(");
        assertThat(own)
                .doesNotContain("innerHTML", "outerHTML", "insertAdjacent", "document.write");
    }

    @ParameterizedTest
    @MethodSource("samples")
    void thePolicyAllowsTheInlineScriptAndStyleOnly(Map.Entry<String, Report> sample)
            throws Exception {
        StrictHtml parsed = StrictHtml.parse(html(sample.getValue()));
        String policy = parsed.elements().stream()
                .filter(element ->
                        "Content-Security-Policy".equals(element.attributes().get("http-equiv")))
                .map(element -> element.attributes().getOrDefault("content", ""))
                .collect(Collectors.joining());
        assertThat(policy.split("; ", -1))
                .containsExactly(
                        "default-src 'none'",
                        "script-src 'sha256-" + sha256(parsed.raw().getOrDefault("script", ""))
                                + "'",
                        "style-src 'sha256-" + sha256(parsed.raw().getOrDefault("style", "")) + "'",
                        "base-uri 'none'",
                        "form-action 'none'");
    }

    @ParameterizedTest
    @MethodSource("samples")
    void whatRefersToSomethingFindsIt(Map.Entry<String, Report> sample) throws IOException {
        StrictHtml parsed = StrictHtml.parse(html(sample.getValue()));
        Set<String> ids = new HashSet<>();
        for (StrictHtml.Element element : parsed.elements()) {
            String id = element.attributes().get("id");
            assertThat(id == null || ids.add(id)).as("id %s twice", id).isTrue();
        }
        for (StrictHtml.Element element : parsed.elements()) {
            for (String name : List.of("href", "for", "aria-labelledby")) {
                String value = element.attributes().getOrDefault(name, "");
                for (String id : value.replace("#", "").split(" ", -1)) {
                    assertThat(id.isEmpty() || ids.contains(id))
                            .as("%s=%s", name, id)
                            .isTrue();
                }
            }
        }
        Matcher used = Pattern.compile("one\\('([a-z-]+)'\\)")
                .matcher(parsed.raw().getOrDefault("script", ""));
        while (used.find()) {
            assertThat(ids).contains(used.group(1));
        }
    }

    @Test
    void hostileTextIsTextAndNothingElse() throws IOException {
        String document = html(SampleReports.hostile());
        StrictHtml parsed = StrictHtml.parse(document);
        String shown = Escape.visible(SampleReports.HOSTILE);
        // headline, bar, title, what to do, explanation, evidence, facts, lock, module, diagnostics
        // …
        assertThat(parsed.texts().stream().filter(text -> text.contains(shown)))
                .hasSizeGreaterThan(35);
        assertThat(parsed.texts()).contains(shown);
        assertThat(document.codePoints().filter(each -> each != '\n')).noneMatch(Escape::isActive);
        assertThat(parsed.elements().stream().filter(each -> each.tag().equals("script")))
                .hasSize(1);
    }

    @Test
    void theStrictReaderRefusesWhatABrowserWouldRepair() {
        for (String bad : List.of(
                "<p>a<b>c</p>",
                "<p>a & b</p>",
                "<p>1 > 0</p>",
                "<p>it's</p>",
                "<p class=x>a</p>",
                "<p class=\"x\" class=\"y\">a</p>",
                "<p>a",
                "<p>&nbsp;</p>",
                "a")) {
            assertThatThrownBy(() -> StrictHtml.parse("<!DOCTYPE html>\n" + bad))
                    .as(bad)
                    .isInstanceOf(AssertionError.class);
        }
    }

    @Test
    void whatItIsAboutIsOpenAndTheRestClosed() throws IOException {
        List<StrictHtml.Element> groups =
                StrictHtml.parse(html(SampleReports.crash())).elements().stream()
                        .filter(element -> element.tag().equals("details"))
                        .filter(element -> !"source".equals(element.attributes().get("class")))
                        .toList();
        assertThat(groups).hasSize(4);
        assertThat(groups.getFirst().attributes()).containsKey("open");
        assertThat(groups.subList(1, 4)).noneMatch(group -> group.attributes().containsKey("open"));
    }

    @Test
    void theDrawingSaysTheSameInWords() throws IOException {
        StrictHtml parsed = StrictHtml.parse(html(SampleReports.deadlock()));
        assertThat(parsed.elements().stream()
                        .filter(element -> element.attributes().containsValue("edge")))
                .hasSize(6);
        assertThat(parsed.texts())
                .contains("Thread 9001 \"orders\" waits for mutex 0x55d0c1e04058, held by thread"
                        + " 9002 \"stock\"")
                .anyMatch(text -> text.startsWith("Thread 9001 \"orders\" waits for mutex")
                        && text.contains("Thread 9003"));
    }

    @Test
    void largeReportsStaySmall() throws IOException {
        assertThat(html(SampleReports.large(500, 200)).length()).isLessThan(6_000_000);
        assertThat(html(SampleReports.large(3000, 40)).length()).isLessThan(6_000_000);
        assertThat(html(SampleReports.overflow(100_000)).length()).isLessThan(100_000);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void textHasContrast(int theme) throws IOException {
        // WCAG 2.2, success criterion 1.4.3 (AA): 4.5 to 1; light, dark by system, dark by choice
        String style =
                StrictHtml.parse(html(SampleReports.unknown())).raw().getOrDefault("style", "");
        Matcher themes = Pattern.compile("color-scheme: (light|dark);([^}]*)").matcher(style);
        for (int skip = 0; skip <= theme; skip++) {
            assertThat(themes.find()).isTrue();
        }
        Map<String, String> colours = new HashMap<>();
        Matcher colour = Pattern.compile("--([a-z-]+): (#[0-9a-f]{6})").matcher(themes.group(2));
        while (colour.find()) {
            colours.put(colour.group(1), colour.group(2));
        }
        for (String pair : List.of(
                "text page",
                "text card",
                "text raised",
                "muted page",
                "muted card",
                "muted raised",
                "accent card",
                "accent page",
                "error error-soft",
                "error card",
                "warning warning-soft",
                "warning card",
                "note note-soft",
                "good good-soft",
                "text found",
                "text error-soft",
                "muted error-soft")) {
            String[] names = pair.split(" ", 2);
            assertThat(contrast(
                            colours.getOrDefault(names[0], ""), colours.getOrDefault(names[1], "")))
                    .as(pair)
                    .isGreaterThanOrEqualTo(4.5);
        }
    }

    private static double contrast(String one, String other) {
        double first = luminance(one);
        double second = luminance(other);
        return (Math.max(first, second) + 0.05) / (Math.min(first, second) + 0.05);
    }

    private static double luminance(String colour) {
        double[] weights = {0.2126, 0.7152, 0.0722};
        double sum = 0;
        for (int at = 0; at < 3; at++) {
            double part = Integer.parseInt(colour.substring(1 + 2 * at, 3 + 2 * at), 16) / 255.0;
            sum += weights[at]
                    * (part <= 0.04045 ? part / 12.92 : Math.pow((part + 0.055) / 1.055, 2.4));
        }
        return sum;
    }

    private static String sha256(String content) throws Exception {
        return Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("SHA-256")
                        .digest(content.getBytes(StandardCharsets.UTF_8)));
    }

    private static String html(Report report) throws IOException {
        StringWriter text = new StringWriter();
        ReportFormat.HTML.render(report, text, OPTIONS);
        return text.toString();
    }
}
