/**
 * From a module of the snapshot to the files that belong to it: the file it was loaded from, its debug
 * file, and what of it is in the process's memory.
 *
 * <p>A file is only used when it is shown to be the same: by its build id, or where there is none by
 * its bytes; a module of Windows by its time stamp and its image's size. It names no functions and
 * unwinds nothing. Reading order: {@link dev.mortem.stack.locate.ModuleSearch}, {@link
 * dev.mortem.stack.locate.ModuleImages}, {@link dev.mortem.stack.locate.ModuleImage}, {@link
 * dev.mortem.stack.locate.SymbolsState}; then how: {@code ModuleLocator}, {@code ModuleProof}, {@code
 * LoadBias}, {@code DebugFiles}, {@code DebugCompanions}, {@link
 * dev.mortem.stack.locate.FileCompanions}, {@link dev.mortem.stack.locate.ElfDwarf},
 * {@code UserFiles}, {@code SymbolFiles}, {@code OpenFiles}, {@code EmbeddedSymbols}, {@code
 * ReplacedFiles}, {@code JitMaps}; of Windows {@code PeLocator}, {@code PeFiles}, {@link
 * dev.mortem.stack.locate.PeModule}, {@code MappedDwarf}, {@link dev.mortem.stack.locate.PeFunctions}.
 */
package dev.mortem.stack.locate;
