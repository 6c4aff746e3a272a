/**
 * ELF files and images, 32 and 64 bit, both byte orders, any machine: headers, segments, sections,
 * notes, symbols.
 *
 * <p>Specification: System V Application Binary Interface, edition 4.1 and its gABI drafts,
 * chapters 4 and 5; Linux's elf(5) for what GNU adds. Nothing here opens a file, knows a process or
 * applies a relocation; core files' own notes are in {@code dev.mortem.format.elf.core}.
 *
 * <p>Read {@link dev.mortem.format.elf.ElfFile} first; then its parts in file order: {@link
 * dev.mortem.format.elf.ElfHeader}, {@link dev.mortem.format.elf.ProgramHeader}, {@link
 * dev.mortem.format.elf.SectionHeader}, {@link dev.mortem.format.elf.ElfNote}, {@link
 * dev.mortem.format.elf.DebugLink}, {@link dev.mortem.format.elf.SymbolTable}. {@link
 * dev.mortem.format.elf.ElfDynamic} reads the symbols of a module of which only memory is known.
 */
package dev.mortem.format.elf;
