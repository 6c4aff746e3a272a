/**
 * CodeView: the records of Microsoft's compilers and linkers (microsoft-pdb, cvinfo.h; LLVM
 * documentation, "CodeView Symbol Records").
 *
 * <p>Which debug information belongs to an image, in the debug directory of a PE image (Microsoft PE/COFF
 * specification, "Debug Type") and in the module list of a minidump (MINIDUMP_MODULE.CvRecord): {@link
 * dev.mortem.format.codeview.CodeViewRecord}. Functions and code that was inlined: {@link
 * dev.mortem.format.codeview.SymbolRecord}, {@link dev.mortem.format.codeview.SymbolKind}, {@link
 * dev.mortem.format.codeview.ProcedureSymbol}, {@link dev.mortem.format.codeview.InlineSite}, {@link
 * dev.mortem.format.codeview.BinaryAnnotations}. Lines: {@link
 * dev.mortem.format.codeview.DebugSubsection}, {@link dev.mortem.format.codeview.LineBlocks}, {@link
 * dev.mortem.format.codeview.InlineeLines}. Types, as far as they have names: {@link
 * dev.mortem.format.codeview.TypeRecord}.
 *
 * <p>Knows no container: where such records lie, in a PDB or elsewhere, others know.
 */
package dev.mortem.format.codeview;
