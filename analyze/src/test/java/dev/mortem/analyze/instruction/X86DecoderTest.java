package dev.mortem.analyze.instruction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.analyze.instruction.Instruction.Access;
import dev.mortem.analyze.instruction.Instruction.AccessKind;
import dev.mortem.analyze.instruction.Instruction.Kind;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.testkit.tool.Tool;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

class X86DecoderTest {
    private static final Pattern LISTED =
            Pattern.compile("^\\s*[0-9a-f]+:\\t((?:[0-9a-f]{2} )+)\\s*\\t?(.*)$");

    private static Instruction decoded(String hex) {
        return X86Decoder.decode(HexFormat.ofDelimiter(" ").parseHex(hex)).orElseThrow();
    }

    private static String first(String hex) {
        Access access = decoded(hex).accesses().getFirst();
        return access.kind() + " " + access.sizeBytes() + " " + access.operand().text();
    }

    @Test
    void operandsOfMovesAreRead() {
        assertThat(first("8b 00")).isEqualTo("READ 4 [rax]");
        assertThat(first("89 10")).isEqualTo("WRITE 4 [rax]");
        assertThat(first("48 8b 47 10")).isEqualTo("READ 8 [rdi + 0x10]");
        assertThat(first("c7 04 25 00 00 00 00 2a 00 00 00")).isEqualTo("WRITE 4 [0x0]");
        assertThat(first("66 41 89 44 4d f8")).isEqualTo("WRITE 2 [r13 + rcx*2 - 0x8]");
        assertThat(first("64 48 8b 04 25 28 00 00 00")).isEqualTo("READ 8 fs:[0x28]");
        assertThat(first("0f b6 04 0a")).isEqualTo("READ 1 [rdx + rcx]");
        assertThat(first("48 8b 05 10 00 00 00")).isEqualTo("READ 8 [rip + 0x10]");
        assertThat(first("f0 48 0f b1 0f")).isEqualTo("READ_WRITE 8 [rdi]");
        assertThat(first("48 83 3f 00")).isEqualTo("READ 8 [rdi]");
        assertThat(first("ff 07")).isEqualTo("READ_WRITE 4 [rdi]");
    }

    @Test
    void vectorsAreRead() {
        assertThat(first("0f 11 07")).isEqualTo("WRITE 16 [rdi]");
        assertThat(first("f3 0f 10 07")).isEqualTo("READ 4 [rdi]");
        assertThat(first("c5 fe 6f 06")).isEqualTo("READ 32 [rsi]");
        assertThat(first("62 f1 fe 28 6f 46 01")).isEqualTo("READ 32 [rsi + 0x20]");
        assertThat(decoded("0f 29 07").aligned()).isTrue();
        assertThat(decoded("0f 11 07").aligned()).isFalse();
    }

    @Test
    void jumpsDivisionsAndTrapsHaveTheirKind() {
        assertThat(decoded("ff d0").kind()).isEqualTo(Kind.CALL);
        assertThat(decoded("ff d0").target()).contains("rax");
        assertThat(decoded("41 ff e3").target()).contains("r11");
        assertThat(decoded("c3").kind()).isEqualTo(Kind.RETURN);
        assertThat(decoded("f7 f9").kind()).isEqualTo(Kind.DIVIDE);
        assertThat(decoded("0f 0b").kind()).isEqualTo(Kind.UNDEFINED);
        assertThat(decoded("cc").kind()).isEqualTo(Kind.BREAKPOINT);
        assertThat(decoded("f4").kind()).isEqualTo(Kind.PRIVILEGED);
        assertThat(decoded("0f 05").kind()).isEqualTo(Kind.SYSTEM_CALL);
        assertThat(decoded("0f 1f 44 00 00").accesses()).isEmpty();
        assertThat(decoded("48 8d 04 0f").accesses()).isEmpty();
    }

    @Test
    void pushAndCallWriteBelowTheStackPointer() {
        assertThat(first("55")).isEqualTo("WRITE 8 [rsp - 0x8]");
        assertThat(first("e8 00 00 00 00")).isEqualTo("WRITE 8 [rsp - 0x8]");
        assertThat(first("5d")).isEqualTo("READ 8 [rsp]");
    }

    @Test
    void anAddressIsBasePlusScaledIndexPlusDisplacement() {
        RegisterContext registers = RegisterContext.none(Cpu.X86_64)
                .with("rdx", 0x1000)
                .with("rcx", 3)
                .with("fs_base", 0x7000);
        MemoryOperand operand = decoded("8b 44 ca 10").accesses().getFirst().operand();
        assertThat(operand.address(registers, 0)).hasValue(0x1000 + 3 * 8 + 0x10);
        MemoryOperand threadLocal =
                decoded("64 8b 04 25 f8 ff ff ff").accesses().getFirst().operand();
        assertThat(threadLocal.address(registers, 0)).hasValue(0x7000 - 8);
        MemoryOperand unknown = decoded("8b 00").accesses().getFirst().operand();
        assertThat(unknown.address(registers, 0)).isEmpty();
    }

