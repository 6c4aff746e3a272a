/**
 * ELF core files to snapshots and back.
 *
 * <p>Reading, in file order: {@link dev.mortem.dump.core.CoreReader} puts a {@link
 * dev.mortem.dump.memory.FileSnapshot} together from {@link dev.mortem.dump.core.ProcessNotes}
 * (threads, crash reason), {@link dev.mortem.dump.memory.FileMemory} and {@link
 * dev.mortem.dump.core.CoreSegments} (regions), {@link dev.mortem.dump.core.CoreModules} and {@link
 * dev.mortem.dump.core.LinkMap} (modules) and {@link dev.mortem.dump.core.StartBlock} (arguments
 * and environment). Writing: {@link dev.mortem.dump.core.CoreWriter}, whose {@link
 * dev.mortem.dump.core.CoreLayout} makes the size and offset passes, and {@link
 * dev.mortem.dump.copy.DumpCopier} the write pass. The structures themselves are in {@code
 * dev.mortem.format.elf.core}; no file is opened for reading here.
 */
@NullMarked
package dev.mortem.dump.core;

import org.jspecify.annotations.NullMarked;
