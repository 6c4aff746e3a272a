/**
 * From a snapshot to a report: unwinds and names all stacks, builds the case, lets the rules judge
 * it,
 * assembles the report.
 *
 * <p>Opens no dumps (the dump module does) and renders nothing (the report package does). Read
 * {@link
 * dev.mortem.analyze.Analyzer} and {@link dev.mortem.analyze.AnalysisOptions}, then {@link
 * dev.mortem.analyze.casefile.CaseFile}, the rules, and the assembly.
 */
package dev.mortem.analyze;
