package dev.mortem.os.linux.inject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The frame against the kernel's own headers: struct ucontext follows its return address. */
class SignalFrameTest {
    private static final long ADDRESS = 0x7fff_0000_1000L;
    private static final long RESTORER = 0x7f00_0000_2000L;
    private static final long MASK = 0x4000_0002_0000_0800L;
    private static final int CONTEXT = Long.BYTES;
    private static final int XSTATE_BV = 512;
    private static final int SOFTWARE = 464;
    private static final long TILE_DATA = 1L << 18;
    private static final int STATE = 448;
    private static final int AMX_BYTES = 11_008;
    private static final int AMX_CUT_BYTES = 2_816;

    private static final String HEADERS = """
            #include <stddef.h>
            #include <linux/signal.h>
            #include <asm/sigcontext.h>
            #include <asm/ucontext.h>
            """;

    private static final List<String> REGISTERS = List.of(
            "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rdi", "rsi", "rbp", "rbx", "rdx",
            "rax", "rcx", "rsp", "rip", "eflags");

    @TempDir
    Path folder;

    @BeforeEach
    void needsItsOwnCpu() {
        assumeTrue(InjectionTable.ofThisCpu() == InjectionTable.X86_64, "needs x86-64's headers");
    }

    @Test
    void everyRegisterIsWhereTheKernelLooksForIt() throws Exception {
        List<String> from = new ArrayList<>();
        List<String> to = new ArrayList<>();
        for (String name : REGISTERS) {
            from.add("offsetof(struct user_regs_struct, %s)".formatted(name));
            to.add("offsetof(struct ucontext, uc_mcontext) + offsetof(struct sigcontext, %s)"
                    .formatted(name));
        }
        HeaderFacts sets =
                HeaderFacts.of(folder, "#include <stddef.h>\n#include <sys/user.h>", from);
        HeaderFacts contexts = HeaderFacts.of(folder, HEADERS, to);
        ByteBuffer frame = frame(state(576));
        for (int index = 0; index < REGISTERS.size(); index++) {
            int there = CONTEXT + contexts.offset(to.get(index));
            assertThat(frame.getLong(there))
                    .as(REGISTERS.get(index))
                    .isEqualTo(0x1000 + sets.get(from.get(index)));
        }
    }

    @Test
    void theRestOfTheFrameIsWhereTheKernelLooksForIt() throws Exception {
        String flags = "offsetof(struct ucontext, uc_flags)";
        String mask = "offsetof(struct ucontext, uc_sigmask)";
        String state =
                "offsetof(struct ucontext, uc_mcontext) + offsetof(struct sigcontext, fpstate)";
        String cs = "offsetof(struct ucontext, uc_mcontext) + offsetof(struct sigcontext, cs)";
        String ss = "offsetof(struct ucontext, uc_mcontext) + offsetof(struct sigcontext, ss)";
        String bits = "UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS";
        String size = "8 + sizeof(struct ucontext) + 128";
        HeaderFacts known =
                HeaderFacts.of(folder, HEADERS, List.of(flags, mask, state, cs, ss, bits, size));
        ByteBuffer frame = frame(state(576));
        assertThat(frame.getLong(0)).isEqualTo(RESTORER);
        assertThat(frame.getLong(at(known, flags))).isEqualTo(known.get(bits));
        assertThat(frame.getLong(at(known, mask))).isEqualTo(MASK);
        assertThat(frame.getLong(at(known, state))).isEqualTo(ADDRESS + STATE);
        assertThat(frame.getShort(at(known, cs))).isEqualTo((short) 0x33);
        assertThat(frame.getShort(at(known, ss))).isEqualTo((short) (0x1000 + 160));
        assertThat(known.get(size)).isLessThanOrEqualTo(STATE);
    }

    private static int at(HeaderFacts known, String field) {
        return CONTEXT + known.offset(field);
    }

