package dev.mortem.analyze.lock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.analyze.wait.ArgumentValues;
import dev.mortem.analyze.wait.Wait;
import dev.mortem.analyze.wait.WaitFinder;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.testkit.fakes.FakeMemory;

import org.junit.jupiter.api.Test;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The same waits on CPUs that this machine is not, from literals. */
class OtherCpusTest {
    private static final long CODE = 0x40_0000;
    private static final long DATA = 0x50_0000;
    private static final int SVC = 0xd400_0001;

    private final FakeMemory arm64 = new FakeMemory(Machine.of(Cpu.ARM64)).u4(CODE, SVC);
    private final FakeMemory x86 =
            new FakeMemory(Machine.of(Cpu.X86)).put(CODE - 2, (byte) 0xcd, (byte) 0x80);

    private static ThreadSnapshot thread(long id, RegisterContext registers) {
        return ThreadSnapshot.of(id, Optional.of(registers), List.of());
    }

    private static RegisterContext arm64(long pc, long number, long... arguments) {
        RegisterContext registers =
                RegisterContext.none(Cpu.ARM64).with("pc", pc).with("x8", number);
        for (int index = 0; index < arguments.length; index++) {
            registers = registers.with("x" + index, arguments[index]);
        }
        return registers;
    }

    private static RegisterContext x86(long number, long... arguments) {
        RegisterContext registers =
                RegisterContext.none(Cpu.X86).with("eip", CODE).with("orig_eax", number);
        String[] names = {"ebx", "ecx", "edx", "esi"};
        for (int index = 0; index < arguments.length; index++) {
            registers = registers.with(names[index], arguments[index]);
        }
        return registers;
    }

    private static LockFinder.Found found(FakeMemory memory, ThreadSnapshot... threads) {
        Map<Long, Wait> waits = new LinkedHashMap<>();
        for (ThreadSnapshot thread : threads) {
            new WaitFinder(memory, ArgumentValues.none())
                    .find(thread, List.of())
                    .ifPresent(wait -> waits.put(thread.id(), wait));
        }
        return LockFinder.find(memory, memory, List.of(threads), List.of(), waits);
    }

    private static String text(LockFinder.Found found, long threadId) {
        return Optional.ofNullable(found.waits().get(threadId)).map(Wait::text).orElse("nothing");
    }

    @Test
    void arm64StandsAtItsInstructionAgainAfterASignal() {
        arm64.u4(DATA, 2, 0, 4711, 1, 0, 0, 0, 0);
        LockFinder.Found found = found(
                arm64,
                thread(4710, arm64(CODE, 98, DATA, 0x80, 2, 0)),
                thread(4711, arm64(CODE + 0x100, 98, DATA, 0x80, 2, 0)));
        assertThat(found.waits()).containsOnlyKeys(4710L);
        assertThat(found.locks()).hasSize(1);
        assertThat(found.locks().getFirst().ownerThreadId()).hasValue(4711);
        assertThat(found.locks().getFirst().name()).isEqualTo("mutex 0x500000");
    }

    @Test
    void arm64LosesTheFirstArgumentOfAnInterruptedCall() {
        String polls = text(found(arm64, thread(1, arm64(CODE + 4, 22, -4L, 0, 8, 5000))), 1);
        assertThat(polls).isEqualTo("events (epoll_pwait, for at most 5 s)");
        assertThat(found(arm64, thread(1, arm64(CODE + 4, 22, 1, 0, 8, 5000))).waits())
                .as("a call that has returned")
                .isEmpty();
    }

    @Test
    void x86HasItsOwnNumbersAndLayouts() {
        x86.u4(DATA, 2, 1, 4711, 1, 1, 0); // a recursive mutex: kind in front of nusers
        LockFinder.Found found = found(
                x86, thread(4710, x86(240, DATA, 0x80, 2, 0)), thread(4711, x86(0xffff_ffffL, 0)));
        assertThat(found.locks().getFirst().name()).isEqualTo("recursive mutex 0x500000");
        assertThat(found.locks().getFirst().ownerThreadId()).hasValue(4711);
        x86.u4(DATA + 0x40, 1, 0, 0, 1); // a semaphore: value, private, pad, waiters
        assertThat(found(x86, thread(1, x86(422, DATA + 0x40, 0x189, 1, 0))).locks())
                .singleElement()
                .matches(lock -> lock.kind().equals("semaphore") && !lock.probable());
    }

