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
 * Decodes a signal or an exception: its names, what lies at the address, and with the faulting
 * instruction what was tried there and through which register. Immutable, safe for any thread.
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

    /**
     * Decodes a fault; {@code registers} are those of the thread at the fault. Empty for a dump
     * that was
     * taken of a healthy process, or does not say why.
     */
    public Optional<Fault> decode(CrashReason reason, Optional<RegisterContext> registers) {
        return switch (reason) {
            case CrashReason.Signal signal ->
                Optional.of(decode(
                        signal,
                        Raised.of(signal, isGeneralProtection(signal, registers)),
                        registers));
            case CrashReason.WindowsException exception ->
                Optional.of(decode(exception, Raised.of(exception), registers));
            case CrashReason.MachException exception ->
                Optional.of(decode(exception, Raised.of(exception), registers));
            case CrashReason.OnDemand _, CrashReason.Unknown _ -> Optional.empty();
        };
    }

    private Fault decode(CrashReason reason, Raised raised, Optional<RegisterContext> registers) {
        Optional<Instruction> instruction =
                raised.ofInstruction() ? instruction(registers) : Optional.empty();
        Touched touched =
                raised.touchesMemory() ? touched(raised, registers, instruction) : Touched.NOTHING;
        OptionalLong address = touched.address().isPresent() ? touched.address() : raised.address();
        Place place = raised.touchesMemory() && address.isPresent()
                ? place(address.getAsLong(), touched)
                : Place.UNKNOWN;
        boolean overflow = raised.kind() == Fault.Kind.STACK_OVERFLOW
                || (raised.touchesMemory()
                        && registers.isPresent()
                        && isStackOverflow(raised, address, registers.get()));
        return new Fault(
                reason,
                kind(raised, instruction, overflow),
                raised.name(),
                raised.code(),
                raised.sent(),
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

    /** Linux has one signal for memory and for the kernel's instructions; the instruction tells. */
    private static Fault.Kind kind(
            Raised raised, Optional<Instruction> instruction, boolean overflow) {
        boolean privileged =
                instruction.filter(found -> found.kind() == Kind.PRIVILEGED).isPresent();
        if (overflow) {
            return Fault.Kind.STACK_OVERFLOW;
        }
        return privileged && raised.kind() == Fault.Kind.ACCESS_VIOLATION
                ? Fault.Kind.PRIVILEGED_INSTRUCTION
                : raised.kind();
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

        /** What the system says, and no more. */
        static Touched told(Raised raised) {
            return new Touched(
                    raised.address(),
                    raised.access(),
                    OptionalInt.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    false);
        }
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
            Raised raised, Optional<RegisterContext> registers, Optional<Instruction> instruction) {
        OptionalLong reported = raised.address();
        if (registers.isEmpty()) {
            return Touched.told(raised);
        }
        OptionalLong pc = registers.get().pc();
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
            return Touched.told(raised);
        }
        long nextPc = pc.getAsLong() + instruction.get().sizeBytes();
        Touched byOperand = byOperand(instruction.get(), registers.get(), nextPc, reported);
        return !byOperand.equals(Touched.NOTHING) || reported.isEmpty()
                ? byOperand
                : new Touched(
                        reported,
                        raised.access().or(() -> onlyAccess(instruction.get())),
                        OptionalInt.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        false);
    }

    private static Optional<String> onlyAccess(Instruction instruction) {
        return instruction.accesses().size() == 1
                ? Optional.of(instruction.accesses().getFirst().kind().label())
                : Optional.empty();
    }

    /** SIGSEGV or SIGBUS with SI_KERNEL and no address, on x86-64. */
    private static boolean isGeneralProtection(
            CrashReason.Signal signal, Optional<RegisterContext> registers) {
        return registers.filter(known -> known.cpu() == Cpu.X86_64).isPresent()
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
            Raised raised, OptionalLong address, RegisterContext registers) {
        OptionalLong sp = registers.sp();
        if (sp.isEmpty()) {
            return false;
        }
        Optional<MemoryRegion> stack = regions.at(sp.getAsLong()).filter(MemoryRegion::isWritable);
        boolean kernelGaveUp = raised.withoutFrame()
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
