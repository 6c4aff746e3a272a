/**
 * The {@code mortem} command: it takes the words of a command line, calls the parts that do the work and
 * prints what they say. It decides nothing about dumps.
 *
 * <p>Start at {@link dev.mortem.cli.Main}; each command is a class of its own ({@link
 * dev.mortem.cli.PsCommand}, {@link dev.mortem.cli.DumpCommand}, {@link dev.mortem.cli.AnalyzeCommand},
 * {@link dev.mortem.cli.DoctorCommand}, {@link dev.mortem.cli.DemoCommand}). Exit codes are {@link
 * dev.mortem.cli.ExitCode}; what ends a command early is a {@link dev.mortem.cli.CommandFailure}.
 */
package dev.mortem.cli;
