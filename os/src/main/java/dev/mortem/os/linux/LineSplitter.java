package dev.mortem.os.linux;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Makes lines of bytes as they come, in blocks: what writes them must not wait for us. For one thread. */
final class LineSplitter {
    private static final int BLOCK_BYTES = 1 << 16;

    /** A longer line is told in pieces: nobody matches the middle of a megabyte. */
    static final int LINE_BYTES_MAX = 1 << 16;

    private final Consumer<String> lines;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    /** @param lines is given each without its end; the last one also where it has none */
    LineSplitter(Consumer<String> lines) {
        this.lines = lines;
    }

    void readAll(InputStream input) throws IOException {
        byte[] block = new byte[BLOCK_BYTES];
        for (int came = input.read(block); came >= 0; came = input.read(block)) {
            split(block, came);
        }
        if (line.size() > 0) {
            tell();
        }
    }

    private void split(byte[] block, int came) {
        int start = 0;
        for (int at = 0; at < came; at++) {
            if (block[at] == '\n') {
                line.write(block, start, at - start);
                start = at + 1;
                tell();
            } else if (line.size() + at - start >= LINE_BYTES_MAX) {
                line.write(block, start, at - start);
                start = at;
                tell();
            }
        }
        line.write(block, start, came - start);
    }

    private void tell() {
        lines.accept(line.toString(StandardCharsets.UTF_8));
        line.reset();
    }
}
