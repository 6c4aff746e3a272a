package dev.mortem.os.linux.inject;

import static dev.mortem.os.linux.inject.SeccompFilter.ALLOW;
import static dev.mortem.os.linux.inject.SeccompFilter.ERRNO;
import static dev.mortem.os.linux.inject.SeccompFilter.KILL;
import static dev.mortem.os.linux.inject.SeccompFilter.LOG;
import static dev.mortem.os.linux.inject.SeccompFilter.TRACE;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mortem.os.linux.inject.SeccompFilter.Call;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Filters as we run them, against their definition and against the kernel. */
class SeccompFilterTest {
    private static final Call CALL =
            new Call(56, 0x7f00_1234_5678L, List.of(0x1_0000_0002L, 3L, 5L, 7L, 11L, 13L));

    /** A number that no call has: the kernel answers ENOSYS when filters let it through. */
    private static final int NO_CALL = 1000;

    @TempDir
    Path folder;

    /** Writes struct sock_filter after struct sock_filter. */
    private static final class Program {
        private final List<long[]> instructions = new ArrayList<>();

        private Program with(int code, int whenTrue, int whenFalse, int k) {
            instructions.add(new long[] {code, whenTrue, whenFalse, k});
            return this;
        }

        private Program with(int code, int k) {
            return with(code, 0, 0, k);
        }

        private byte[] bytes() {
            ByteBuffer bytes =
                    ByteBuffer.allocate(instructions.size() * 8).order(ByteOrder.LITTLE_ENDIAN);
            for (long[] one : instructions) {
                bytes.putShort((short) one[0]).put((byte) one[1]).put((byte) one[2]);
                bytes.putInt((int) one[3]);
            }
            return bytes.array();
        }

        private int action() {
            return SeccompFilter.action(List.of(new SeccompFilter(bytes())), CALL);
        }
    }

    /** A filter answers its accumulator only in the upper half: put there what is to be seen. */
    private static int high(Program program) {
        return program.with(0x64, 16).with(0x16, 0).action() >>> 16;
    }

    @ParameterizedTest
    @CsvSource({
        "0x20, 0, 56", // the number
        "0x20, 8, 0x5678",
        "0x20, 12, 0x7f00",
        "0x20, 16, 2",
        "0x20, 20, 1",
        "0x20, 24, 3",
        "0x20, 56, 13",
        "0x80, 0, 64", // BPF_LEN
        "0x00, 77, 77", // BPF_IMM
    })
    void loads(String code, int k, String value) {
        assertThat(high(new Program().with(Integer.decode(code), k)))
                .isEqualTo(Integer.decode(value));
    }

    @Test
    void theArchitectureIsX86() {
        assertThat(new Program()
                        .with(0x20, 4)
                        .with(0x15, 0, 1, 0xc000003e)
                        .with(0x06, ALLOW)
                        .with(0x06, KILL)
                        .action())
                .isEqualTo(ALLOW);
    }

    @ParameterizedTest
    @CsvSource({
        "0x04, 100, 7, 107",
        "0x14, 100, 7, 93",
        "0x24, 100, 7, 700",
        "0x34, 100, 7, 14",
        "0x44, 100, 7, 103",
        "0x54, 100, 6, 4",
        "0x64, 100, 3, 800",
        "0x74, 100, 3, 12",
        "0xa4, 100, 7, 99",
    })
    void computesWithAConstantAndWithX(String code, int a, int operand, int result) {
        int operation = Integer.decode(code);
        assertThat(high(new Program().with(0x00, a).with(operation, operand))).isEqualTo(result);
        assertThat(high(new Program().with(0x01, operand).with(0x00, a).with(operation | 8, 0)))
                .isEqualTo(result);
    }

