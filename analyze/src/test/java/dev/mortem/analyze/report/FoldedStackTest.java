package dev.mortem.analyze.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.analyze.report.FoldedStack.Row;
import dev.mortem.analyze.report.Report.ReportFrame;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;

class FoldedStackTest {
    @Test
    void aGroupThatRepeatsIsOneRowWithItsCount() {
        assertThat(shape("x" + "abc".repeat(100) + "yz")).isEqualTo("x 100*abc y z");
        assertThat(shape("a".repeat(50))).isEqualTo("50*a");
        assertThat(shape("abab".repeat(20) + "a")).isEqualTo("40*ab a");
        assertThat(shape("a".repeat(20) + "b".repeat(20))).isEqualTo("20*a 20*b");
    }

    @Test
    void whatSavesLittleStaysAsItIs() {
        assertThat(shape("aaaaaaaa")).isEqualTo("a a a a a a a a");
        assertThat(shape("aaaaaaaaa")).isEqualTo("9*a");
        assertThat(shape("abcdefghijabcdefghij")).doesNotContain("*");
        assertThat(shape("")).isEmpty();
        assertThat(shape("a")).isEqualTo("a");
    }

    @Test
    void aRoundMayBe32FramesLongAndNoLonger() {
        assertThat(FoldedStack.of(rounds(32, 5), 1000).rows()).hasSize(1);
        assertThat(FoldedStack.of(rounds(33, 5), 1000).rows()).hasSize(165);
    }

    @Test
    void framesWithoutNamesAreTheSameOnlyAtOneAddress() {
        List<ReportFrame> here = new ArrayList<>();
        List<ReportFrame> along = new ArrayList<>();
        for (int at = 0; at < 20; at++) {
            here.add(frame(at, 0x1000, Optional.empty()));
            along.add(frame(at, 0x1000 + at, Optional.empty()));
        }
        assertThat(FoldedStack.of(here, 100).rows()).hasSize(1);
        assertThat(FoldedStack.of(along, 100).rows()).hasSize(20);
    }

    @Test
    void aLongStackLosesItsMiddleAndSaysHowMuch() {
        List<ReportFrame> frames = new ArrayList<>();
        for (int at = 0; at < 100; at++) {
            frames.add(frame(at, at, Optional.of("f" + at)));
        }
        List<Row> rows = FoldedStack.of(frames, 40).rows();
        assertThat(rows).hasSize(41);
        assertThat(rows.get(30)).isEqualTo(new Row.LeftOut(60));
        assertThat(FoldedStack.of(frames, 100).rows()).hasSize(100);
    }

    @Test
    void noFrameIsLostWhateverTheStack() {
        SplittableRandom random = new SplittableRandom(7);
        for (int round = 0; round < 2000; round++) {
            StringBuilder names = new StringBuilder();
            int length = random.nextInt(200);
            while (names.length() < length) {
                names.append("abcd", 0, 1 + random.nextInt(4));
            }
            List<Row> rows = FoldedStack.of(stack(names.toString()), 20).rows();
            int frames = rows.stream()
                    .mapToInt(row -> switch (row) {
                        case Row.One _ -> 1;
                        case Row.Repeated repeated -> repeated.frames();
                        case Row.LeftOut(int leftOut) -> leftOut;
                    })
                    .sum();
            assertThat(frames).isEqualTo(names.length());
        }
    }

    private static String shape(String names) {
        StringBuilder shape = new StringBuilder();
        for (Row row : FoldedStack.of(stack(names), 10_000).rows()) {
            shape.append(
                    switch (row) {
                        case Row.One(ReportFrame frame) -> frame.function().orElse("?");
                        case Row.Repeated(List<ReportFrame> round, int times) ->
                            times + "*"
                                    + String.join(
                                            "",
                                            round.stream()
                                                    .map(frame ->
                                                            frame.function().orElse("?"))
                                                    .toList());
                        case Row.LeftOut(int frames) -> "-" + frames;
                    });
            shape.append(' ');
        }
        return shape.toString().strip();
    }

    private static List<ReportFrame> stack(String names) {
        List<ReportFrame> frames = new ArrayList<>();
        for (int at = 0; at < names.length(); at++) {
            frames.add(frame(at, at, Optional.of(names.substring(at, at + 1))));
        }
        return frames;
    }

    private static List<ReportFrame> rounds(int length, int times) {
        List<ReportFrame> frames = new ArrayList<>();
        for (int at = 0; at < length * times; at++) {
            frames.add(frame(at, at, Optional.of("f" + at % length)));
        }
        return frames;
    }

    private static ReportFrame frame(int index, long address, Optional<String> function) {
        ReportFrame.Builder frame = ReportFrame.builder(index, "native", address, "cfi")
                .module("m", OptionalLong.empty());
        function.ifPresent(name -> frame.function(name, OptionalLong.empty()));
        return frame.build();
    }
}
