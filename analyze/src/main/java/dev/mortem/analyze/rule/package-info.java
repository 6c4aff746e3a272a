/**
 * One class for each thing that can be wrong: from a case to findings in plain words.
 *
 * <p>A rule looks at the {@link dev.mortem.analyze.casefile.CaseFile} and at nothing else, and
 * finds
 * nothing where it is not sure. To add one: a class here, its id in {@link
 * dev.mortem.analyze.rule.RuleId}, an entry in {@link dev.mortem.analyze.rule.AnalysisRules}, a
 * test
 * with its case and its twin that must find nothing. Read {@link
 * dev.mortem.analyze.rule.AnalysisRule}, {@link dev.mortem.analyze.rule.Draft}, {@link
 * dev.mortem.analyze.rule.Wording}, then any rule.
 */
package dev.mortem.analyze.rule;
