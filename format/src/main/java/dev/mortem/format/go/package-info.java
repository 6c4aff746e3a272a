/**
 * The tables that the Go runtime keeps of its own functions, for stack traces: they are in every Go
 * program, stripped or not (golang.org/s/go12symtab; package runtime, symtab.go and symtabinl.go).
 *
 * <p>Read for versions 1.2 to 1.26 on ELF; goroutines and types are not. Reading order: {@link
 * dev.mortem.format.go.GoSymbols}, {@link dev.mortem.format.go.GoFrame}; then how: {@code PclnTable},
 * {@code PclnVersion}, {@code PcValues}, {@code InlineTree}, {@code ModuleData}, {@code GoFinder}.
 */
package dev.mortem.format.go;
