package dev.mortem.analyze.rule;

import dev.mortem.analyze.report.Report;
import dev.mortem.analyze.report.Report.Severity;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A finding as a rule writes it, part by part. Belongs to one thread. */
public final class Draft {
    private final RuleId rule;
    private final Severity severity;
    private String summary = "";
    private String explanation = "";
    private String recommendation = "";
    private final Set<Long> threadIds = new LinkedHashSet<>();
    private final Set<String> modules = new LinkedHashSet<>();
    private final List<String> evidence = new ArrayList<>();

    private Draft(RuleId rule, Severity severity) {
        this.rule = rule;
        this.severity = severity;
    }

    public static Draft of(RuleId rule, Severity severity) {
        return new Draft(rule, severity);
    }

    public static Draft error(RuleId rule) {
        return new Draft(rule, Severity.ERROR);
    }

    public RuleId rule() {
        return rule;
    }

    public Severity severity() {
        return severity;
    }

    /** One sentence: what happened, to which thread, in whose code. */
    public Draft summary(String sentence) {
        summary = sentence;
        return this;
    }

    public Draft explain(String text) {
        explanation = text;
        return this;
    }

    public Draft recommend(String text) {
        recommendation = text;
        return this;
    }

    public Draft thread(long threadId) {
        threadIds.add(threadId);
        return this;
    }

    public Draft threads(Collection<Long> more) {
        threadIds.addAll(more);
        return this;
    }

    public Draft module(Optional<String> module) {
        module.ifPresent(modules::add);
        return this;
    }

    public Draft evidence(String line) {
        evidence.add(line);
        return this;
    }

    public Draft evidence(Optional<String> line) {
        line.ifPresent(evidence::add);
        return this;
    }

    /** The finished finding. */
    public Report.Finding finding() {
        if (summary.isEmpty() || explanation.isEmpty() || recommendation.isEmpty()) {
            throw new IllegalStateException(rule.label() + ": a finding without words");
        }
        return new Report.Finding(
                rule.label(),
                severity,
                summary,
                explanation,
                recommendation,
                List.copyOf(threadIds),
                List.copyOf(modules),
                List.copyOf(evidence));
    }
}
