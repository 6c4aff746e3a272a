/**
 * The report as a value ({@link dev.mortem.analyze.report.Report}, the schema {@code mortem.report/1})
 * and its renderings: text, HTML and JSON. A renderer decides nothing: what a report says was settled
 * when the value was made. Everything from the dump is hostile until {@link
 * dev.mortem.base.text.Escape} or a writer has escaped it.
 *
 * <p>In reading order: {@code Report}; {@link dev.mortem.analyze.report.ReportFormat} and {@link
 * dev.mortem.analyze.report.RenderOptions}, what callers use; {@code JsonReport}; the readings of a
 * report that people need, {@code ThreadGroups}, {@code FoldedStack}, {@code WaitCycle}, {@code Trust},
 * {@code LongName}, {@code Quantity}; {@code TextReport} and {@code TextThreads} on a {@code TextPage};
 * {@code HtmlReport} with {@code HtmlFacts}, {@code HtmlCycles}, {@code HtmlThreads} and {@code
 * HtmlTables} on an {@code HtmlWriter}; its style, its script and the JSON Schema are resources here.
 */
package dev.mortem.analyze.report;
