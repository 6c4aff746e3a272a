package dev.mortem.format.pe.unwind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.format.pe.PeLayout;
import dev.mortem.format.pe.PeParts;
import dev.mortem.format.pe.unwind.Arm64UnwindCode.Marker;
import dev.mortem.format.pe.unwind.Arm64UnwindCode.RegisterFile;
import dev.mortem.format.pe.unwind.Arm64UnwindCode.Save;
import dev.mortem.testkit.synth.SmallPe;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;

/** Each unwind code of ARM64 by literals, and tables by an image of our own. */
class Arm64UnwindTest {
    @ParameterizedTest
    @CsvSource({
        "1f, 'Allocate[bytes=496]'",
        "24, 'Save[file=X, registers=[19, 20], bytes=32, preIndexed=true]'",
        "42, 'Save[file=X, registers=[29, 30], bytes=16, preIndexed=false]'",
        "83, 'Save[file=X, registers=[29, 30], bytes=32, preIndexed=true]'",
        "c7 ff, 'Allocate[bytes=32752]'",
        "c8 42, 'Save[file=X, registers=[20, 21], bytes=16, preIndexed=false]'",
        "cc 43, 'Save[file=X, registers=[20, 21], bytes=32, preIndexed=true]'",
        "d0 82, 'Save[file=X, registers=[21], bytes=16, preIndexed=false]'",
        "d4 01, 'Save[file=X, registers=[19], bytes=16, preIndexed=true]'",
        "d5 21, 'Save[file=X, registers=[28], bytes=16, preIndexed=true]'",
        "d6 42, 'Save[file=X, registers=[21, 30], bytes=16, preIndexed=false]'",
        "d8 42, 'Save[file=D, registers=[9, 10], bytes=16, preIndexed=false]'",
        "db c1, 'Save[file=D, registers=[15, 16], bytes=16, preIndexed=true]'",
        "dc 42, 'Save[file=D, registers=[9], bytes=16, preIndexed=false]'",
        "de 21, 'Save[file=D, registers=[9], bytes=16, preIndexed=true]'",
        "df 05, 'AllocateVectors[count=5]'",
        "e0 01 02 03, 'Allocate[bytes=1056816]'",
        "e1, 'SetFrame[]'",
        "e2 04, 'AddFrame[bytes=32]'",
        "e3, NOP",
        "e5, END_CHAINED",
        "e7 13 02, 'Save[file=X, registers=[19], bytes=16, preIndexed=false]'",
        "e7 73 42, 'Save[file=D, registers=[19, 20], bytes=48, preIndexed=true]'",
        "e7 06 81, 'Save[file=Q, registers=[6], bytes=16, preIndexed=false]'",
        "e7 28 c3, 'SaveScalable[predicate=false, register=8, slot=67]'",
        "e7 15 c3, 'SaveScalable[predicate=true, register=5, slot=3]'",
        "e8, TRAP_FRAME",
        "e9, MACHINE_FRAME",
        "ea, CONTEXT",
        "eb, EC_CONTEXT",
        "ec, CLEAR_UNWOUND_TO_CALL",
        "fc, SIGN_RETURN_ADDRESS"
    })
    void eachCode(String hex, String expected) throws MalformedException {
        assertThat(decode(hex + " e4")).hasToString("[" + expected + ", END]");
    }