    /** restart_syscall, behind mov $162, %eax; int $0x80, and behind a number that cannot go on. */
    @Test
    void aWaitThatAStopBrokeIntoIsStillTold() {
        x86.u4(DATA, 3600, 0).put(CODE - 7, (byte) 0xb8).u4(CODE - 6, 162);
        assertThat(text(found(x86, thread(1, x86(0, DATA))), 1))
                .isEqualTo("time to pass (nanosleep, for 60 min)");
        x86.u4(CODE - 6, 3);
        assertThat(text(found(x86, thread(1, x86(0, DATA))), 1)).isEqualTo("nothing");
        x86.u4(CODE - 6, 162).put(CODE - 7, (byte) 0xb9);
        assertThat(text(found(x86, thread(1, x86(0, DATA))), 1)).isEqualTo("nothing");
        FakeMemory x64 = new FakeMemory(Machine.of(Cpu.X86_64))
                .put(CODE - 7, (byte) 0xb8)
                .u4(CODE - 6, 7)
                .put(CODE - 2, (byte) 0x0f, (byte) 0x05);
        RegisterContext polls = RegisterContext.none(Cpu.X86_64)
                .with("rip", CODE)
                .with("orig_rax", 219)
                .with("rdi", DATA)
                .with("rsi", 0)
                .with("rdx", 5000);
        assertThat(text(found(x64, thread(1, polls)), 1))
                .isEqualTo("events (poll, for at most 5 s)");
    }

    /** socketcall(2): accept, the call that makes a socket, and an array that is not there. */
    @Test
    void socketsOfX86HaveTheirArgumentsInMemory() {
        x86.u4(DATA, 9, 0, 0);
        assertThat(text(found(x86, thread(1, x86(102, 5, DATA))), 1))
                .isEqualTo("a connection to accept (accept4 on descriptor 9)");
        assertThat(text(found(x86, thread(1, x86(102, 1, DATA))), 1)).isEqualTo("nothing");
        assertThat(text(found(x86, thread(1, x86(102, 12, DATA + 0x1000))), 1))
                .isEqualTo("data to arrive (recvfrom)");
    }

    @Test
    void aSleepHasItsLengthAndAMomentIsTold() {
        x86.u4(DATA, 3600, 0);
        assertThat(text(found(x86, thread(1, x86(162, DATA))), 1))
                .isEqualTo("time to pass (nanosleep, for 60 min)");
        arm64.pointers(DATA, 1_700_000_000L, 0);
        assertThat(text(found(arm64, thread(1, arm64(CODE, 115, 0, 1, DATA, 0))), 1))
                .isEqualTo("time to pass (clock_nanosleep, until 2023-11-14T22:13:20Z)");
    }

    @Test
    void aWordThatFitsNothingStaysAFutex() {
        arm64.u4(DATA - 0x40, new int[40]).u4(DATA, 7, 9, 11, 13);
        LockFinder.Found found = found(
                arm64,
                thread(7, arm64(CODE, 98, DATA, 0x80, 7, 0)),
                thread(8, arm64(CODE + 0x100, 0)));
        assertThat(found.locks()).isEmpty();
        assertThat(text(found, 7)).isEqualTo("the futex at 0x500000");
    }

    @Test
    void aTidWithTheBitForWaitersIsAnOwnerABareNumberIsNot() {
        arm64.u4(DATA - 0x40, new int[40]).u4(DATA, 0x8000_0008);
        ThreadSnapshot owner = thread(8, arm64(CODE + 0x100, 0));
        assertThat(found(arm64, thread(7, arm64(CODE, 98, DATA, 0x80, 0x8000_0008L, 0)), owner)
                        .locks())
                .singleElement()
                .matches(lock -> lock.ownerThreadId().orElse(0) == 8 && lock.ownerAlive());
        arm64.u4(DATA, 8);
        assertThat(found(arm64, thread(7, arm64(CODE, 98, DATA, 0x80, 8, 0)), owner)
                        .locks())
                .isEmpty();
    }
}