    @Test
    void whatIsCutIsNotGuessed() {
        byte[] whole = HexFormat.ofDelimiter(" ").parseHex("c7 84 88 00 01 00 00 2a 00 00 00");
        for (int length = 0; length < whole.length; length++) {
            assertThat(X86Decoder.decode(Arrays.copyOf(whole, length))).isEmpty();
        }
        assertThat(X86Decoder.decode(whole)).isPresent();
        byte[] prefixesOnly = new byte[40];
        Arrays.fill(prefixesOnly, (byte) 0x66);
        assertThat(X86Decoder.decode(prefixesOnly)).isEmpty();
    }

    @Test
    void anyBytesAreAnInstructionOrNothing() {
        SplittableRandom random = new SplittableRandom(7);
        byte[] code = new byte[X86Decoder.SIZE_BYTES_MAX];
        for (int round = 0; round < 200_000; round++) {
            random.nextBytes(code);
            Optional<Instruction> found = X86Decoder.decode(code);
            found.ifPresent(instruction ->
                    assertThat(instruction.sizeBytes()).isBetween(1, X86Decoder.SIZE_BYTES_MAX));
        }
    }

    /** objdump is the judge: every instruction of libc has the length that it says. */
    @Test
    void lengthsOfAllOfLibcEqualObjdumps() throws IOException {
        Optional<Tool> objdump = Tool.find("objdump");
        Path libc = Path.of("/lib/x86_64-linux-gnu/libc.so.6");
        assumeTrue(objdump.isPresent(), "needs objdump");
        assumeTrue(Files.exists(libc), "needs " + libc);
        String listing = objdump.get()
                .run(List.of("-d", "--insn-width=16", "-j", ".text", libc.toString()))
                .text();
        int all = 0;
        List<String> wrong = new ArrayList<>();
        for (String line : (Iterable<String>) listing.lines()::iterator) {
            Matcher listed = LISTED.matcher(line);
            if (!listed.matches() || listed.group(2).contains("(bad)")) {
                continue;
            }
            all++;
            byte[] code = HexFormat.ofDelimiter(" ").parseHex(listed.group(1).strip());
            int length = X86Decoder.decode(Arrays.copyOf(code, X86Decoder.SIZE_BYTES_MAX))
                    .map(Instruction::sizeBytes)
                    .orElse(0);
            boolean prefixAlone =
                    listed.group(2).matches("(?:rex\\S*|data16|lock|repz?|cs|fs)\\s*");
            if (length != code.length && !prefixAlone) {
                wrong.add(line.strip() + " -> " + length);
            }
        }
        assertThat(all).isGreaterThan(100_000);
        assertThat(wrong).as("of %d", all).isEmpty();
    }

    /**
     * objdump writes the destination last: a memory operand there is written, unless only
     * compared.
     */
    @Test
    void writesOfLibcAreWhereObjdumpHasTheDestination() throws IOException {
        Optional<Tool> objdump = Tool.find("objdump");
        Path libc = Path.of("/lib/x86_64-linux-gnu/libc.so.6");
        assumeTrue(objdump.isPresent(), "needs objdump");
        assumeTrue(Files.exists(libc), "needs " + libc);
        String listing = objdump.get()
                .run(List.of("-d", "--insn-width=16", "-j", ".text", libc.toString()))
                .text();
        Pattern move =
                Pattern.compile("^v?mov(?:[bwlq]|z[bw][lqw]|s[bwl][lqw]|abs|ap[sd]|up[sd]|dq[au]"
                        + "(?:8|16|32|64)?|s[sd]|d|nt\\w*)?\\s+(\\S+)$");
        List<String> wrong = new ArrayList<>();
        int all = 0;
        for (String line : (Iterable<String>) listing.lines()::iterator) {
            Matcher listed = LISTED.matcher(line);
            if (!listed.matches()) {
                continue;
            }
            Matcher operands = move.matcher(listed.group(2).replaceAll("\\s*[#<].*", ""));
            if (!operands.matches() || operands.group(1).indexOf('(') < 0) {
                continue;
            }
            all++;
            byte[] code = HexFormat.ofDelimiter(" ").parseHex(listed.group(1).strip());
            boolean writes = operands.group(1).replaceAll("\\{.*", "").endsWith(")");
            Optional<Instruction> found = X86Decoder.decode(code);
            boolean same = found.isPresent()
                    && !found.get().accesses().isEmpty()
                    && found.get().accesses().getFirst().kind()
                            == (writes ? AccessKind.WRITE : AccessKind.READ);
            if (!same) {
                wrong.add(line.strip());
            }
        }
        assertThat(all).isGreaterThan(10_000);
        assertThat(wrong).as("of %d", all).isEmpty();
    }
}