    @Test
    void numbersAreUnsigned() {
        assertThat(high(new Program().with(0x00, -2).with(0x34, 0x10000))).isEqualTo(0xffff);
        assertThat(high(new Program().with(0x00, -1).with(0x74, 20))).isEqualTo(0xfff);
        assertThat(high(new Program().with(0x00, 1).with(0x84, 0).with(0x74, 20)))
                .isEqualTo(0xfff);
    }

    /** The kernel (net/core/filter.c: bpf_convert_filter) ends the program with 0: kill the thread. */
    @Test
    void dividingByAnXOfZeroKills() {
        int action = new Program()
                .with(0x01, 0)
                .with(0x00, 5)
                .with(0x3c, 0)
                .with(0x06, ALLOW)
                .action();
        assertThat(action).isZero();
        assertThat(SeccompFilter.isHarmless(action)).isFalse();
    }

    /** The kernel (kernel/bpf/core.c: "SRC & 31") takes five bits, as the CPU does. */
    @ParameterizedTest
    @CsvSource({"32, 5", "33, 10", "-31, 10"})
    void shiftsByXTakeFiveBits(int x, int result) {
        assertThat(high(new Program().with(0x01, x).with(0x00, 5).with(0x6c, 0)))
                .isEqualTo(result);
        assertThat(high(new Program().with(0x01, x).with(0x00, 20).with(0x7c, 0)))
                .isEqualTo(x == 32 ? 20 : 10);
    }

    @Test
    void memoryAndTheTwoRegistersKeepWhatIsPutThere() {
        assertThat(high(new Program()
                        .with(0x00, 21)
                        .with(0x02, 15)
                        .with(0x00, 0)
                        .with(0x60, 15)))
                .isEqualTo(21);
        assertThat(high(new Program()
                        .with(0x01, 22)
                        .with(0x03, 0)
                        .with(0x01, 0)
                        .with(0x61, 0)
                        .with(0x87, 0)))
                .isEqualTo(22);
        assertThat(high(new Program().with(0x00, 23).with(0x07, 0).with(0x00, 0).with(0x87, 0)))
                .isEqualTo(23);
    }

    @ParameterizedTest
    @CsvSource({
        "0x15, 7, 7, true",
        "0x15, 7, 8, false",
        "0x25, 8, 7, true",
        "0x25, 7, 7, false",
        "0x25, -1, 7, true",
        "0x35, 7, 7, true",
        "0x35, 6, 7, false",
        "0x35, 7, -1, false",
        "0x45, 6, 2, true",
        "0x45, 6, 1, false",
    })
    void jumpsAreTakenOrNot(String code, int a, int operand, boolean taken) {
        int wanted = taken ? ALLOW : KILL;
        int jump = Integer.decode(code);
        assertThat(new Program()
                        .with(0x00, a)
                        .with(jump, 0, 1, operand)
                        .with(0x06, ALLOW)
                        .with(0x06, KILL)
                        .action())
                .isEqualTo(wanted);
        assertThat(new Program()
                        .with(0x01, operand)
                        .with(0x00, a)
                        .with(jump | 8, 1, 0, 0)
                        .with(0x06, KILL)
                        .with(0x06, ALLOW)
                        .action())
                .isEqualTo(wanted);
    }

