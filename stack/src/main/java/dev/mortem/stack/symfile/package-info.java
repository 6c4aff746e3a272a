/**
 * Makes Breakpad symbol files of what compilers and linkers write: DWARF in ELF and PE files, PDBs, and
 * unwind information.
 *
 * <p>Writes names as people read them, demangled. Finds no files. Reading order: {@link
 * dev.mortem.stack.symfile.SymFileMaker}; then how: {@code FunctionRecords}, {@code DwarfRules}, {@code
 * WindowsRules}, {@code RuleRecords}.
 */
@org.jspecify.annotations.NullMarked
package dev.mortem.stack.symfile;
