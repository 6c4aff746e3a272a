package dev.mortem.format.pe.unwind;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.format.pe.PeImage;
import dev.mortem.format.pe.PeLayout;
import dev.mortem.format.pe.PeParts;
import dev.mortem.testkit.synth.Label;
import dev.mortem.testkit.synth.Layout;
import dev.mortem.testkit.synth.PeSynth;
import dev.mortem.testkit.synth.SmallPe;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;

/** Each unwind operation of x64 by literals, and tables by images of our own. */
class UnwindInfoTest {
    private final DiagnosticLog diagnostics = new DiagnosticLog();

    @ParameterizedTest
    @CsvSource({
        "01 04 01 00 04 30 00 00, 'Push[prologOffset=4, register=3]'", // rbx
        "01 04 01 00 04 50 00 00, 'Push[prologOffset=4, register=6]'", // rbp
        "01 04 01 00 04 10 00 00, 'Push[prologOffset=4, register=2]'", // rcx
        "01 04 01 00 04 f0 00 00, 'Push[prologOffset=4, register=15]'",
        "01 07 02 00 07 01 00 02, 'Allocate[prologOffset=7, bytes=4096]'",
        "01 07 03 00 07 11 00 00 01 00 00 00, 'Allocate[prologOffset=7, bytes=65536]'",
        "01 04 01 00 04 f2 00 00, 'Allocate[prologOffset=4, bytes=128]'",
        "01 04 01 15 04 03 00 00, 'SetFrame[prologOffset=4]'",
        "01 05 02 00 05 64 02 00, 'Save[prologOffset=5, register=4, bytes=16]'", // rsi
        "01 05 03 00 05 75 08 00 01 00 00 00, 'Save[prologOffset=5, register=5, bytes=65544]'",
        "01 05 02 00 05 68 02 00, 'SaveXmm[prologOffset=5, xmm=6, bytes=32]'",
        "01 05 03 00 05 f9 10 00 01 00 00 00, 'SaveXmm[prologOffset=5, xmm=15, bytes=65552]'",
        "01 00 01 00 00 0a 00 00, 'PushMachineFrame[prologOffset=0, hasErrorCode=false]'",
        "01 00 01 00 00 1a 00 00, 'PushMachineFrame[prologOffset=0, hasErrorCode=true]'",
        "01 05 02 00 05 06 00 00, 'Spare[prologOffset=5]'",
        "01 05 03 00 05 07 00 00 00 00 00 00, 'Spare[prologOffset=5]'"
    })
    void eachOperation(String hex, String expected) throws MalformedException {
        assertThat(info(hex).codes()).hasToString("[" + expected + "]");
    }

    @Test
    void theFrameRegisterHasDwarfsNumber() throws MalformedException {
        UnwindInfo info = info("01 04 01 85 04 03 00 00");
        assertThat(info.frameRegister()).hasValue(6);
        assertThat(info.frameOffsetBytes()).isEqualTo(128);
        assertThat(info("01 00 00 00").frameRegister()).isEmpty();
    }

