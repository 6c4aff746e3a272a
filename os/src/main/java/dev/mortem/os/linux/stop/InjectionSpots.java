package dev.mortem.os.linux.stop;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.os.linux.call.ProcessMemory;
import dev.mortem.os.linux.call.Ptrace;
import dev.mortem.os.linux.inject.GeneralRegisters;
import dev.mortem.os.linux.inject.Injection;
import dev.mortem.os.linux.inject.InjectionException;
import dev.mortem.os.linux.inject.InjectionException.Kind;
import dev.mortem.os.linux.inject.InjectionTable;
import dev.mortem.os.linux.stop.CopyMaker.Spot;
import dev.mortem.os.linux.stop.TracedThreads.Traced;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which thread of a stopped process can make calls for us, and where a signal frame may be written. The
 * main thread is taken where it will do, and one that waits in a system call rather than one that runs.
 *
 * <p>A frame goes to pages of [stack] that were never touched; else below the stack pointer of the
 * thread itself, where the kernel writes its own frames, if that stack is the main one or a pthread's.
 * Not on other stacks: seen with Go, whose stacks are pieces of a heap that begins with a guard, a frame
 * of 3 KiB below one of 2 KiB went into somebody else's.
 */
final class InjectionSpots {
    private static final int PAGE_BYTES = 4096;

    /** System V ABI, AMD64 supplement, 3.2.2: what lies this far below sp belongs to the program. */
    private static final int RED_ZONE_BYTES = 128;

    /** How far untouched pages must be from the main thread's stack pointer: it may soon run again. */
    private static final int DISTANCE_BYTES = 32 * 1024;

    /** admin-guide/mm/pagemap.rst: bit 63 page present, bit 62 page swapped. */
    private static final long PRESENT_OR_SWAPPED = 3L << 62;

    /** linux/rseq.h: struct rseq's rseq_cs. */
    private static final int RSEQ_CS_OFFSET = 8;

    private static final int THREADS_TRIED_MAX = 64;

    private final Ptrace ptrace;
    private final Ground ground;
    private final long pid;
    private OptionalLong mainSp = OptionalLong.empty();

    InjectionSpots(Ptrace ptrace, Ground ground, long pid) {
        this.ptrace = ptrace;
        this.ground = ground;
        this.pid = pid;
    }

    /** @throws InjectionException UNSUITABLE, with the reason of the last thread that was tried */
    Spot choose(TracedThreads threads) throws InjectionException {
        List<Traced> candidates = List.copyOf(threads.all());
        if (candidates.stream().noneMatch(Traced::standsAtRest)) {
            bringOneToRest(threads, candidates);
        }
        List<Spot> running = new ArrayList<>();
        String why = "none of its threads stands";
        int tried = 0;
        for (Traced thread : candidates) { // the main thread comes first: its id is the lowest
            if (!thread.standsAtRest() || tried++ >= THREADS_TRIED_MAX) {
                continue;
            }
            ThreadCapture capture = ThreadCapture.of(ptrace, thread);
            if (!isWide(capture)) {
                why = "it runs 32-bit code";
                continue;
            }
            if (!Injection.restoresFrom(extendedStateBytes(capture))) {
                why =
                        "its extended registers cannot be read: the CPU has no XSAVE, or does not use it";
                continue;
            }
            if (thread.tid() == pid) {
                mainSp = OptionalLong.of(registers(capture).sp());
            }
            Optional<Spot> spot = spot(thread, capture);
            if (spot.isEmpty()) {
                why = "there is no room below a stack for the state of a thread";
            } else if (registers(capture).interruptedCall() >= 0) {
                return spot.get();
            } else {
                running.add(spot.get());
            }
        }
        return running.stream()
                .filter(spot -> !isInSequence(spot.thread()))
                .findFirst()
                .orElseThrow(noSpot(
                        running.isEmpty()
                                ? why
                                : "its threads are in the middle of" + " restartable sequences"));
    }

    private static void bringOneToRest(TracedThreads threads, List<Traced> candidates)
            throws InjectionException {
        int tried = Math.min(THREADS_TRIED_MAX, candidates.size());
        for (Traced thread : candidates.subList(0, tried)) {
            if (threads.bringToRest(thread)) {
                return;
            }
            if (!thread.isStuck() && !thread.isStanding()) {
                throw new InjectionException(
                        Kind.TIMED_OUT,
                        "thread %d did not stand again after its signal".formatted(thread.tid()));
            }
        }
    }

