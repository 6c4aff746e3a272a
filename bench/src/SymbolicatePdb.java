import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.pdb.PdbFile;
import dev.mortem.format.pdb.PdbFrame;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * FILE ADDRESSES: the functions and lines of each rva in the file ADDRESSES, one a line in hex, by the PDB
 * FILE: name and place of each function, innermost first, then an empty line. Looked up in the order they
 * come. For bench/pdb-500m.sh.
 */
final class SymbolicatePdb {
    private SymbolicatePdb() {}

    public static void main(String[] arguments) throws IOException, MalformedException {
        try (MappedFile mapped =
                        MappedFile.open(Path.of(arguments[0]), ByteOrder.LITTLE_ENDIAN);
                Writer out = new BufferedWriter(
                        new OutputStreamWriter(System.out, StandardCharsets.UTF_8), 1 << 16)) {
            PdbFile pdb = PdbFile.open(
                    mapped.source(), Limits.defaults(), diagnostic -> System.err.println(diagnostic));
            for (String address : Files.readAllLines(Path.of(arguments[1]))) {
                print(pdb.framesAt(Long.decode(address)), out);
            }
        }
    }

    private static void print(List<PdbFrame> frames, Writer out) throws IOException {
        for (PdbFrame frame : frames) {
            out.write(frame.name().orElse("??"));
            out.write('\n');
            out.write(frame.source().map(at -> at.file() + ":" + at.line()).orElse("??:0"));
            out.write('\n');
        }
        out.write('\n');
    }
}