    @Test
    void saveNextIsThePairAbove() throws MalformedException {
        assertThat(decode("e6 e6 25 e4"))
                .containsExactly(
                        new Save(RegisterFile.X, List.of(23, 24), 32, false),
                        new Save(RegisterFile.X, List.of(21, 22), 16, false),
                        new Save(RegisterFile.X, List.of(19, 20), 40, true),
                        Marker.END);
        assertThat(decode("e6 d8 02 e4").getFirst())
                .isEqualTo(new Save(RegisterFile.D, List.of(10, 11), 32, false));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "e3",
                "c8",
                "e0 01 02",
                "e7 13",
                "ed e4",
                "f8 00 e4",
                "fd e4",
                "ff e4",
                "e7 93 02 e4",
                "e7 5f 00 e4",
                "e6 e4",
                "e6 01 e4",
                "e6 81 e4",
                "e6 d6 42 e4",
                "e6 ca 00 e4"
            })
    void reservedAndEndlessOnesAreRefused(String hex) {
        assertThatThrownBy(() -> decode(hex)).isInstanceOf(MalformedException.class);
    }

    @Test
    void functionsOfAnImage() throws MalformedException {
        Arm64FunctionTable table = table();
        assertThat(table.count()).isEqualTo(3);
        assertThat(table.find(0xfff)).isEmpty();
        assertThat(table.find(0x1060)).isEmpty();
        Arm64UnwindInfo packed = table.unwind(table.find(0x101f).orElseThrow());
        assertThat(packed.functionBytes()).isEqualTo(32);
        assertThat(packed.prolog())
                .containsExactly(
                        new Arm64UnwindCode.SetFrame(),
                        new Save(RegisterFile.X, List.of(29, 30), 32, true),
                        new Save(RegisterFile.X, List.of(21), 16, false),
                        new Save(RegisterFile.X, List.of(19, 20), 32, true),
                        Marker.END);
        Arm64UnwindInfo full = table.unwind(table.find(0x1020).orElseThrow());
        assertThat(full.prologInstructions()).isEqualTo(2);
        assertThat(full.epilogs())
                .containsExactly(new Arm64UnwindInfo.Epilog(
                        20,
                        List.of(new Save(RegisterFile.X, List.of(29, 30), 32, true), Marker.END)));
        Arm64UnwindInfo handled = table.unwind(table.find(0x105c).orElseThrow());
        assertThat(handled.handlerRva()).hasValue(0x1010);
        assertThat(handled.epilogs()).singleElement().extracting("start").isEqualTo(20L);
    }

    @Test
    void codesInTheMiddleOfPrologAndEpilog() throws MalformedException {
        Arm64UnwindInfo info = table().unwind(table().find(0x1020).orElseThrow());
        assertThat(info.codesAt(0)).containsExactly(Marker.END);
        assertThat(info.codesAt(4)).isEqualTo(info.prolog().subList(1, 3));
        assertThat(info.codesAt(8)).isEqualTo(info.prolog());
        assertThat(info.codesAt(16)).isEqualTo(info.prolog());
        assertThat(info.codesAt(20)).hasSize(2);
        assertThat(info.codesAt(24)).containsExactly(Marker.END);
        assertThat(info.codesAt(28)).isEqualTo(info.prolog());
    }

    @Test
    void anExtendedHeaderAndABrokenOne() throws MalformedException {
        Arm64UnwindInfo info = xdata("08 00 00 00 00 00 01 00 e1 83 e4 00");
        assertThat(info.prologInstructions()).isEqualTo(2);
        assertThat(info.epilogs()).isEmpty();
        assertThatThrownBy(() -> xdata("08 00 04 08 e4 00 00 00")).hasMessageContaining("Vers");
        assertThatThrownBy(() -> xdata("08 00 00 08")).isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> xdata("08 00 20 10 e4 00 00 00"))
                .isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> xdata("08 00 00 00 ff ff 01 00 e4 00 00 00"))
                .hasMessageContaining("65535 entries");
    }

    @Test
    void aChainedPartHasNoPrologOfItsOwn() throws MalformedException {
        Arm64UnwindInfo info = xdata("08 00 00 08 e5 83 e4 00");
        assertThat(info.prologInstructions()).isZero();
        assertThat(info.codesAt(0)).hasSize(3);
        Arm64UnwindInfo fragment =
                Arm64Packed.of(2 | 8 << 2 | 3 << 21 | 1 << 23).unwind();
        assertThat(fragment.prologInstructions()).isZero();
        assertThat(fragment.epilogs()).isEmpty();
        assertThat(fragment.codesAt(0)).hasSize(3);
    }

    private static Arm64FunctionTable table() throws MalformedException {
        DiagnosticLog diagnostics = new DiagnosticLog();
        var image = PeParts.open(SmallPe.arm64().file(), PeLayout.FILE, diagnostics);
        return Arm64FunctionTable.read(image, diagnostics).orElseThrow();
    }

    private static Arm64UnwindInfo xdata(String hex) throws MalformedException {
        return Arm64FunctionTable.xdata(source(hex), 0);
    }

    private static List<Arm64UnwindCode> decode(String hex) throws MalformedException {
        return Arm64Codes.decode(source(hex), 0);
    }

    private static ByteSource source(String hex) {
        byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex);
        return ByteSource.ofBytes("test", bytes, ByteOrder.LITTLE_ENDIAN);
    }
}
