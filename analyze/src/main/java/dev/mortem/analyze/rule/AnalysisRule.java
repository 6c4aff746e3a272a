package dev.mortem.analyze.rule;

import dev.mortem.analyze.casefile.CaseFile;

import java.util.stream.Stream;

/** Says what a case means. Stateless, safe for any thread; finds nothing where it is not sure. */
public interface AnalysisRule {
    RuleId id();

    /** The findings, each complete but for its place among the others. */
    Stream<Draft> evaluate(CaseFile dump);
}
