/**
 * What holds for the whole project: the tidy rules.
 *
 * <p>Tidy: {@link dev.mortem.testkit.checks.Project} finds the modules, their sources and what was
 * compiled from them; {@link dev.mortem.testkit.checks.TidyRule} judges one {@link
 * dev.mortem.testkit.checks.SourceUnit} and brings a sample that it must refuse; {@link
 * dev.mortem.testkit.checks.TextRules}, {@link dev.mortem.testkit.checks.SyntaxRules} and {@link
 * dev.mortem.testkit.checks.ClassRules} are those there are; {@link
 * dev.mortem.testkit.checks.PackageGraph} finds cycles; {@link
 * dev.mortem.testkit.checks.ProjectRules} looks at more than one file.
 *
 * <p>Not shipped, and nothing that is checked here depends on it.
 */
@NullMarked
package dev.mortem.testkit.checks;

import org.jspecify.annotations.NullMarked;
