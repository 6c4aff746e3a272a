package dev.mortem.analyze.reason;

import dev.mortem.analyze.instruction.Instruction;
import dev.mortem.analyze.instruction.Instruction.Access;
import dev.mortem.analyze.instruction.Instruction.AccessKind;
import dev.mortem.analyze.instruction.Instruction.Kind;
import dev.mortem.analyze.instruction.MemoryOperand;
import dev.mortem.analyze.instruction.X86Decoder;
import dev.mortem.analyze.reason.Fault.Place;
import dev.mortem.analyze.reason.Fault.Pointer;
import dev.mortem.base.address.AddressMap;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.RegisterContext;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Decodes a signal: its names, what lies at the address, and with the faulting instruction what was
 * tried there and through which register. Immutable, safe for any thread.
 *
 * <p>On x86-64 a pointer that is no address at all raises a general protection fault; the kernel
 * then
 * reports SI_KERNEL and an si_addr of 0 that means nothing (arch/x86/kernel/traps.c). The address
 * comes
 * from the instruction's registers in that case.
 */
public final class FaultDecoder {
    /**
     * Linux keeps the first 64 KiB free (vm.mmap_min_addr, default 65,536): only null pointers get
     * there.
     */
    public static final long NULL_PAGE_BYTES = 64 * 1024;

    /** How far from the stack pointer an overflowing push, call or local variable may reach. */
    private static final long STACK_REACH_BYTES = 64 * 1024;

    private final AddressMap<MemoryRegion> regions;
    private final MemoryReader memory;

    /** @param memory with the code of the modules, where that can be had */
    public FaultDecoder(List<MemoryRegion> regions, MemoryReader memory) {
        this.regions = AddressMap.of(regions, MemoryRegion::range);
        this.memory = memory;
    }

    /** Decodes a signal; {@code registers} are those of the thread that received it. */
    public Fault decode(CrashReason.Signal signal, Optional<RegisterContext> registers) {
        int number = signal.number();
        OptionalInt siCode = signal.code();
        boolean sent = siCode.isPresent() && Signals.isSent(siCode.getAsInt());
        Optional<Signals.Code> code =
                siCode.isPresent() ? Signals.code(number, siCode.getAsInt()) : Optional.empty();
        Optional<Instruction> instruction =
                sent || !Signals.isFault(number) ? Optional.empty() : instruction(registers);
        Touched touched = sent || !touchesMemory(number)
                ? Touched.NOTHING
                : touched(signal, registers, instruction);
        OptionalLong address = touched.address().isPresent()
                ? touched.address()
                : sent ? OptionalLong.empty() : signal.address();
        Place place = !sent && touchesMemory(number) && address.isPresent()
                ? place(address.getAsLong(), touched)
                : Place.UNKNOWN;
        boolean overflow = !sent
                && touchesMemory(number)
                && registers.isPresent()
                && isStackOverflow(signal, address, registers.get());
        return new Fault(
                signal,
                Signals.name(number),
                code,
                sent,
                place,
                address,
                touched.access(),
                touched.sizeBytes(),
                touched.pointer(),
                touched.operand(),
                instruction,
                place == Place.UNKNOWN || address.isEmpty()
                        ? Optional.empty()
                        : regions.at(address.getAsLong()).map(FaultDecoder::describe),
                overflow);
    }

    private static boolean touchesMemory(int number) {
        return number == Signals.SIGSEGV || number == Signals.SIGBUS;
    }

    /** What the instruction did to memory, as far as it can be told. */
    private record Touched(
            OptionalLong address,
            Optional<String> access,
            OptionalInt sizeBytes,
            Optional<Pointer> pointer,
            Optional<String> operand,
            boolean aligned) {
        static final Touched NOTHING = new Touched(
                OptionalLong.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                false);
    }

    private Optional<Instruction> instruction(Optional<RegisterContext> registers) {
        if (registers.isEmpty()
                || registers.get().cpu() != Cpu.X86_64
                || registers.get().pc().isEmpty()) {
            return Optional.empty();
        }
        byte[] code = new byte[X86Decoder.SIZE_BYTES_MAX];
        int read = memory.read(registers.get().pc().getAsLong(), code, 0, code.length);
        return X86Decoder.decode(Arrays.copyOf(code, read));
    }

