package dev.mortem.format.codeview;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.DebugId;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;

class CodeViewRecordTest {
    private static final String GUID = "9dd94932400c31498610f4e4fb0b6936";
    private static final String RSDS = "52534453" + GUID + "0a000000" + "633a5c782e706462" + "00";
    private static final String NB10 = "4e423130" + "00000000" + "1f3a0000" + "02000000" + "782e00";
    private static final String ELF = "4c457042" + GUID + "aabbccdd";

    @Test
    void aPdbIsNamedByGuidAndAge() throws MalformedException {
        CodeViewRecord record = read(RSDS);
        assertThat(record)
                .isEqualTo(new CodeViewRecord.Rsds(
                        DebugId.parse("3249D99D0C4049318610F4E4FB0B6936a").orElseThrow(),
                        "c:\\x.pdb"));
        assertThat(record.path()).contains("c:\\x.pdb");
        assertThat(record.debugId()).map(DebugId::age).contains(10);
    }

    @Test
    void anOldPdbIsNamedByTimeAndAge() throws MalformedException {
        CodeViewRecord record = read(NB10);
        assertThat(record.debugId().orElseThrow()).hasToString("00003A1F2");
        assertThat(record.path()).contains("x.");
    }

    @Test
    void anElfModuleIsNamedByItsWholeBuildId() throws MalformedException {
        CodeViewRecord record = read(ELF);
        assertThat(record).isEqualTo(new CodeViewRecord.ElfBuildId(GUID + "aabbccdd"));
        assertThat(record.debugId().orElseThrow()).hasToString("3249D99D0C4049318610F4E4FB0B69360");
        assertThat(record.path()).isEmpty();
    }

    @Test
    void anotherSignatureIsUnknownAndNoFault() throws MalformedException {
        CodeViewRecord record = read("4e42303900000000");
        assertThat(record).isEqualTo(new CodeViewRecord.Unknown(0x3930_424e));
        assertThat(record.debugId()).isEmpty();
        assertThat(record.path()).isEmpty();
    }

    @Test
    void aPathWithoutItsEndIsKept() throws MalformedException {
        assertThat(read(RSDS.substring(0, RSDS.length() - 2)).path()).contains("c:\\x.pdb");
        assertThat(read("52534453" + GUID + "0a000000").path()).isEmpty();
    }

    @Test
    void theOrderOfTheSourceDoesNotMatter() throws MalformedException {
        ByteSource big =
                ByteSource.ofBytes("cv", HexFormat.of().parseHex(RSDS), ByteOrder.BIG_ENDIAN);
        assertThat(CodeViewRecord.read(big)).isEqualTo(read(RSDS));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "525344", "52534453", "52534453" + GUID, "4e42313000000000"})
    void aCutIdIsRefused(String hex) {
        assertThatThrownBy(() -> read(hex)).isInstanceOf(MalformedException.class);
    }

    @Test
    void aBuildIdHasOneTo64Bytes() throws MalformedException {
        assertThat(read("4c457042" + "ab".repeat(64)).debugId()).isPresent();
        assertThatThrownBy(() -> read("4c457042" + "ab".repeat(65)))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("65 bytes");
        assertThatThrownBy(() -> read("4c457042")).isInstanceOf(MalformedException.class);
    }

    @Test
    void mutationsAreReadOrRefused() {
        SplittableRandom random = new SplittableRandom(11);
        int refused = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = HexFormat.of().parseHex(round % 2 == 0 ? RSDS : ELF);
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            try {
                CodeViewRecord record =
                        CodeViewRecord.read(ByteSource.ofBytes("cv", cut, ByteOrder.LITTLE_ENDIAN));
                assertThat(record.debugId().isPresent())
                        .isEqualTo(!(record instanceof CodeViewRecord.Unknown));
            } catch (MalformedException malformed) {
                assertThat(malformed.getMessage()).startsWith("cv: ");
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    private static CodeViewRecord read(String hex) throws MalformedException {
        byte[] bytes = HexFormat.of().parseHex(hex);
        return CodeViewRecord.read(ByteSource.ofBytes("cv", bytes, ByteOrder.LITTLE_ENDIAN));
    }
}
