package dev.mortem.dump.minidump;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.format.minidump.CpuContext;
import dev.mortem.format.minidump.ExceptionStream;
import dev.mortem.format.minidump.MinidumpFile;
import dev.mortem.format.minidump.ModuleEntry;
import dev.mortem.format.minidump.SystemInfo;
import dev.mortem.format.minidump.ThreadEntry;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A process of 32 bits on 64-bit Windows, dumped by a tool of 64 bits: its contexts are those of AMD64,
 * and mostly stand in the code of wow64cpu.dll that switches between both.
 *
 * <p>While a thread is in 64-bit code, the registers of its 32-bit code are kept behind the second TLS
 * slot of its 64-bit TEB: four bytes, then a WOW64_CONTEXT, which is CONTEXT of x86 (winnt.h and its
 * documentation, WOW64_CONTEXT). While it is in 32-bit code, they are the low halves of the dumped ones.
 */
final class Wow64 {
    /** TEB.TlsSlots[1] of 64 bits. */
    private static final int TLS_SLOT_1 = 0x1488;

    private static final int CONTEXT_OFFSET = 4;
    private static final int CONTEXT_BYTES = 716;

    /** The selector of 32-bit code in user mode; that of 64-bit code is 0x33. */
    private static final long CODE_32 = 0x23;

    /** Where Windows puts the 32-bit TEB of a thread, counted from the other. */
    private static final int TEB_32 = 0x2000;

    /** NtTib.Self of 32 bits. */
    private static final int SELF_32 = 0x18;

    private static final Map<String, String> NARROW = Map.ofEntries(
            Map.entry("rax", "eax"),
            Map.entry("rbx", "ebx"),
            Map.entry("rcx", "ecx"),
            Map.entry("rdx", "edx"),
            Map.entry("rsi", "esi"),
            Map.entry("rdi", "edi"),
            Map.entry("rbp", "ebp"),
            Map.entry("rsp", "esp"),
            Map.entry("rip", "eip"),
            Map.entry("rflags", "eflags"),
            Map.entry("cs", "cs"),
            Map.entry("ss", "ss"),
            Map.entry("ds", "ds"),
            Map.entry("es", "es"),
            Map.entry("fs", "fs"),
            Map.entry("gs", "gs"));

    private final MemoryReader memory;
    private final MinidumpFile file;

    private Wow64(MemoryReader memory, MinidumpFile file) {
        this.memory = memory;
        this.file = file;
    }

    /**
     * For a dump whose modules are those of such a process and that has the 32-bit registers of at least
     * one thread. Without any it stays a dump of 64 bits, which is reported.
     */
    static Optional<Wow64> of(
            MinidumpFile file,
            MemoryReader memory,
            List<ModuleEntry> modules,
            List<ThreadEntry> threads,
            Optional<ExceptionStream> exception) {
        if (memory.machine().cpu().filter(cpu -> cpu == Cpu.X86_64).isEmpty()
                || modules.stream().noneMatch(Wow64::isPartOfIt)) {
            return Optional.empty();
        }
        Wow64 wow64 = new Wow64(memory, file);
        boolean has32 = threads.stream()
                        .anyMatch(thread -> wow64.kept(thread.teb()).isPresent()
                                || isIn32BitCode(thread.context()))
                || isIn32BitCode(exception.flatMap(ExceptionStream::context));
        file.diagnostics()
                .report(
                        file.bytes().name(),
                        "a 32-bit process was dumped as a 64-bit one",
                        (has32
                                        ? "its 32-bit registers and stacks are shown, those of WOW64 are not."
                                        : "the dump does not have its 32-bit registers: the stacks are"
                                                + " those of WOW64.")
                                + " Dump it again with a 32-bit tool");
        return has32 ? Optional.of(wow64) : Optional.empty();
    }

    private static boolean isPartOfIt(ModuleEntry module) {
        String path = module.name().orElse("").toLowerCase(Locale.ROOT);
        String name = path.substring(1 + path.lastIndexOf('\\'));
        return name.equals("wow64.dll") || name.equals("wow64cpu.dll");
    }

    private static boolean isIn32BitCode(Optional<ByteSource> context) {
        try {
            return context.isPresent() && isIn32BitCode(CpuContext.AMD64.read(context.get()));
        } catch (MalformedException broken) {
            return false; // reported when the thread is read
        }
    }

    /** The 32-bit TEB of a thread; empty where the dump does not have it. */
    Optional<Long> teb32(long teb64) {
        return Optional.of(teb64 + TEB_32).filter(this::isTeb32);
    }

    private boolean isTeb32(long address) {
        OptionalLong self = memory.u4(address + SELF_32);
        return self.isPresent() && self.getAsLong() == address;
    }

    /**
     * The registers of a thread's 32-bit code; empty, and reported, where the dump does not have them.
     *
     * @param dumped what the dump says the registers are
     */
    Optional<RegisterContext> registers(
            long threadId, long teb64, Optional<RegisterContext> dumped) {
        Optional<RegisterContext> found =
                dumped.filter(Wow64::isIn32BitCode).map(Wow64::narrowed).or(() -> kept(teb64));
        if (found.isEmpty()) {
            file.diagnostics()
                    .report(
                            "%s: thread %d".formatted(file.bytes().name(), threadId),
                            "the dump does not have the registers of its 32-bit code",
                            "its stack is not read");
        }
        return found;
    }

    private static boolean isIn32BitCode(RegisterContext registers) {
        OptionalLong selector = registers.get("cs");
        return selector.isPresent() && selector.getAsLong() == CODE_32;
    }

    private static RegisterContext narrowed(RegisterContext wide) {
        RegisterContext narrow = RegisterContext.none(Cpu.X86);
        for (Map.Entry<String, String> name : NARROW.entrySet()) {
            OptionalLong value = wide.get(name.getKey());
            if (value.isPresent()) {
                narrow = narrow.with(name.getValue(), value.getAsLong());
            }
        }
        return narrow;
    }

    private Optional<RegisterContext> kept(long teb64) {
        OptionalLong reserved = memory.u8(teb64 + TLS_SLOT_1);
        if (teb64 == 0 || reserved.isEmpty() || reserved.getAsLong() == 0) {
            return Optional.empty();
        }
        long address = reserved.getAsLong() + CONTEXT_OFFSET;
        ByteSource context = memory.view(
                "WOW64_CONTEXT at " + Addresses.hex(address),
                AddressRange.ofSize(address, CONTEXT_BYTES),
                CONTEXT_BYTES);
        try {
            return context.sizeBytes() == CONTEXT_BYTES
                            && CpuContext.of(SystemInfo.X86, context).isPresent()
                    ? Optional.of(CpuContext.X86.read(context))
                    : Optional.empty();
        } catch (MalformedException cutWhileMapped) {
            return Optional.empty();
        }
    }
}
