package dev.mortem.format.pdb;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.DebugId;

import java.nio.ByteOrder;

/**
 * The identity of a Portable PDB (ECMA-335, II.24.2.1 "Metadata root"; Portable PDB v1.0, "#Pdb stream").
 * The root: 0 Signature "BSJB" u4, 4 MajorVersion u2, 6 MinorVersion u2, 8 Reserved u4, 12 Length u4, 16
 * Version; behind that Flags u2, Streams u2; for each stream its Offset u4, Size u4, and name, up to a
 * NUL and a multiple of four. "#Pdb" begins with the id, 20 bytes: a GUID and a stamp.
 *
 * @param id the GUID; an image that was made with it gives age 1 in its debug directory
 * @param stamp the last four bytes of the id, as the image's debug directory has them
 */
public record PortablePdb(DebugId id, int stamp) {
    /** ECMA-335: the name of a stream has at most 32 bytes, its NUL included. */
    private static final int NAME_BYTES_MAX = 32;

    /** An image's debug directory has this age for them (PE/COFF additions of .NET, "CodeView"). */
    private static final int AGE = 1;

    private static final int ROOT_BYTES = 16;

    /** @throws MalformedException where the file has no "#Pdb" stream, as metadata of other kinds */
    public static PortablePdb read(ByteSource file) throws MalformedException {
        ByteSource bytes = file.withOrder(ByteOrder.LITTLE_ENDIAN);
        long at = ROOT_BYTES + bytes.u4("Length", 12);
        int streams = bytes.u2("Streams", at + 2);
        at += 4;
        for (int stream = 0; stream < streams; stream++) {
            String name = bytes.cString("Name", at + 8, NAME_BYTES_MAX);
            if (name.equals("#Pdb")) {
                ByteSource pdb =
                        bytes.slice("#Pdb", bytes.u4("Offset", at), bytes.u4("Size", at + 4));
                return new PortablePdb(
                        DebugId.ofGuid(pdb.bytes("PdbId", 0, 16), AGE), pdb.s4("PdbId", 16));
            }
            at += 8 + (name.length() + 4 & -4);
        }
        throw bytes.malformed("Streams", at, "no stream #Pdb", "one");
    }
}
