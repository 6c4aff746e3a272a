package dev.mortem.testkit.checks;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.dwarf.function.DwarfCompanions;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.pdb.PdbFile;
import dev.mortem.format.pe.PeImage;
import dev.mortem.format.pe.PeLayout;
import dev.mortem.stack.identity.FileIdentity;
import dev.mortem.stack.identity.IdentityReader;
import dev.mortem.stack.symfile.SymFileMaker;

import java.io.Writer;
import java.nio.ByteOrder;
import java.util.Optional;

/** Tells what a file is, and makes a symbol file of it. */
final class SymFileFuzz {
    private SymFileFuzz() {}

    static void writeAll(byte[] input) throws Exception {
        ByteSource file = ByteSource.ofBytes("fuzz", input, ByteOrder.LITTLE_ENDIAN);
        DiagnosticLog diagnostics = new DiagnosticLog();
        Limits limits = Limits.defaults();
        Optional<FileIdentity> found = new IdentityReader(limits, diagnostics).read("fuzz", file);
        if (found.isEmpty() || found.get().cpu().isEmpty()) {
            return;
        }
        FileIdentity identity = found.get();
        identity.storePath();
        identity.symPath();
        SymFileMaker maker = new SymFileMaker(limits, diagnostics);
        Writer nowhere = Writer.nullWriter();
        switch (identity.kind()) {
            case ELF ->
                maker.write(
                        new SymFileMaker.Elf(identity, ElfFile.read(file, limits, diagnostics)),
                        Optional.empty(),
                        DwarfCompanions.NONE,
                        "fuzz",
                        nowhere);
            case PE ->
                maker.write(
                        new SymFileMaker.Image(
                                identity, PeImage.open(file, PeLayout.FILE, limits, diagnostics)),
                        "fuzz",
                        nowhere);
            case PDB ->
                maker.write(
                        new SymFileMaker.Pdb(identity, PdbFile.open(file, limits, diagnostics)),
                        Optional.empty(),
                        "fuzz",
                        nowhere);
            case PORTABLE_PDB, BREAKPAD -> {}
        }
    }
}