    @Test
    void theStateHasTheMagicNumbersAndSizesThatTheKernelChecks() throws Exception {
        List<String> fields = List.of(
                "FP_XSTATE_MAGIC1",
                "FP_XSTATE_MAGIC2",
                "sizeof(struct _fpstate_64) - sizeof(struct _fpx_sw_bytes)",
                "offsetof(struct _fpx_sw_bytes, extended_size)",
                "offsetof(struct _fpx_sw_bytes, xfeatures)",
                "offsetof(struct _fpx_sw_bytes, xstate_size)");
        HeaderFacts known = HeaderFacts.of(folder, HEADERS, fields);
        byte[] state = state(832);
        ByteBuffer.wrap(state).order(ByteOrder.LITTLE_ENDIAN).putLong(SOFTWARE, 7);
        ByteBuffer frame = frame(state);
        int software = STATE + known.offset(fields.get(2));
        assertThat(frame.getInt(software)).isEqualTo(known.offset(fields.get(0)));
        assertThat(frame.getInt(software + known.offset(fields.get(3)))).isEqualTo(836);
        assertThat(frame.getLong(software + known.offset(fields.get(4)))).isEqualTo(7);
        assertThat(frame.getInt(software + known.offset(fields.get(5)))).isEqualTo(832);
        assertThat(frame.getInt(STATE + 832)).isEqualTo(known.offset(fields.get(1)));
        assertThat(frame.capacity()).isEqualTo(SignalFrame.sizeBytes(832)).isEqualTo(STATE + 836);
    }

    @Test
    void theRestOfTheStateIsWhatItWas() {
        byte[] state = state(832);
        byte[] frame = frame(state).array();
        assertThat(Arrays.copyOfRange(frame, STATE, STATE + SOFTWARE))
                .isEqualTo(Arrays.copyOf(state, SOFTWARE));
        assertThat(Arrays.copyOfRange(frame, STATE + XSTATE_BV, STATE + 832))
                .isEqualTo(Arrays.copyOfRange(state, XSTATE_BV, 832));
    }

    /** The kernel asks sigaltstack(2) for what a frame says, and passes over its refusal. */
    @Test
    void theAlternateStackIsOneThatSigaltstackRefuses() throws Exception {
        String offset = "offsetof(ucontext_t, uc_stack) + offsetof(stack_t, ss_flags)";
        ByteBuffer frame = frame(state(576));
        HeaderFacts known = HeaderFacts.of(
                folder, "#include <stddef.h>\n#include <ucontext.h>", List.of(offset));
        int flags = frame.getInt(at(known, offset));
        String refused =
                "({ stack_t s = {.ss_sp = m, .ss_flags = %d, .ss_size = sizeof m}; sigaltstack(&s, 0); })"
                        .formatted(flags);
        String unchanged = "({ stack_t s; sigaltstack(0, &s); s.ss_flags == SS_DISABLE; })";
        HeaderFacts said = HeaderFacts.of(
                folder, "#include <signal.h>\nstatic char m[65536];", List.of(refused, unchanged));
        assertThat(said.get(refused)).isEqualTo(-1);
        assertThat(said.get(unchanged)).isEqualTo(1);
    }

    @Test
    void theStateOfAMatrixUnitThatIsNotUsedIsCut() {
        byte[] state = state(AMX_BYTES);
        words(state).putLong(XSTATE_BV, 7).putLong(SOFTWARE, 0x602e7);
        ByteBuffer frame = frame(state);
        assertThat(frame.capacity()).isEqualTo(STATE + AMX_CUT_BYTES + 4);
        assertThat(frame.getInt(STATE + SOFTWARE + 4)).isEqualTo(AMX_CUT_BYTES + 4);
        assertThat(frame.getInt(STATE + SOFTWARE + 16)).isEqualTo(AMX_CUT_BYTES);
        assertThat(frame.getLong(STATE + SOFTWARE + 8)).isEqualTo(0x602e7 & ~TILE_DATA);
        assertThat(frame.getInt(STATE + AMX_CUT_BYTES)).isEqualTo(0x46505845);
    }

    @Test
    void theStateOfAMatrixUnitInUseIsKept() {
        byte[] state = state(AMX_BYTES);
        words(state).putLong(XSTATE_BV, 7 | TILE_DATA).putLong(SOFTWARE, 0x602e7);
        ByteBuffer frame = frame(state);
        assertThat(frame.capacity()).isEqualTo(STATE + AMX_BYTES + 4);
        assertThat(frame.getInt(STATE + SOFTWARE + 16)).isEqualTo(AMX_BYTES);
        assertThat(frame.getLong(STATE + SOFTWARE + 8)).isEqualTo(0x602e7);
        assertThat(frame.get(STATE + AMX_BYTES - 1)).isEqualTo(state[AMX_BYTES - 1]);
    }

