package dev.mortem.format.pdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.DebugId;
import dev.mortem.format.breakpad.WinFrame;
import dev.mortem.testkit.synth.PdbModuleSynth;
import dev.mortem.testkit.synth.PdbSynth;
import dev.mortem.testkit.synth.SmallPdb;
import dev.mortem.testkit.synth.SmallPe;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalLong;

class PdbFileTest {
    private final DiagnosticLog diagnostics = new DiagnosticLog();

    private static ByteSource source(byte[] bytes) {
        return ByteSource.ofBytes("small.pdb", bytes, ByteOrder.LITTLE_ENDIAN);
    }

    private PdbFile open(PdbSynth pdb) throws MalformedException {
        return open(pdb, Limits.defaults());
    }

    private PdbFile open(PdbSynth pdb, Limits limits) throws MalformedException {
        return PdbFile.open(source(pdb.build()), limits, diagnostics);
    }

    @Test
    void theIdIsTheGuidAndTheLinkersAge() throws Exception {
        PdbFile pdb = open(PdbSynth.x64(SmallPe.GUID, 0x12));

        assertThat(pdb.id()).isEqualTo(DebugId.ofGuid(HexFormat.of().parseHex(SmallPe.GUID), 0x12));
        assertThat(pdb.id()).hasToString("3249D99D0C4049318610F4E4FB0B693612");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void functionsInlinedOnesAndLines(boolean scattered) throws Exception {
        PdbFile pdb = open(scattered ? SmallPdb.x64().scattered() : SmallPdb.x64());

        assertThat(pdb.functionAt(0x103f))
                .contains(new PdbFunction("shop::total", 0x1000, OptionalLong.of(0x40)));
        assertThat(pdb.framesAt(0x1007))
                .containsExactly(frame("shop::total", false, "total.cc", 10));
        assertThat(pdb.framesAt(0x1008))
                .containsExactly(
                        frame("Cart::sum", true, "cart.h", 21),
                        frame("shop::total", false, "total.cc", 11));
        assertThat(pdb.framesAt(0x100c))
                .containsExactly(
                        frame("shop::price", true, "prices.h", 32),
                        frame("Cart::sum", true, "cart.h", 21),
                        frame("shop::total", false, "total.cc", 11));
        assertThat(pdb.framesAt(0x101c))
                .containsExactly(frame("shop::total", false, "total.cc", 11));
        assertThat(pdb.lineAt(0x1020)).contains(new PdbLine("c:\\shop\\total.cc", 12, 0));
        assertThat(pdb.lineAt(0x1030)).isEmpty();
        assertThat(pdb.hasLines()).isTrue();
        assertThat(diagnostics.entries()).isEmpty();
    }

    private static PdbFrame frame(String name, boolean inlined, String file, int line) {
        return new PdbFrame(
                Optional.of(name), inlined, Optional.of(new PdbLine("c:\\shop\\" + file, line, 0)));
    }

    @Test
    void codeThatWasMovedAwayIsItsFunctions() throws Exception {
        PdbFile pdb = open(SmallPdb.x64());

        assertThat(pdb.framesAt(0x1084))
                .containsExactly(frame("shop::total", false, "total.cc", 13));
        assertThat(pdb.functionAt(0x1084).orElseThrow().rva()).isEqualTo(0x1000);
    }

    @Test
    void thunksPublicSymbolsAndLabels() throws Exception {
        PdbFile pdb = open(SmallPdb.x64());

        assertThat(pdb.functionAt(0x1055))
                .contains(new PdbFunction("import", 0x1050, OptionalLong.of(6)));
        assertThat(pdb.functionAt(0x1056)).as("behind it").isEmpty();
        assertThat(pdb.functionAt(0x1110))
                .as("no symbol of this piece before it")
                .isEmpty();
        assertThat(pdb.functionAt(0x1130))
                .contains(new PdbFunction("?open@@YAXXZ", 0x1120, OptionalLong.empty()));
        assertThat(pdb.functionAt(0x1150))
                .contains(new PdbFunction("entry", 0x1140, OptionalLong.empty()));
        assertThat(pdb.functionAt(0x1180)).as("behind the piece").isEmpty();
        assertThat(pdb.framesAt(0x1130)).isEmpty();
    }

    @Test
    void publicSymbolsAreFoundByTheirNames() throws Exception {
        PdbFile pdb = open(SmallPdb.x64());

        assertThat(pdb.named("?open@@YAXXZ"))
                .contains(new PdbFunction("?open@@YAXXZ", 0x1120, OptionalLong.empty()));
        assertThat(pdb.named("?OPEN@@YAXXZ")).as("the hash is the same").isEmpty();
        assertThat(pdb.named("")).isEmpty();
        assertThat(open(PdbSynth.x64(SmallPe.GUID, 1)).named("main")).isEmpty();
        assertThat(open(SmallPdb.rearranged()).named("second").orElseThrow().rva())
                .isEqualTo(0x1000);
    }

    @Test
    void addressesOfARearrangedImageAreMappedBothWays() throws Exception {
        PdbFile pdb = open(SmallPdb.rearranged());

        assertThat(pdb.functionAt(0x1010))
                .contains(new PdbFunction("second", 0x1000, OptionalLong.of(0x80)));
        assertThat(pdb.lineAt(0x1010)).contains(new PdbLine("a.c", 2, 0));
        assertThat(pdb.functionAt(0x1091))
                .contains(new PdbFunction("first", 0x1081, OptionalLong.of(0x100)));
        assertThat(pdb.functionAt(0x1080)).as("what the tool made").isEmpty();
    }

    @Test
    void framesOf32BitX86() throws Exception {
        PdbFile pdb = open(SmallPdb.x86());

        assertThat(pdb.windowsFramesAt(0x1008)).hasSize(1);
        WinFrame frame = pdb.windowsFramesAt(0x1014).getFirst();
        assertThat(frame.rva()).isEqualTo(0x1010);
        assertThat(frame.localBytes()).isEqualTo(8);
        assertThat(frame.parameterBytes()).isEqualTo(4);
        assertThat(frame.savedRegisterBytes()).isEqualTo(4);
        assertThat(frame.program().orElseThrow())
                .hasToString("$T0 .raSearch = $eip $T0 ^ = $esp $T0 4 + =");
        assertThat(pdb.windowsFramesAt(0x1024).getFirst().rva())
                .as("behind the part, in the function again")
                .isEqualTo(0x1000);
        assertThat(pdb.windowsFramesAt(0x1040))
                .containsExactly(new WinFrame(0x1040, 0x20, 4, 12, 8, Optional.empty(), true));
        assertThat(pdb.windowsFramesAt(0x1060)).isEmpty();
        assertThat(pdb.isX86()).isTrue();
    }

    @Test
    void whatItSaysOfItself() throws Exception {
        assertThat(open(SmallPdb.x64().stripped()).isStripped()).isTrue();
        assertThat(open(SmallPdb.x64().fastLink()).isFastLink()).isTrue();
        PdbFile pdb = open(SmallPdb.x64().namedStream("srcsrv").namedStream("sourcelink"));
        assertThat(pdb.hasSourceServer()).isTrue();
        assertThat(pdb.hasSourceLink()).isTrue();
        assertThat(pdb.isFastLink()).isFalse();
        assertThat(open(SmallPdb.x64()).hasSourceLink()).isFalse();
    }

    @Test
    void sourceLinkTellsWhereItsSourcesAre() throws Exception {
        byte[] map = "{\"documents\": {\"c:\\\\shop\\\\*\": \"https://git.example/1f2e/*\"}}"
                .getBytes(StandardCharsets.UTF_8);
        PdbFile pdb = open(SmallPdb.x64()
                .scattered()
                .namedStream("srcsrv")
                .namedStream("sourcelink$1", map)
                .namedStream("sourcelink$2"));
        assertThat(pdb.sourceUrl("c:\\shop\\total.cc"))
                .contains("https://git.example/1f2e/total.cc");
        assertThat(pdb.sourceUrl("d:\\shop\\total.cc")).isEmpty();
        assertThat(diagnostics.entries()).isEmpty();
        assertThat(open(SmallPdb.x64()).sourceUrl("c:\\shop\\total.cc")).isEmpty();
    }

    @Test
    void aMapOfSourcesWithoutEndIsNotRead() throws Exception {
        PdbFile pdb = open(SmallPdb.x64().namedStream("sourcelink", new byte[(1 << 20) + 1]));
        assertThat(pdb.sourceUrl("c:\\shop\\total.cc")).isEmpty();
        assertThat(diagnostics.entries())
                .singleElement()
                .satisfies(entry -> assertThat(entry.consequence())
                        .isEqualTo("where its sources are on the web is unknown"));
    }

    @Test
    void inlinedFunctionsEndAtTheLimit() throws Exception {
        PdbSynth pdb = PdbSynth.x64(SmallPe.GUID, 1);
        int id = pdb.functionId("", "again");
        PdbModuleSynth module = pdb.module("deep.obj").procedure("deep", 0, 0x40);
        for (int depth = 0; depth < 100_000; depth++) {
            module.inlineSite(id, "03 04 04 10");
        }
        byte[] file = pdb.build();

        PdbFile opened = PdbFile.open(source(file), Limits.defaults(), diagnostics);
        assertThat(opened.framesAt(0x1008)).hasSize(512 + 1);
        assertThat(PdbFile.open(
                                source(file),
                                Limits.defaults().with(PdbLimits.INLINE_DEPTH, 3),
                                diagnostics)
                        .framesAt(0x1008))
                .hasSize(3 + 1);
    }

    @Test
    void modulesAreReadAgainWhenThereIsNoRoomForAll() throws Exception {
        PdbFile pdb = open(SmallPdb.x64(), Limits.defaults().with(PdbLimits.CACHED_ENTRIES, 1));

        for (int round = 0; round < 3; round++) {
            assertThat(pdb.functionAt(0x1000).orElseThrow().name()).isEqualTo("shop::total");
            assertThat(pdb.functionAt(0x1150).orElseThrow().name()).isEqualTo("entry");
        }
    }

    @Test
    void functionsBeyondTheLimitAreReported() throws Exception {
        PdbSynth pdb = PdbSynth.x64(SmallPe.GUID, 1);
        PdbModuleSynth module = pdb.module("many.obj").code(0, 0x100);
        module.procedure("a", 0, 0x10).end().procedure("b", 0x10, 0x10).end();
        Limits two = Limits.defaults().with(PdbLimits.PROCEDURES, 2);
        assertThat(open(pdb, two).functionAt(0x1010)).isPresent();
        assertThat(diagnostics.entries()).isEmpty();

        module.procedure("c", 0x20, 0x10).end();
        assertThat(open(pdb, two).functionAt(0x1020)).isEmpty();
        assertThat(diagnostics.entries())
                .singleElement()
                .satisfies(entry -> assertThat(entry.what()).contains("more functions, at most 2"));
    }

    @Test
    void piecesOfCodeInNoOrderAreFoundToo() throws Exception {
        PdbSynth pdb = PdbSynth.x64(SmallPe.GUID, 1);
        for (int offset : new int[] {0x300, 0x100, 0x200, 0}) {
            pdb.module("at.obj").procedure("at" + offset, offset, 0x80).end();
        }
        PdbFile opened = open(pdb);

        for (int offset = 0; offset < 0x400; offset += 0x100) {
            assertThat(opened.functionAt(0x1010 + offset).orElseThrow().name())
                    .isEqualTo("at" + offset);
            assertThat(opened.functionAt(0x1080 + offset)).as("between them").isEmpty();
        }
        assertThat(open(pdb, Limits.defaults().with(PdbLimits.CONTRIBUTIONS, 2)).functionAt(0x1010))
                .as("the fourth")
                .isEmpty();
        assertThat(diagnostics.entries())
                .singleElement()
                .satisfies(entry -> assertThat(entry.what()).contains("at most 2"));
    }

    @Test
    void foldedFunctionsHaveTheFirstName() throws Exception {
        PdbSynth pdb = PdbSynth.x64(SmallPe.GUID, 1);
        pdb.module("folded.obj")
                .procedure("one", 0, 0x10)
                .end()
                .procedure("two", 0, 0x10)
                .end();

        assertThat(open(pdb).functionAt(0x1004).orElseThrow().name()).isEqualTo("one");
    }

    @Test
    void otherKindsAreTold() throws Exception {
        byte[] old = "Microsoft C/C++ program database 2.00\r\n\u001aJG\0\0"
                .getBytes(StandardCharsets.ISO_8859_1);

        assertThat(PdbKind.of(source(SmallPdb.x64().build()))).isEqualTo(PdbKind.PDB_7);
        assertThat(PdbKind.of(source(old))).isEqualTo(PdbKind.PDB_2);
        assertThat(PdbKind.of(source(portable()))).isEqualTo(PdbKind.PORTABLE);
        assertThat(PdbKind.of(source(new byte[3]))).isEqualTo(PdbKind.NONE);
        assertThatThrownBy(() -> PdbFile.open(source(old), Limits.defaults(), diagnostics))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("the signature of an MSF 7.00 file");
    }

    private static byte[] portable() {
        return HexFormat.of()
                .parseHex("42534a42" + "01000100" + "00000000" + "0c000000"
                        + "5044422076312e3000000000" + "00000100" + "30000000" + "14000000"
                        + "2350646200000000" + SmallPe.GUID + "78563412");
    }

    @Test
    void aPortablePdbHasItsIdentity() throws Exception {
        PortablePdb portable = PortablePdb.read(source(portable()));

        assertThat(portable.id()).hasToString("3249D99D0C4049318610F4E4FB0B69361");
        assertThat(portable.stamp()).isEqualTo(0x1234_5678);
    }
}
