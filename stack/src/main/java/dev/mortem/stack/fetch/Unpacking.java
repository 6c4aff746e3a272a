package dev.mortem.stack.fetch;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.cab.CabFile;
import dev.mortem.stack.fetch.HttpTransport.Answer;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Files that a store has in cabinets. */
final class Unpacking {
    private static final int BUFFER_BYTES = 1 << 16;

    private Unpacking() {}

    /** Puts the one file of a cabinet in the cabinet's place. Whose id it has is not looked at. */
    static Answer inPlace(Path target, Limits limits) throws IOException {
        if (Files.size(target) == 0) {
            return new Answer.Broken("an empty cabinet");
        }
        Path cabinet = Files.move(target, target.resolveSibling(target.getFileName() + ".cab"));
        try (MappedFile mapped = MappedFile.open(cabinet, ByteOrder.LITTLE_ENDIAN);
                OutputStream out =
                        new BufferedOutputStream(PrivateFolder.create(target), BUFFER_BYTES)) {
            CabFile cab = CabFile.open(mapped.source(), limits);
            if (cab.entries().size() != 1) {
                return new Answer.Broken(
                        "a cabinet of " + cab.entries().size() + " files, where one is expected");
            }
            // the name in the cabinet is not used: it could be any
            cab.copy(cab.entries().getFirst(), out);
            return new Answer.Whole(Optional.empty());
        } catch (MalformedException damaged) {
            return new Answer.Broken("a cabinet that cannot be unpacked: " + damaged.problem());
        } finally {
            Files.deleteIfExists(cabinet);
        }
    }
}
