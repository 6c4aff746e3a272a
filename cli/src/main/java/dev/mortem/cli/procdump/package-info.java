/**
 * ProcDump's command line, without anything that it does: what the arguments ask for, what it comes to in
 * Mortem's own conditions and kinds of dumps, names of files, and lines of text. Touches no process and no
 * file.
 *
 * <p>Read {@link dev.mortem.cli.procdump.ProcDumpOption}, which lists all options, {@link
 * dev.mortem.cli.procdump.ProcDumpParser} and {@link dev.mortem.cli.procdump.ProcDumpRequest}; then {@link
 * dev.mortem.cli.procdump.ProcDumpTriggers}, {@link dev.mortem.cli.procdump.ExceptionFilter}, {@link
 * dev.mortem.cli.procdump.DumpFileName} and {@link dev.mortem.cli.procdump.SettingsBlock}.
 */
@NullMarked
package dev.mortem.cli.procdump;

import org.jspecify.annotations.NullMarked;
