package dev.mortem.format.pdb;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.msf.MsfFile;

import java.nio.charset.StandardCharsets;

/** What kind of program database a file is, by how it begins. */
public enum PdbKind {
    /** MSF 7.00: what {@link PdbFile} reads. */
    PDB_7,
    /** "Microsoft C/C++ program database 2.00": of Visual C++ 6.0 and earlier. */
    PDB_2,
    /** "BSJB": of .NET; see {@link PortablePdb}. */
    PORTABLE,
    /** None of them. */
    NONE;

    private static final String OLD_MAGIC = "Microsoft C/C++ program database 2.00\r\n\u001aJG";

    public static PdbKind of(ByteSource file) {
        if (MsfFile.hasMagic(file)) {
            return PDB_7;
        }
        if (beginsWith(file, OLD_MAGIC)) {
            return PDB_2;
        }
        return beginsWith(file, "BSJB") ? PORTABLE : NONE;
    }

    private static boolean beginsWith(ByteSource file, String magic) {
        ByteSource start = file.atMost("FileMagic", 0, magic.length());
        if (start.sizeBytes() < magic.length()) {
            return false;
        }
        try {
            return new String(
                            start.bytes("FileMagic", 0, magic.length()),
                            StandardCharsets.ISO_8859_1)
                    .equals(magic);
        } catch (MalformedException cutWhileRead) {
            return false;
        }
    }
}
