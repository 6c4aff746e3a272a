package dev.mortem.format.pdb;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.msf.MsfStream;

/**
 * An entry of the DBI stream's list of modules (LLVM documentation, "The PDB DBI Stream", ModInfo): 34
 * ModuleSymStream u2, 36 SymByteSize, 40 C11ByteSize, 44 C13ByteSize: u4 each; 64 the module's name and
 * its object file's, each up to a NUL; up to a multiple of four.
 *
 * @param stream of its symbols; 0xffff where it has none
 * @param symbolBytes of symbol records, from the stream's start
 * @param oldLineBytes of line numbers before Visual C++ 8.0, behind them
 * @param lineBytes of C13 subsections, behind those
 */
record ModuleInfo(int stream, long symbolBytes, long oldLineBytes, long lineBytes) {
    static final int NO_STREAM = 0xffff;
    static final int HEAD_BYTES = 64;

    static ModuleInfo read(MsfStream dbi, long at) throws MalformedException {
        return new ModuleInfo(
                dbi.u2("ModuleSymStream", at + 34),
                dbi.u4("SymByteSize", at + 36),
                dbi.u4("C11ByteSize", at + 40),
                dbi.u4("C13ByteSize", at + 44));
    }

    boolean hasSymbols() {
        return stream != NO_STREAM;
    }
}
