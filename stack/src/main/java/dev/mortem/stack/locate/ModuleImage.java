package dev.mortem.stack.locate;

import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.format.breakpad.SymFile;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.MiniDebugInfo;
import dev.mortem.format.go.GoSymbols;
import dev.mortem.format.pdb.PdbFile;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * A module with all that was found of it. Immutable, safe for any thread until its {@link ModuleImages}
 * is closed.
 *
 * @param bias address = svma + bias; empty where neither memory nor a file tells where it was linked.
 *     Where only a symbol file or a PDB is at hand, which counts from the module's start, the module's
 *     base
 * @param file the whole file, shown to be the one that was mapped; for the kernel's vdso its image in
 *     memory, which is whole
 * @param filePath where {@code file} is on this machine
 * @param debugFile the separate debug file, shown to belong to the module
 * @param debugPath where {@code debugFile} is on this machine
 * @param symFile the Breakpad symbol file about this build; looked for where no file has lines
 * @param symPath where {@code symFile} is on this machine
 * @param pdb the PDB of this build; of a module of Windows
 * @param miniDebugInfo names of functions that {@code file} carries compressed; empty where it has a
 *     symbol table of its own
 * @param goSymbols the tables of a Go program's runtime, from {@code file} or memory; empty where there
 *     is DWARF, which tells more
 * @param memory ELF header and program headers as they are in the process's memory, without sections
 * @param pe a module of Windows; no part of ELF is there then, and {@code bias} relates addresses to
 *     those that the image was linked for
 * @param symbols how much is known of its functions and lines
 * @param symbolsFrom the file, or "memory", that {@code symbols} is about
 * @param missingWhy why {@code symbols} is not full, or what else is missing, and what would help
 */
public record ModuleImage(
        LoadedModule module,
        OptionalLong bias,
        Optional<ElfFile> file,
        Optional<String> filePath,
        Optional<ElfFile> debugFile,
        Optional<String> debugPath,
        Optional<SymFile> symFile,
        Optional<String> symPath,
        Optional<PdbFile> pdb,
        Optional<MiniDebugInfo> miniDebugInfo,
        Optional<GoSymbols> goSymbols,
        Optional<ElfFile> memory,
        Optional<PeModule> pe,
        SymbolsState symbols,
        Optional<String> symbolsFrom,
        Optional<String> missingWhy) {

    /** The address as linked; empty without a bias. */
    public OptionalLong svma(long address) {
        return bias.isPresent()
                ? OptionalLong.of(address - bias.getAsLong())
                : OptionalLong.empty();
    }

    /** Where a symbol file or a PDB has what is at the svma; the module has a bias. */
    public long rva(long svma) {
        return svma + bias.orElseThrow() - module.base();
    }

    /** The file with the debug information: the debug file, else the file itself. */
    public Optional<ElfFile> dwarfFile() {
        return debugFile.filter(ElfDwarf::isIn).or(() -> file.filter(ElfDwarf::isIn));
    }

    /** As messages name {@link #dwarfFile}. */
    public String dwarfName() {
        return dwarfPath().orElse(module.name());
    }

    /** Where {@link #dwarfFile} is on this machine. */
    Optional<String> dwarfPath() {
        return debugFile.filter(ElfDwarf::isIn).isPresent() ? debugPath : filePath;
    }

    /** Headers from wherever they are: the file, else memory. */
    public Optional<ElfFile> headers() {
        return file.or(() -> memory);
    }
}