    @Test
    void whatTheKernelWouldNotAcceptKills() {
        assertThat(new Program().action()).as("empty").isEqualTo(KILL);
        assertThat(new Program().with(0x00, 1).action()).as("without end").isEqualTo(KILL);
        for (int k : new int[] {1, 2, 1000, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
            assertThat(new Program().with(0x05, k).with(0x06, ALLOW).action())
                    .as("jump by " + k)
                    .isEqualTo(KILL);
        }
        assertThat(new Program().with(0x15, 255, 255, 0).with(0x06, ALLOW).action())
                .isEqualTo(KILL);
        for (int k : new int[] {61, 64, 65536, -1, -4, Integer.MIN_VALUE}) {
            assertThat(new Program().with(0x20, k).with(0x06, ALLOW).action())
                    .as("load at " + k)
                    .isEqualTo(KILL);
        }
        for (int k : new int[] {16, -1}) {
            for (int code : new int[] {0x60, 0x61, 0x02, 0x03}) {
                assertThat(new Program().with(code, k).with(0x06, ALLOW).action())
                        .as("word %d of memory", k)
                        .isEqualTo(KILL);
            }
        }
        assertThat(new Program().with(0x05, 0).with(0x06, ALLOW).action()).isEqualTo(ALLOW);
        assertThat(new Program().with(0x20, 60).with(0x06, ALLOW).action()).isEqualTo(ALLOW);
    }

    @Test
    void theStrictestOfSeveralFiltersCounts() {
        int trap = 0x00030000;
        int notify = 0x7fc00000;
        List<Integer> strictness = List.of(KILL, 0, trap, ERRNO | 13, notify, TRACE, LOG, ALLOW);
        for (int one = 0; one < strictness.size(); one++) {
            for (int other = one; other < strictness.size(); other++) {
                List<SeccompFilter> filters =
                        List.of(answering(strictness.get(other)), answering(strictness.get(one)));
                assertThat(SeccompFilter.action(filters, CALL))
                        .isEqualTo(strictness.get(one) & 0xffff0000);
            }
        }
        assertThat(SeccompFilter.action(List.of(), CALL)).isEqualTo(ALLOW);
        assertThat(strictness)
                .filteredOn(action -> SeccompFilter.isHarmless(action & 0xffff0000))
                .containsExactly(ERRNO | 13, TRACE, LOG, ALLOW);
    }

    private static SeccompFilter answering(int action) {
        return new SeccompFilter(new Program().with(0x06, action).bytes());
    }

    /** As container engines write them: the architecture, a list of calls, clone by its flags. */
    @ParameterizedTest
    @CsvSource({
        "56, 0x700, allow", // clone of a helper
        "56, 0x10000000, errno", // clone with CLONE_NEWUSER
        "61, 0, allow", // wait4
        "231, 0, allow", // exit_group
        "15, 0, allow", // rt_sigreturn
        "272, 0, errno", // unshare
        "436, 0, errno", // close_range, which an old list does not know
    })
    void anAllowListOfAContainerEngine(long number, String flags, String wanted) {
        int namespaces = 0x7e020000;
        Program program = new Program()
                .with(0x20, 4)
                .with(0x15, 1, 0, 0xc000003e)
                .with(0x06, KILL)
                .with(0x20, 0)
                .with(0x35, 0, 1, 0x40000000)
                .with(0x06, ERRNO | 1)
                .with(0x15, 5, 0, 15)
                .with(0x15, 4, 0, 61)
                .with(0x15, 3, 0, 231)
                .with(0x15, 0, 3, 56)
                .with(0x20, 16)
                .with(0x45, 1, 0, namespaces)
                .with(0x06, ALLOW)
                .with(0x06, ERRNO | 1);
        Call call = new Call(number, 0, List.of((long) Integer.decode(flags), 0L, 0L, 0L, 0L, 0L));
        int action = SeccompFilter.action(List.of(new SeccompFilter(program.bytes())), call);
        assertThat(action).isEqualTo(wanted.equals("allow") ? ALLOW : ERRNO);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void programsOfRandomBytesEnd(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int answers = 0;
        for (int round = 0; round < 10_000; round++) {
            byte[] program = new byte[random.nextInt(64) * 8 + random.nextInt(8)];
            random.nextBytes(program);
            int action = SeccompFilter.action(List.of(new SeccompFilter(program)), CALL);
            assertThat(action & 0xffff).isZero();
            answers++;
        }
        assertThat(answers).isEqualTo(10_000);
    }

    /** What lives in the kernel must live with us, and what dies there must die with us. */
    @Test
    void randomFiltersDoWhatTheyDoInTheKernel() throws Exception {
        assumeTrue(InjectionTable.ofThisCpu() == InjectionTable.X86_64, "needs x86-64");
        SplittableRandom random = new SplittableRandom(7);
        List<byte[]> programs = new ArrayList<>();
        for (int round = 0; round < 400; round++) {
            programs.add(random(random));
        }
        List<String> said = askKernel(programs);
        assertThat(said).hasSize(programs.size());
        Call call = new Call(NO_CALL, 0, List.of(1L, 2L, 0x3_0000_0004L, 5L, 6L, -7L));
        int judged = 0;
        for (int index = 0; index < said.size(); index++) {
            if (!said.get(index).equals("refused")) {
                int action =
                        SeccompFilter.action(List.of(new SeccompFilter(programs.get(index))), call);
                assertThat(said(action)).as("filter " + index).isEqualTo(said.get(index));
                judged++;
            }
        }
        assertThat(judged).isGreaterThan(200);
        assertThat(said).contains("killed", "ENOSYS", "errno");
    }

    private static String said(int action) {
        return switch (action) {
            case ERRNO -> "errno";
            case ALLOW, LOG, TRACE -> "ENOSYS";
            default -> "killed";
        };
    }

    /** Calls other than the one in question are let through first, so that the judge can end. */
    private static byte[] random(SplittableRandom random) {
        Program program = new Program()
                .with(0x20, 0)
                .with(0x15, 1, 0, NO_CALL)
                .with(0x06, ALLOW)
                .with(0x02, 0)
                .with(0x01, random.nextInt());
        int length = 2 + random.nextInt(12);
        for (int index = 0; index < length; index++) {
            add(program, random, length - index);
        }
        return program.with(0x06, answer(random)).with(0x06, answer(random)).bytes();
    }

    private static void add(Program program, SplittableRandom random, int left) {
        int small = random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(70);
        int[] operations = {0x04, 0x14, 0x24, 0x34, 0x44, 0x54, 0x64, 0x74, 0xa4};
        int[] jumps = {0x15, 0x25, 0x35, 0x45};
        switch (random.nextInt(8)) {
            case 0 -> program.with(random.nextInt(2), small);
            case 1 -> program.with(0x20, 16 + 4 * random.nextInt(12));
            case 2, 3 ->
                program.with(
                        operations[random.nextInt(operations.length)] | 8 * random.nextInt(2),
                        small);
            case 4 ->
                program.with(
                        jumps[random.nextInt(4)] | 8 * random.nextInt(2),
                        random.nextInt(left + 1),
                        random.nextInt(left + 1),
                        small);
            case 5 -> program.with(random.nextInt(2) * 0x80 + 0x07, 0);
            case 6 -> program.with(0x60 + random.nextInt(2), 0);
            default -> program.with(random.nextInt(4) == 0 ? 0x06 : 0x84, answer(random));
        }
    }

    private static int answer(SplittableRandom random) {
        int[] answers = {ALLOW, ALLOW, ERRNO | 1, ERRNO | 2, KILL, 0, 0x00030000};
        return answers[random.nextInt(answers.length)];
    }

    private List<String> askKernel(List<byte[]> programs) throws IOException {
        Path input = folder.resolve("filters");
        StringBuilder judge = new StringBuilder();
        try (InputStream source =
                SeccompFilterTest.class.getResourceAsStream("/targets/filterjudge.c")) {
            assertThat(source).isNotNull();
            judge.append(new String(source.readAllBytes(), StandardCharsets.UTF_8));
        }
        int size = programs.stream().mapToInt(program -> 4 + program.length).sum();
        ByteBuffer all = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        programs.forEach(program -> all.putInt(program.length / 8).put(program));
        Files.write(input, all.array());
        Path program = HeaderFacts.compile(folder, judge.toString());
        return HeaderFacts.run(folder, List.of(program.toString(), input.toString()))
                .lines()
                .toList();
    }
}
