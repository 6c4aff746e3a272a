package dev.mortem.stack.symbol;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.SectionHeader;
import dev.mortem.format.elf.SymbolTable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The stubs through which a module calls other modules; no symbol names them, so they are named after
 * the function whose address their slot of the GOT holds, as objdump and GDB do: "puts@plt".
 *
 * <p>A stub of x86 says which slot it jumps through (System V ABI AMD64, section 5.2; i386, section
 * 5.3). On Arm's CPUs stubs stand in the order of the relocations of their slots, behind a header.
 */
final class PltStubs {
    static final Limit STUBS_MAX = new Limit(
            "stubs of a module",
            500_000,
            "stubs",
            "large programs import some ten thousand functions; each stub gets a name in the heap");

    /** The stub at {@code svma}. */
    record Stub(String name, long svma, long sizeBytes) {}

    private static final int STUB_BYTES_X86 = 16;

    private final ElfFile file;
    private final Cpu cpu;
    private final int stubsMax;
    private final Map<Long, String> namesBySlot = new HashMap<>();
    private final List<String> namesInOrder = new ArrayList<>();

    private PltStubs(ElfFile file, Cpu cpu, int stubsMax) {
        this.file = file;
        this.cpu = cpu;
        this.stubsMax = stubsMax;
    }

    /** All stubs of the file; what is broken is reported and ends the list. */
    static List<Stub> of(ElfFile file, Cpu cpu, Limits limits, Diagnostics diagnostics) {
        PltStubs reader = new PltStubs(file, cpu, limits.maxInt(STUBS_MAX));
        List<Stub> stubs = new ArrayList<>();
        try {
            reader.readRelocations();
            if (!reader.namesBySlot.isEmpty()) {
                reader.readStubs(stubs);
            }
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "stubs of the linkage table have no names");
        }
        return List.copyOf(stubs);
    }

    private void readRelocations() throws MalformedException {
        for (String name : List.of(".rela.plt", ".rel.plt", ".rela.dyn", ".rel.dyn")) {
            Optional<SectionHeader> section = file.section(name);
            if (section.isPresent() && section.get().type() != SectionHeader.SHT_NOBITS) {
                readRelocations(section.get(), name.startsWith(".rela"), name.endsWith(".plt"));
            }
        }
    }

    /** Elf64_Rela, Elf32_Rela and Elf32_Rel: r_offset, r_info, and perhaps r_addend. */
    private void readRelocations(SectionHeader section, boolean withAddend, boolean inOrder)
            throws MalformedException {
        Optional<SectionHeader> symbolSection = file.section((int) section.link());
        if (symbolSection.isEmpty() || symbolSection.get().type() != SectionHeader.SHT_DYNSYM) {
            return;
        }
        SymbolTable symbols = file.symbols(symbolSection.get());
        ByteSource entries = file.content(section);
        int word = file.header().is64() ? 8 : 4;
        int entrySize = withAddend ? 3 * word : 2 * word;
        for (long at = 0; at + entrySize <= entries.sizeBytes(); at += entrySize) {
            long slot = entries.unsigned("r_offset", at, word);
            long info = entries.unsigned("r_info", at + word, word);
            long addend = withAddend ? entries.unsigned("r_addend", at + 2L * word, word) : 0;
            long symbol = word == 8 ? info >>> 32 : info >>> 8;
            if (namesBySlot.size() >= stubsMax) {
                return;
            }
            boolean named = symbol > 0 && symbol < symbols.count();
            if (named) {
                String name = SymbolName.ofStub(symbols.name((int) symbol));
                namesBySlot.putIfAbsent(slot, name);
            } else if (inOrder) {
                // IRELATIVE: the address that a resolver in this module chooses
                namesBySlot.putIfAbsent(
                        slot, SymbolName.ofStub("*ABS*+0x" + Long.toHexString(addend)));
            }
            if (inOrder) {
                namesInOrder.add(namesBySlot.getOrDefault(slot, ""));
            }
        }
    }

    private void readStubs(List<Stub> stubs) throws MalformedException {
        for (String name : List.of(".plt", ".plt.sec", ".plt.got")) {
            Optional<SectionHeader> section = file.section(name);
            if (section.isPresent() && section.get().type() != SectionHeader.SHT_NOBITS) {
                switch (cpu) {
                    case X86_64, X86 -> readJumps(section.get(), stubs);
                    case ARM64 -> inOrder(section.get(), 32, 16, stubs);
                    case ARM -> inOrder(section.get(), 20, 12, stubs);
                    case PC_AND_SP_64, PC_AND_SP_32 -> {} // their stubs have no name
                }
            }
        }
    }

    /** Each stub has one jump through a slot; .plt.got has stubs of 8 bytes, the others of 16. */
    private void readJumps(SectionHeader section, List<Stub> stubs) throws MalformedException {
        ByteSource code = file.content(section);
        boolean small = section.name().equals(".plt.got") && section.entrySizeBytes() == 8;
        int stubBytes = small ? 8 : STUB_BYTES_X86;
        for (long at = 0; at + stubBytes <= code.sizeBytes(); at += stubBytes) {
            OptionalLong slot = slotOfJump(code, section.svma(), at, stubBytes);
            if (slot.isPresent() && stubs.size() < stubsMax) {
                String name = namesBySlot.get(slot.getAsLong());
                if (name != null) {
                    stubs.add(new Stub(name, section.svma() + at, stubBytes));
                }
            }
        }
    }

    /** ff 25: jmp *disp32(%rip), on i386 jmp *abs32; ff a3: jmp *disp32(%ebx), %ebx being the GOT. */
    private OptionalLong slotOfJump(ByteSource code, long svma, long start, int stubBytes)
            throws MalformedException {
        for (long at = start; at + 6 <= start + stubBytes; at++) {
            if (code.u1("opcode", at) != 0xff) {
                continue;
            }
            int modRm = code.u1("ModRM", at + 1);
            if (modRm == 0x25) {
                return OptionalLong.of(
                        cpu == Cpu.X86_64
                                ? svma + at + 6 + code.s4("displacement", at + 2)
                                : code.u4("address", at + 2));
            }
            if (modRm == 0xa3 && cpu == Cpu.X86) {
                Optional<SectionHeader> got =
                        file.section(".got.plt").or(() -> file.section(".got"));
                if (got.isPresent()) {
                    long slot = got.get().svma() + code.s4("displacement", at + 2);
                    return OptionalLong.of(slot & 0xffff_ffffL);
                }
            }
        }
        return OptionalLong.empty();
    }

    private void inOrder(SectionHeader section, int headerBytes, int stubBytes, List<Stub> stubs) {
        long svma = section.svma() + headerBytes;
        long end = section.svma() + section.sizeBytes();
        for (String name : namesInOrder) {
            if (svma + stubBytes > end || stubs.size() >= stubsMax) {
                return;
            }
            if (!name.isEmpty()) {
                stubs.add(new Stub(name, svma, stubBytes));
            }
            svma += stubBytes;
        }
    }
}
