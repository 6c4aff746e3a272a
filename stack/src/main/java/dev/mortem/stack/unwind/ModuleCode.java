package dev.mortem.stack.unwind;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.format.breakpad.SymFile;
import dev.mortem.format.dwarf.cfi.ElfFrames;
import dev.mortem.format.dwarf.cfi.FrameTable;
import dev.mortem.format.ehabi.ExceptionIndex;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ProgramHeader;
import dev.mortem.format.pdb.PdbFile;
import dev.mortem.stack.locate.ModuleImage;

import java.util.List;
import java.util.Optional;

/**
 * One module as unwinding sees it: its frame information, its code where the dump has left that out, its
 * entry point. Immutable, safe for any thread.
 */
final class ModuleCode {
    /** Room that {@code _start} takes: under 50 bytes in every C library seen. */
    private static final int ENTRY_SIZE_BYTES = 64;

    private final LoadedModule module;
    private final Optional<ElfFile> headers;
    private final Optional<ElfFile> file;
    private final List<ProgramHeader> code;
    private final boolean hasBias;
    private final long bias;
    private final FrameTable frames;
    private final Optional<ExceptionIndex> exceptions;
    private final Optional<SymFile> symbolFile;
    private final Optional<PdbFile> pdb;
    private final Optional<WindowsCode> windows;

    ModuleCode(ModuleImage image, MemoryReader memory, Limits limits, Diagnostics diagnostics) {
        this.module = image.module();
        this.headers = image.headers();
        this.file = image.file();
        this.code = headers.map(ModuleCode::executableSegments).orElse(List.of());
        this.hasBias = image.bias().isPresent();
        this.bias = image.bias().orElse(0);
        this.windows = image.pe().map(pe -> new WindowsCode(module, pe, diagnostics));
        this.frames = image.pe()
                .map(pe -> PeFrames.of(pe, module.base(), limits, diagnostics))
                .or(() -> file.map(
                        whole -> ElfFrames.of(whole, image.debugFile(), limits, diagnostics)))
                .orElseGet(() -> MemoryFrames.of(image, memory, limits, diagnostics));
        this.symbolFile = image.symFile();
        this.pdb = image.pdb();
        this.exceptions = headers.flatMap(found -> file.isPresent()
                ? ExceptionTables.ofFile(found)
                : ExceptionTables.ofMemory(found, image, memory, limits));
    }

    private static List<ProgramHeader> executableSegments(ElfFile headers) {
        return headers.programHeaders().stream()
                .filter(segment ->
                        segment.type() == ProgramHeader.PT_LOAD && segment.isExecutable())
                .toList();
    }

    /** Address = svma + bias; 0 as well where it is not known, and there is no frame information then. */
    long bias() {
        return bias;
    }

    Optional<FrameTable> frames() {
        return hasBias ? Optional.of(frames) : Optional.empty();
    }

    /** The unwinding tables of 32-bit Arm. */
    Optional<ExceptionIndex> exceptions() {
        return hasBias ? exceptions : Optional.empty();
    }

    /** The Breakpad symbol file, which may tell how to unwind. */
    Optional<SymFile> symbolFile() {
        return symbolFile;
    }

    /** The PDB, which tells of 32-bit x86 how to unwind. */
    Optional<PdbFile> pdb() {
        return pdb;
    }

    /** Where the address is, counted from the module's start. */
    long rva(long address) {
        return address - module.base();
    }

    /** What a module of Windows tells. */
    Optional<WindowsCode> windows() {
        return windows;
    }

    /** Whether an address in the module's range is in a segment of code, as far as is known. */
    boolean isCode(long address) {
        if (windows.isPresent()) {
            return windows.get().isCode(address);
        }
        if (code.isEmpty() || !hasBias) {
            return module.range().contains(address);
        }
        return segmentAt(address).isPresent();
    }

    /** Whether the address lies in the code that the process, or its dynamic linker, started with. */
    boolean isEntry(long address) {
        if (headers.isEmpty() || !hasBias) {
            return false;
        }
        long entry = headers.get().header().entry();
        return entry != 0 && Long.compareUnsigned(address - bias - entry, ENTRY_SIZE_BYTES) < 0;
    }

    /** Copies code from the module's file; how many bytes were there. */
    int readFile(long address, byte[] target, int targetOffset, int sizeBytes) {
        if (windows.isPresent()) {
            return windows.get().readFile(address, target, targetOffset, sizeBytes);
        }
        Optional<ProgramHeader> segment = segmentAt(address);
        if (file.isEmpty() || segment.isEmpty()) {
            return 0;
        }
        long offset = address - bias - segment.get().svma();
        ByteSource present =
                file.get().presentContent(segment.get()).atMost("code", offset, sizeBytes);
        int size = (int) present.sizeBytes();
        try {
            present.copyTo("code", 0, target, targetOffset, size);
        } catch (MalformedException cutWhileMapped) {
            return 0; // absent, as it would be had the file been cut before
        }
        return size;
    }

    private Optional<ProgramHeader> segmentAt(long address) {
        for (ProgramHeader segment : code) {
            if (segment.svmaRange().contains(address - bias)) {
                return Optional.of(segment);
            }
        }
        return Optional.empty();
    }
}
