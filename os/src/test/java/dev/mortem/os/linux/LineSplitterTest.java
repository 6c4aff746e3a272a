package dev.mortem.os.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Lines, empty ones, an end without its line's end, and one longer than any line. */
class LineSplitterTest {
    private static List<String> lines(String text) throws IOException {
        List<String> lines = new ArrayList<>();
        new LineSplitter(lines::add)
                .readAll(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
        return lines;
    }

    @Test
    void linesAreToldWithoutTheirEnds() throws IOException {
        assertThat(lines("")).isEmpty();
        assertThat(lines("one\n\nzwei ü\nthree")).containsExactly("one", "", "zwei ü", "three");
    }

    @Test
    void aLineAcrossBlocksIsOne() throws IOException {
        String half = "x".repeat(LineSplitter.LINE_BYTES_MAX / 2 + 10);
        assertThat(lines(half + "\n" + half + "\n")).containsExactly(half, half);
    }

    @Test
    void aLineAtTheLimitIsWholeAndALongerOneComesInPieces() throws IOException {
        String most = "x".repeat(LineSplitter.LINE_BYTES_MAX);
        assertThat(lines(most + "\n")).containsExactly(most);
        assertThat(lines(most + "y\n")).containsExactly(most, "y");
        assertThat(lines(most + most)).containsExactly(most, most);
    }
}