    private Touched touched(
            CrashReason.Signal signal,
            Optional<RegisterContext> registers,
            Optional<Instruction> instruction) {
        if (registers.isEmpty()) {
            return Touched.NOTHING;
        }
        OptionalLong pc = registers.get().pc();
        boolean meaningless = isGeneralProtection(signal, registers.get());
        OptionalLong reported = meaningless ? OptionalLong.empty() : signal.address();
        if (reported.isPresent() && pc.isPresent() && reported.getAsLong() == pc.getAsLong()) {
            return new Touched(
                    reported,
                    Optional.of("execute"),
                    OptionalInt.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    false);
        }
        if (instruction.isEmpty() || pc.isEmpty()) {
            return new Touched(
                    reported,
                    Optional.empty(),
                    OptionalInt.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    false);
        }
        long nextPc = pc.getAsLong() + instruction.get().sizeBytes();
        Touched byOperand = byOperand(instruction.get(), registers.get(), nextPc, reported);
        return !byOperand.equals(Touched.NOTHING) || reported.isEmpty()
                ? byOperand
                : new Touched(
                        reported,
                        instruction.get().accesses().size() == 1
                                ? Optional.of(instruction
                                        .get()
                                        .accesses()
                                        .getFirst()
                                        .kind()
                                        .label())
                                : Optional.empty(),
                        OptionalInt.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        false);
    }

    /** SIGSEGV or SIGBUS with SI_KERNEL and no address, on x86-64. */
    private static boolean isGeneralProtection(
            CrashReason.Signal signal, RegisterContext registers) {
        return registers.cpu() == Cpu.X86_64
                && signal.code().isPresent()
                && signal.code().getAsInt() == Signals.SI_KERNEL
                && signal.address().orElse(0) == 0;
    }

    /**
     * The access that failed: the one that covers the reported address; without one, the first
     * that no
     * pointer could make good, or the target of a jump.
     */
    private Touched byOperand(
            Instruction instruction,
            RegisterContext registers,
            long nextPc,
            OptionalLong reported) {
        for (Access access : instruction.accesses()) {
            OptionalLong address = access.operand().address(registers, nextPc);
            if (address.isEmpty()) {
                continue;
            }
            boolean faults = reported.isPresent()
                    ? covers(address.getAsLong(), access.sizeBytes(), reported.getAsLong())
                    : !isCanonical(address.getAsLong())
                            || (instruction.aligned()
                                    && access.sizeBytes() > 0
                                    && address.getAsLong() % access.sizeBytes() != 0);
            if (faults) {
                return touched(access, registers, address.getAsLong(), reported, instruction);
            }
        }
        return reported.isPresent()
                ? Touched.NOTHING
                : badTarget(instruction, registers, nextPc).orElse(Touched.NOTHING);
    }

    private static boolean covers(long address, int sizeBytes, long reported) {
        // rep movs moves its registers as it goes; the address it reports is the element's own.
        return Long.compareUnsigned(reported - address, Math.max(1, sizeBytes)) < 0;
    }

    private static Touched touched(
            Access access,
            RegisterContext registers,
            long address,
            OptionalLong reported,
            Instruction instruction) {
        return new Touched(
                OptionalLong.of(reported.orElse(address)),
                Optional.of(access.kind().label()),
                access.sizeBytes() > 0 ? OptionalInt.of(access.sizeBytes()) : OptionalInt.empty(),
                pointer(access.operand(), registers),
                Optional.of(access.operand().text()),
                instruction.aligned());
    }

    /**
     * The register to blame: where base and index make the address together, the one that is
     * itself no
     * good pointer, the base first.
     */
    private static Optional<Pointer> pointer(MemoryOperand operand, RegisterContext registers) {
        Optional<Pointer> base = held(operand.base(), registers);
        Optional<Pointer> index = held(operand.index(), registers);
        if (base.isPresent() && index.isPresent()) {
            boolean indexIsBad =
                    !isCanonical(index.get().value()) && isCanonical(base.get().value());
            return indexIsBad ? index : base;
        }
        return base.isPresent() ? base : index;
    }

    private static Optional<Pointer> held(Optional<String> register, RegisterContext registers) {
        if (register.isEmpty() || register.get().equals("rip")) {
            return Optional.empty();
        }
        OptionalLong value = registers.get(register.get());
        return value.isPresent()
                ? Optional.of(new Pointer(register.get(), value.getAsLong()))
                : Optional.empty();
    }