    @Test
    void epilogsOfVersion2() throws MalformedException {
        UnwindInfo info = info("02 04 05 00 03 16 10 06 04 26 00 06 04 42 00 00");
        assertThat(info.epilogs())
                .containsExactly(
                        new UnwindInfo.Epilog(3, 3),
                        new UnwindInfo.Epilog(0x10, 3),
                        new UnwindInfo.Epilog(0x204, 3));
        assertThat(info.codes()).containsExactly(new UnwindCode.Allocate(4, 40));
        UnwindInfo notAtEnd = info("02 04 03 00 03 06 10 06 04 42 00 00");
        assertThat(notAtEnd.epilogs()).containsExactly(new UnwindInfo.Epilog(0x10, 3));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "00 00 00 00", // version 0
                "03 00 00 00", // version 3
                "01 04 01 00 04 0b 00 00", // no operation 11
                "01 04 01 00 04 2a 00 00", // a machine frame of a third kind
                "01 04 01 00 04 21 00 00", // an allocation of a third kind
                "01 07 01 00 07 01 00 02", // its operand is behind the codes
                "02 04 02 00 04 42 00 06", // an epilog behind the prolog
                "01 04 02 00 04 30", // cut
                "09 00 00 00 00", // no handler
                "21 00 00 00 00 00 00 00" // no chain
            })
    void brokenOnesAreRefused(String hex) {
        assertThatThrownBy(() -> info(hex)).isInstanceOf(MalformedException.class);
    }

    @Test
    void aTableIsSearchedAndItsChainFollowed() throws MalformedException {
        X64FunctionTable table = table(SmallPe.x64());
        assertThat(table.count()).isEqualTo(3);
        assertThat(table.find(0xfff)).isEmpty();
        assertThat(table.find(0x1060)).isEmpty();
        RuntimeFunction second = table.find(0x103f).orElseThrow();
        assertThat(second.beginRva()).isEqualTo(0x1020);
        List<UnwindInfo> chain = table.unwind(second);
        assertThat(chain).hasSize(2);
        assertThat(chain.getFirst().codes())
                .containsExactly(
                        new UnwindCode.Save(0x20, 3, 65536),
                        new UnwindCode.SaveXmm(0x18, 6, 32),
                        new UnwindCode.Save(0x10, 4, 32));
        assertThat(chain.getLast().handlerRva()).hasValue(0x1010);
        assertThat(chain.getLast().frameRegister()).hasValue(6);
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void anUnsortedTableIsSearchedFromEndToEnd() throws MalformedException {
        PeSynth image = new PeSynth(PeSynth.AMD64);
        Layout data = image.section(".pdata", PeSynth.DATA);
        data.u4(0x5000)
                .u4(0x5010)
                .u4(1)
                .u4(0x4000)
                .u4(0x4010)
                .u4(1)
                .u4(0x6000)
                .u4(0x6010)
                .u4(1);
        image.directory(PeSynth.EXCEPTION, data.start(), data.zeros(24).here());
        X64FunctionTable table = table(image);
        assertThat(table.count()).as("without padding").isEqualTo(3);
        assertThat(table.find(0x4001).orElseThrow().beginRva()).isEqualTo(0x4000);
        assertThat(table.find(0x500f).orElseThrow().beginRva()).isEqualTo(0x5000);
        assertThat(table.find(0x4010)).isEmpty();
        assertThat(diagnostics.entries())
                .singleElement()
                .asString()
                .contains("below the one before");
    }

    @Test
    void anIndirectEntryIsFollowedAndACircleRefused() throws MalformedException {
        PeSynth image = new PeSynth(PeSynth.AMD64);
        Layout data = image.section(".pdata", PeSynth.DATA);
        Label start = data.here();
        data.u4(0x4000).u4(0x4010).u4(start.plus(12 + 1));
        data.u4(0x5000).u4(0x5010).u4(start.plus(36));
        data.u4(0x6000).u4(0x6010).u4(start.plus(24 + 1));
        Label end = data.here();
        data.hex("01 04 01 00 04 42 00 00");
        X64FunctionTable table = table(image.directory(PeSynth.EXCEPTION, start, end));
        assertThat(table.unwind(table.get(0)))
                .singleElement()
                .extracting(UnwindInfo::codes)
                .isEqualTo(List.of(new UnwindCode.Allocate(4, 40)));
        assertThatThrownBy(() -> table.unwind(table.get(2)))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("chain");
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 33})
    void aChainHasAtMost32Links(int links) throws MalformedException {
        PeSynth image = new PeSynth(PeSynth.AMD64);
        Layout data = image.section(".pdata", PeSynth.DATA);
        Label start = data.here();
        data.u4(0x4000).u4(0x4010).u4(start.plus(12));
        Label end = data.here();
        for (int link = 1; link < links; link++) {
            Label next = data.here().plus(16);
            data.hex("21 00 00 00").u4(0x4000).u4(0x4010).u4(next);
        }
        data.hex("01 00 00 00");
        X64FunctionTable table = table(image.directory(PeSynth.EXCEPTION, start, end));
        if (links <= 32) {
            assertThat(table.unwind(table.get(0))).hasSize(links);
        } else {
            assertThatThrownBy(() -> table.unwind(table.get(0)))
                    .isInstanceOf(MalformedException.class);
        }
    }

    private X64FunctionTable table(PeSynth synth) throws MalformedException {
        PeImage image = PeParts.open(synth.file(), PeLayout.FILE, diagnostics);
        return X64FunctionTable.read(image, diagnostics).orElseThrow();
    }

    private static UnwindInfo info(String hex) throws MalformedException {
        byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex);
        return UnwindInfo.read(ByteSource.ofBytes("test", bytes, ByteOrder.LITTLE_ENDIAN));
    }
}
