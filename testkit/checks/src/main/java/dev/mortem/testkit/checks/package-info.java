/**
 * What holds for the whole project: the tidy rules, and the fuzzing of every parser.
 *
 * <p>Tidy: {@link dev.mortem.testkit.checks.Project} finds the modules, their sources and what was
 * compiled from them; {@link dev.mortem.testkit.checks.TidyRule} judges one {@link
 * dev.mortem.testkit.checks.SourceUnit} and brings a sample that it must refuse; {@link
 * dev.mortem.testkit.checks.TextRules}, {@link dev.mortem.testkit.checks.SyntaxRules} and {@link
 * dev.mortem.testkit.checks.ClassRules} are those there are; {@link
 * dev.mortem.testkit.checks.PackageGraph} finds cycles; {@link
 * dev.mortem.testkit.checks.ProjectRules} looks at more than one file.
 *
 * <p>Fuzzing: {@link dev.mortem.testkit.checks.FuzzRegistry} names a {@link
 * dev.mortem.testkit.checks.FuzzTarget} for every parser; {@link
 * dev.mortem.testkit.checks.FuzzSeeds} are the sound inputs that are damaged; {@link
 * dev.mortem.testkit.checks.Mutator} damages them; {@link dev.mortem.testkit.checks.Fuzzer} runs a
 * target and tells of what it must not do.
 *
 * <p>Not shipped, and nothing that is checked here depends on it.
 */
@NullMarked
package dev.mortem.testkit.checks;

import org.jspecify.annotations.NullMarked;
