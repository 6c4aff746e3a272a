/**
 * The report as a value ({@link dev.mortem.analyze.report.Report}, the schema {@code mortem.report/1})
 * and its renderings: text, HTML and JSON. A renderer decides nothing: what a report says was settled
 * when the value was made.
 */
package dev.mortem.analyze.report;
