package dev.mortem.testkit.checks;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.codeview.BinaryAnnotations;
import dev.mortem.format.pdb.PdbFile;
import dev.mortem.format.pdb.PdbFunction;
import dev.mortem.format.pdb.PdbKind;
import dev.mortem.format.pdb.PdbLine;
import dev.mortem.format.pdb.PortablePdb;

import java.nio.ByteOrder;
import java.util.Optional;

/** Reads all that a PDB holds, and asks about addresses all over its code. */
final class PdbFuzz {
    private static final int RVA_END = 0x1200;
    private static final int RVA_STEP = 5;

    private PdbFuzz() {}

    static void readAll(byte[] input) throws MalformedException {
        ByteSource source = ByteSource.ofBytes("fuzz", input, ByteOrder.LITTLE_ENDIAN);
        if (PdbKind.of(source) == PdbKind.PORTABLE) {
            PortablePdb.read(source);
        }
        DiagnosticLog log = new DiagnosticLog();
        PdbFile pdb = PdbFile.open(source, Limits.defaults(), log);
        pdb.hasFunctions();
        pdb.hasSourceServer();
        pdb.sourceUrl("c:\\shop\\total.cc");
        pdb.forEach(new PdbFile.Contents() {
            @Override
            public void procedure(PdbFunction procedure) {
                pdb.framesAt(procedure.rva());
            }

            @Override
            public void line(long rva, Optional<PdbLine> line) {
                pdb.lineAt(rva);
            }

            @Override
            public void publicSymbol(PdbFunction symbol) {
                pdb.functionAt(symbol.rva());
            }
        });
        for (int rva = 0; rva < RVA_END; rva += RVA_STEP) {
            pdb.functionAt(rva);
            pdb.framesAt(rva);
            pdb.windowsFramesAt(rva);
        }
    }

    static void annotations(byte[] input) throws MalformedException {
        ByteSource source = ByteSource.ofBytes("fuzz", input, ByteOrder.LITTLE_ENDIAN);
        BinaryAnnotations.at(source, 8);
        BinaryAnnotations.read(source, range -> range.sizeBytes() > 0);
    }
}