    /**
     * A call, jump or return whose target is no address faults where it stands, not at its
     * target.
     */
    private Optional<Touched> badTarget(
            Instruction instruction, RegisterContext registers, long nextPc) {
        boolean branches = instruction.kind() == Kind.CALL
                || instruction.kind() == Kind.JUMP
                || instruction.kind() == Kind.RETURN;
        if (!branches) {
            return Optional.empty();
        }
        OptionalLong target = OptionalLong.empty();
        Optional<Pointer> pointer = Optional.empty();
        Optional<String> operand = Optional.empty();
        if (instruction.target().isPresent()) {
            target = registers.get(instruction.target().get());
            pointer = held(instruction.target(), registers);
        } else if (!instruction.accesses().isEmpty()) {
            Access access = instruction.accesses().getFirst();
            OptionalLong at = access.operand().address(registers, nextPc);
            if (at.isPresent() && access.kind() == AccessKind.READ) {
                target = memory.u8(at.getAsLong());
                operand = Optional.of(access.operand().text());
            }
        }
        return target.isPresent() && !isCanonical(target.getAsLong())
                ? Optional.of(new Touched(
                        target,
                        Optional.of("execute"),
                        OptionalInt.empty(),
                        pointer,
                        operand,
                        false))
                : Optional.empty();
    }

    private Place place(long address, Touched touched) {
        int pointerBytes = memory.machine().pointerSizeBytes();
        if (Long.compareUnsigned(address, NULL_PAGE_BYTES) < 0) {
            return Place.NULL_PAGE;
        }
        boolean x86 = memory.machine().cpu().filter(cpu -> cpu == Cpu.X86_64).isPresent();
        if (x86 && !isCanonical(address)) {
            return Place.NON_CANONICAL;
        }
        if (pointerBytes == 8 && address < 0) {
            return Place.KERNEL;
        }
        Optional<MemoryRegion> region = regions.at(address);
        if (region.isEmpty()) {
            return Place.UNMAPPED;
        }
        MemoryRegion at = region.get();
        if (!at.isReadable() && !at.isWritable() && !at.isExecutable()) {
            return Place.GUARD;
        }
        boolean allowed = touched.access()
                .map(access -> switch (access) {
                    case "write" -> at.isWritable();
                    case "execute" -> at.isExecutable();
                    default -> at.isReadable();
                })
                .orElse(true);
        return !allowed ? Place.NO_PERMISSION : touched.aligned() ? Place.MISALIGNED : Place.MAPPED;
    }

    /** Whether bits 47 to 63 are all the same (Intel SDM volume 1, section 3.3.7.1). */
    static boolean isCanonical(long address) {
        return address >> 47 == 0 || address >> 47 == -1;
    }

    /**
     * The stack pointer has left its stack, or the access just below it has. The kernel's SI_KERNEL
     * without an address counts where the stack pointer is bad: there was no room for a handler's
     * frame.
     */
    private boolean isStackOverflow(
            CrashReason.Signal signal, OptionalLong address, RegisterContext registers) {
        OptionalLong sp = registers.sp();
        if (sp.isEmpty()) {
            return false;
        }
        Optional<MemoryRegion> stack = regions.at(sp.getAsLong()).filter(MemoryRegion::isWritable);
        boolean kernelGaveUp = signal.code().isPresent()
                && signal.code().getAsInt() == Signals.SI_KERNEL
                && stack.isEmpty()
                && regions.nextAbove(sp.getAsLong())
                        .filter(above -> above.isWritable()
                                && Addresses.isBelow(
                                        above.range().start() - sp.getAsLong(), STACK_REACH_BYTES))
                        .isPresent();
        if (address.isEmpty() || kernelGaveUp) {
            return kernelGaveUp;
        }
        long distance = address.getAsLong() - sp.getAsLong();
        boolean near = distance < STACK_REACH_BYTES && distance > -STACK_REACH_BYTES;
        boolean usable = regions.at(address.getAsLong())
                .filter(region -> region.isReadable() || region.isWritable())
                .isPresent();
        boolean belowStack = stack.filter(region ->
                        Addresses.isBelow(address.getAsLong(), region.range().start()))
                .isPresent();
        return near && !usable && (stack.isEmpty() || belowStack);
    }

    private static String describe(MemoryRegion region) {
        return region.path().orElse("memory without a file") + " " + region.range() + " "
                + region.permissions();
    }
}
