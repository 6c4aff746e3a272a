package dev.mortem.stack.unwind;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.format.pe.unwind.UnwindCode;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.testkit.fakes.FakeSnapshot;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.HexFormat;
import java.util.Optional;

/** Instructions as an assembler makes them, and what each epilog does. */
class EpilogsTest {
    private static final long CODE = 0x1000;

    @Test
    void returnsWithNothingBefore() {
        assertThat(epilog("c3").rule().codes()).isEmpty();
        assertThat(epilog("c2 08 00").returns()).isTrue(); // ret 8
        assertThat(epilog("f3 c3").returns()).isTrue(); // rep ret
    }

    @Test
    void popsGoByTheRegistersOfInstructions() {
        // pop rbx; pop rbp; pop rsi; pop rdi; pop r12; pop r15; ret
        assertThat(epilog("5b 5d 5e 5f 41 5c 41 5f c3").rule().codes())
                .containsExactly(
                        new UnwindCode.Push(0, 3),
                        new UnwindCode.Push(0, 6),
                        new UnwindCode.Push(0, 4),
                        new UnwindCode.Push(0, 5),
                        new UnwindCode.Push(0, 12),
                        new UnwindCode.Push(0, 15));
    }

    @Test
    void roomIsFreedByAnAddition() {
        assertThat(epilog("48 83 c4 28 c3").rule().codes())
                .containsExactly(new UnwindCode.Allocate(0, 0x28));
        assertThat(epilog("48 81 c4 00 01 00 00 5b c3").rule().codes())
                .containsExactly(new UnwindCode.Allocate(0, 0x100), new UnwindCode.Push(0, 3));
    }

    @Test
    void orByAFrameRegister() {
        // lea rsp, [rbp + 0x20]; pop rbp; ret
        Epilogs.Found byte1 = epilog("48 8d 65 20 5d c3");
        assertThat(byte1.rule().frameRegister()).hasValue(6);
        assertThat(byte1.rule().frameOffsetBytes()).isEqualTo(-0x20);
        assertThat(byte1.rule().codes())
                .containsExactly(new UnwindCode.SetFrame(0), new UnwindCode.Push(0, 6));
        // lea rsp, [r13 + 0x120]; lea rsp, [r12 - 8]
        assertThat(epilog("49 8d a5 20 01 00 00 c3").rule().frameRegister()).hasValue(13);
        Epilogs.Found withSib = epilog("49 8d 64 24 f8 c3");
        assertThat(withSib.rule().frameRegister()).hasValue(12);
        assertThat(withSib.rule().frameOffsetBytes()).isEqualTo(8);
    }

    @Test
    void jumpsHaveTargets() {
        assertThat(epilog("eb 10").target()).hasValue(CODE + 0x12);
        assertThat(epilog("5b e9 f0 ff ff ff").target()).hasValue(CODE + 6 - 0x10);
        assertThat(epilog("ff 25 00 00 00 00").target()).isEmpty(); // jmp [rip]
        assertThat(epilog("48 ff e0").returns()).isFalse(); // rex.w jmp rax
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "90 c3", // nop
                "48 83 c4 28 90 c3", // add; nop
                "5b 48 83 c4 28 c3", // pop; add
                "5c c3", // pop rsp
                "48 8d 44 24 08 c3", // lea rax, [rsp + 8]
                "48 8d 64 24 08 c3", // lea rsp, [rsp + 8]
                "ff e0", // jmp rax, as a switch has
                "ff 15 00 00 00 00", // call
                "48 83 c4", // cut
                "58 59 5a 5b 5d 5e 5f 41 58 41 59 c3", // more pops than are kept
                "eb",
                "e9 00 00"
            })
    void otherInstructionsAreNone(String code) {
        assertThat(find(code)).isEmpty();
    }

    private static Epilogs.Found epilog(String code) {
        return find(code).orElseThrow();
    }

    private static Optional<Epilogs.Found> find(String code) {
        FakeSnapshot snapshot = new FakeSnapshot(Machine.of(Cpu.X86_64));
        snapshot.memory().put(CODE, HexFormat.ofDelimiter(" ").parseHex(code));
        DiagnosticLog diagnostics = new DiagnosticLog();
        Limits limits = Limits.defaults();
        try (ModuleImages images =
                ModuleImages.of(snapshot, ModuleSearch.nowhere(), limits, diagnostics)) {
            return Epilogs.at(CODE, new CodeMap(snapshot, images, limits, diagnostics));
        }
    }
}