    @Test
    void aStateThatEndsWhereTheMatrixUnitWouldBeginIsNotCut() {
        byte[] state = state(AMX_CUT_BYTES);
        words(state).putLong(XSTATE_BV, 7).putLong(SOFTWARE, 0x602e7);
        ByteBuffer frame = frame(state);
        assertThat(frame.capacity()).isEqualTo(STATE + AMX_CUT_BYTES + 4);
        assertThat(frame.getLong(STATE + SOFTWARE + 8)).isEqualTo(0x602e7);
    }

    /** FXSAVE and XSAVE's header are the least: a CPU without XSAVE has no such set at all. */
    @ParameterizedTest
    @ValueSource(ints = {0, 512, 575})
    void lessThanXsaveWritesIsRefused(int sizeBytes) {
        assertThatThrownBy(() -> frame(new byte[sizeBytes]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(sizeBytes + " bytes");
        assertThat(frame(state(576)).capacity()).isEqualTo(STATE + 580);
    }

    /** What a killed tracer left is known again; other memory, and another program's, is not. */
    @Test
    void aFrameOfOursIsKnownAgain() {
        byte[] frame = SignalFrame.of(ADDRESS, RESTORER, Sets.inCall(-1, 0), state(576), MASK);
        assertThat(SignalFrame.isOurs(frame, RESTORER)).isTrue();
        assertThat(SignalFrame.isOurs(frame, RESTORER + 1)).isFalse();
        assertThat(SignalFrame.isOurs(Arrays.copyOf(frame, 439), RESTORER)).isFalse();
        assertThat(SignalFrame.isOurs(new byte[4096], 0)).isFalse();
        frame[32] ^= 1; // as the kernel would write it: a stack that could be
        assertThat(SignalFrame.isOurs(frame, RESTORER)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 8, 32, 63})
    void aFrameStandsOnA64ByteBoundary(long off) {
        GeneralRegisters registers = Sets.inCall(-1, 0);
        assertThatThrownBy(() -> SignalFrame.of(ADDRESS + off, RESTORER, registers, state(576), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(Long.toHexString(ADDRESS + off));
        assertThatThrownBy(() -> SignalFrame.ending(ADDRESS + off, RESTORER, registers))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aFrameThatEndsATaskHasNoStateAndBlocksAllSignals() {
        byte[] bytes = SignalFrame.ending(ADDRESS, RESTORER, Sets.inCall(-1, 0));
        ByteBuffer frame = words(bytes);
        assertThat(bytes.length).isLessThanOrEqualTo(SignalFrame.ENDING_BYTES);
        assertThat(frame.getLong(0)).isEqualTo(RESTORER);
        assertThat(frame.getLong(232)).as("fpstate").isZero();
        assertThat(frame.getLong(304)).as("mask").isEqualTo(-1);
    }

    @Test
    void whatAnInjectionNeedsHoldsBothFramesAndAWord() {
        for (int sizeBytes : new int[] {576, 832, 2696, AMX_BYTES}) {
            int scratch = Injection.scratchBytes(sizeBytes);
            assertThat(scratch % SignalFrame.ALIGNMENT).isZero();
            assertThat(scratch)
                    .isGreaterThanOrEqualTo(
                            SignalFrame.sizeBytes(sizeBytes) + SignalFrame.ENDING_BYTES + 8);
        }
    }

    private static ByteBuffer frame(byte[] state) {
        GeneralRegisters registers = new GeneralRegisters(InjectionTable.X86_64, Sets.distinct());
        return words(SignalFrame.of(ADDRESS, RESTORER, registers, state, MASK));
    }

    private static byte[] state(int sizeBytes) {
        byte[] state = new byte[sizeBytes];
        for (int index = 0; index < sizeBytes; index++) {
            state[index] = (byte) (index * 7 + index / 256);
        }
        return state;
    }

    private static ByteBuffer words(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
