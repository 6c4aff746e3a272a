package dev.mortem.dump.minidump;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.format.minidump.CpuContext;
import dev.mortem.format.minidump.MinidumpFile;
import dev.mortem.format.minidump.ModuleEntry;
import dev.mortem.format.minidump.SystemInfo;

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

    Wow64(MemoryReader memory, MinidumpFile file) {
        this.memory = memory;
        this.file = file;
        file.diagnostics()
                .report(
                        file.bytes().name(),
                        "a 32-bit process was dumped as a 64-bit one",
                        "its 32-bit registers and stacks are shown; those of WOW64 itself are not."
                                + " A 32-bit tool writes a dump that debuggers read directly");
    }

    /** Whether the modules are those of a 32-bit process in a 64-bit dump. */
    static boolean isIn(Machine machine, List<ModuleEntry> modules) {
        return machine.cpu().filter(cpu -> cpu == Cpu.X86_64).isPresent()
                && modules.stream()
                        .flatMap(module -> module.name().stream())
                        .map(path -> path.substring(1 + path.lastIndexOf('\\')))
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .anyMatch(name -> name.equals("wow64.dll") || name.equals("wow64cpu.dll"));
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
        Optional<RegisterContext> found = dumped.filter(Wow64::isIn32BitCode)
                .map(Wow64::narrowed)
                .or(() -> teb64 == 0 ? Optional.empty() : kept(teb64));
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
        if (reserved.isEmpty() || reserved.getAsLong() == 0) {
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
