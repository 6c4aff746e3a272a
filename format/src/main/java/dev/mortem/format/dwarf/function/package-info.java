/**
 * From an svma to the functions that it belongs to, those inlined into others included, with the lines at
 * which each calls the next (DWARF 2 to 5, sections 3.3 and 7.5; split and supplementary files, section
 * 7.3).
 *
 * <p>It does not look for files, knows no variables and types, and demangles nothing. Reading order:
 * {@link dev.mortem.format.dwarf.function.DebugInfo}, {@link
 * dev.mortem.format.dwarf.function.SourceFunction}, {@link
 * dev.mortem.format.dwarf.function.TailCalls}, {@link
 * dev.mortem.format.dwarf.function.DwarfCompanions}; inside FunctionWalk, FunctionScopes,
 * FunctionNames, EnclosingScopes, TailCallSearch, FunctionCalls, SplitUnits.
 */
package dev.mortem.format.dwarf.function;
