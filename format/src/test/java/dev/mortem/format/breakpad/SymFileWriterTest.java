package dev.mortem.format.breakpad;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

class SymFileWriterTest {
    private final StringWriter text = new StringWriter();
    private final SymFileWriter out = new SymFileWriter(text, Limits.defaults());

    @Test
    void aFunctionWithInlinedOnes() throws IOException {
        SymRun.Level main = level("main", "main.cc", 11);
        SymRun.Level callsPrice = level("main", "main.cc", 12);
        SymRun.Level price = level("price", "cart.h", 30);
        SymRun.Level callsTax = level("price", "cart.h", 31);
        SymRun.Level tax = level("tax", "cart.h", 50);
        out.function(
                0x1000,
                0x40,
                "main",
                List.of(
                        run(0x1000, 0x10, main),
                        run(0x1010, 0x8, price, callsPrice),
                        run(0x1018, 0x8, tax, callsTax, callsPrice),
                        run(0x1020, 0x10, price, callsPrice),
                        run(0x1030, 0x8, level("main", "main.cc", 13)),
                        run(0x1038, 0x4, price, callsPrice),
                        run(0x103c, 0x4, new SymRun.Level("main", Optional.empty(), 0))));

        assertThat(text.toString()).isEqualTo("""
                FILE 0 main.cc
                INLINE_ORIGIN 0 price
                FILE 1 cart.h
                INLINE_ORIGIN 1 tax
                FUNC 1000 40 0 main
                INLINE 0 12 0 0 1010 20 1038 4
                INLINE 1 31 1 1 1018 8
                1000 10 11 0
                1010 8 30 1
                1018 8 50 1
                1020 10 30 1
                1030 8 13 0
                1038 4 30 1
                """);
        SymFile read = read();
        assertThat(read.framesAt(0x1018).stream().map(frame -> frame.name().orElseThrow()))
                .containsExactly("tax", "price", "main");
        assertThat(read.lineAt(0x103c)).isEmpty();
    }

    @Test
    void runsOfOneLineAreOneLine() throws IOException {
        SymRun.Level line = level("f", "f.c", 1);
        out.function(0x10, 0x30, "f", List.of(run(0x10, 0x10, line), run(0x20, 0x20, line)));
        assertThat(text.toString()).endsWith("\n10 30 1 0\n");
    }

    @Test
    void theOtherRecords() throws IOException {
        out.module(new SymModule("windows", "x86", "0123456789ABCDEF0123456789ABCDEF1", "a b.pdb"));
        out.info("CODE_ID", "5AB38077A1000 a b.exe");
        out.publicSymbol(0xabc, "two\nlines");
        out.cfiStart(0x10, 0x20, ".cfa: $rsp 8 + .ra: .cfa -8 + ^");
        out.cfiChange(0x11, ".cfa: $rsp 16 +");
        out.windowsFrame(new WinFrameRecord(
                0x10, 0x20, 3, 4, 8, 12, 0, Optional.of("$eip .raSearch ^ ="), false));
        out.windowsFrame(new WinFrameRecord(0x10, 0x20, 3, 4, 8, 12, 0, Optional.empty(), true));
        out.close();

        assertThat(text.toString()).isEqualTo("""
                MODULE windows x86 0123456789ABCDEF0123456789ABCDEF1 a b.pdb
                INFO CODE_ID 5AB38077A1000 a b.exe
                PUBLIC abc 0 two lines
                STACK CFI INIT 10 20 .cfa: $rsp 8 + .ra: .cfa -8 + ^
                STACK CFI 11 .cfa: $rsp 16 +
                STACK WIN 4 10 20 3 0 4 8 c 0 1 $eip .raSearch ^ =
                STACK WIN 0 10 20 3 0 4 8 c 0 0 1
                """);
        SymFile read = read();
        assertThat(read.module().orElseThrow().name()).isEqualTo("a b.pdb");
        assertThat(read.hasUnwindRules()).isTrue();
        assertThat(read.windowsFramesAt(0x10)).hasSize(2);
    }

    @Test
    void namesAreBounded() throws IOException {
        SymFileWriter small =
                new SymFileWriter(text, Limits.defaults().with(SymFileWriter.NUMBERED_NAMES, 1));
        small.function(1, 1, "f", List.of(run(1, 1, level("f", "a", 1))));
        assertThatThrownBy(() -> small.function(2, 1, "g", List.of(run(2, 1, level("g", "b", 1)))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("FILE");
    }

    private SymFile read() {
        DiagnosticLog diagnostics = new DiagnosticLog();
        byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
        SymFile file = SymFile.read(
                ByteSource.ofBytes("a.sym", bytes, ByteOrder.LITTLE_ENDIAN),
                Limits.defaults(),
                diagnostics);
        assertThat(diagnostics.entries()).isEmpty();
        return file;
    }

    private static SymRun run(long rva, long sizeBytes, SymRun.Level... levels) {
        return new SymRun(rva, sizeBytes, List.of(levels));
    }

    private static SymRun.Level level(String name, String file, int line) {
        return new SymRun.Level(name, Optional.of(file), line);
    }
}