    private static java.util.function.Supplier<InjectionException> noSpot(String why) {
        return () -> new InjectionException(Kind.UNSUITABLE, why);
    }

    private static boolean isWide(ThreadCapture capture) {
        int wanted = InjectionTable.ofThisCpu().registers().sizeBytes();
        return capture.general().filter(set -> set.length == wanted).isPresent()
                && registers(capture).isWide();
    }

    private static int extendedStateBytes(ThreadCapture capture) {
        return capture.note(Ptrace.NT_X86_XSTATE).map(set -> set.length).orElse(0);
    }

    private static GeneralRegisters registers(ThreadCapture capture) {
        return new GeneralRegisters(
                InjectionTable.ofThisCpu(), capture.general().orElseThrow());
    }

    /**
     * Whether the thread may be within a restartable sequence (rseq(2)): the kernel would forget that it
     * is, once it had run anything else, and the sequence would go on as if nobody had come between.
     */
    private boolean isInSequence(Traced thread) {
        OptionalLong rseq = ptrace.restartableSequence(thread.tid());
        if (rseq.isEmpty()) {
            return false;
        }
        byte[] current = new byte[Long.BYTES];
        int read = ProcessMemory.read(
                ground.memory(), rseq.getAsLong() + RSEQ_CS_OFFSET, current, 0, current.length);
        return read != current.length || ByteBuffer.wrap(current).getLong() != 0;
    }

    private Optional<Spot> spot(Traced thread, ThreadCapture capture) {
        int wanted = Injection.scratchBytes(extendedStateBytes(capture));
        OptionalLong fresh = untouched(wanted);
        OptionalLong scratch =
                fresh.isPresent() ? fresh : below(registers(capture), wanted, thread.tid() == pid);
        if (scratch.isEmpty()) {
            return Optional.empty();
        }
        boolean owned = fresh.isEmpty() || thread.tid() == pid;
        return Optional.of(new Spot(
                ground.memory(),
                thread,
                capture,
                new Injection.Place(ground.gadgets(), scratch.getAsLong(), owned),
                ground.isFiltered()));
    }

    /** The lowest pages of [stack], where no program has been yet. */
    private OptionalLong untouched(int wanted) {
        if (ground.mainStack().isEmpty()) {
            return OptionalLong.empty();
        }
        AddressRange range = ground.mainStack().get();
        long scratch = range.start();
        int pages = (wanted + PAGE_BYTES - 1) / PAGE_BYTES;
        long end = scratch + (long) pages * PAGE_BYTES;
        boolean far = mainSp.isEmpty()
                || !range.contains(mainSp.getAsLong())
                || mainSp.getAsLong() - end > DISTANCE_BYTES;
        boolean roomy = range.sizeBytes() > (long) pages * PAGE_BYTES + DISTANCE_BYTES;
        return far && roomy && isUntouched(scratch, pages)
                ? OptionalLong.of(scratch)
                : OptionalLong.empty();
    }

    /** Pages that are not there yet; or hold zeros only, as we leave them; or a frame of ours. */
    private boolean isUntouched(long start, int pages) {
        byte[] words = new byte[pages * Long.BYTES];
        long offset = start / PAGE_BYTES * Long.BYTES;
        if (ProcessMemory.read(ground.pagemap(), offset, words, 0, words.length) != words.length) {
            return false;
        }
        ByteBuffer entries = ByteBuffer.wrap(words).order(ByteOrder.nativeOrder());
        long touched = 0;
        while (entries.hasRemaining()) {
            touched |= entries.getLong() & PRESENT_OR_SWAPPED;
        }
        if (touched == 0) {
            return true;
        }
        byte[] content = new byte[pages * PAGE_BYTES];
        return ProcessMemory.read(ground.memory(), start, content, 0, content.length)
                        == content.length
                && (Arrays.equals(content, new byte[content.length])
                        || Injection.isLeftBehind(content, ground.gadgets()));
    }

    /** Below the red zone of a stack that ends in a guard. */
    private OptionalLong below(GeneralRegisters registers, int wanted, boolean isMain) {
        long sp = registers.sp();
        Optional<AddressRange> stack = ground.stackAt(sp, registers.threadPointer(), isMain);
        if (stack.isEmpty()) {
            return OptionalLong.empty();
        }
        long scratch = Addresses.alignDown(sp - RED_ZONE_BYTES - wanted, 64);
        long start = stack.get().start();
        boolean room = Addresses.isBelow(start, scratch) && scratch - start >= PAGE_BYTES;
        return room ? OptionalLong.of(scratch) : OptionalLong.empty();
    }
}
