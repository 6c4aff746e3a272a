package dev.mortem.stack.unwind;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ProgramHeader;
import dev.mortem.testkit.fakes.WrappedSnapshot;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A core that qemu wrote of a program linked at fixed addresses. Qemu leaves out code with the ELF
 * headers in it, and the list of mapped files that kernels write, so the modules are added here: the
 * program's, and those of the dynamic linker's list, which the program's DT_DEBUG leads to.
 */
final class QemuSnapshot extends WrappedSnapshot {
    private static final long DT_DEBUG = 21;

    private final ProcessSnapshot core;
    private final List<LoadedModule> modules = new ArrayList<>();

    /** @param libraries the folder that was given to qemu as the guest's root */
    QemuSnapshot(ProcessSnapshot core, Path program, Path libraries)
            throws IOException, MalformedException {
        super(core);
        this.core = core;
        ElfFile file = read(program);
        add(program, file, 0);
        int word = core.machine().pointerSizeBytes();
        long map = 0;
        for (ProgramHeader segment : file.programHeaders()) {
            long entries = segment.memorySizeBytes() / (2L * word);
            for (long at = 0; segment.type() == ProgramHeader.PT_DYNAMIC && at < entries; at++) {
                long entry = segment.svma() + at * 2L * word;
                if (pointer(entry) == DT_DEBUG) {
                    map = pointer(pointer(entry + word) + word);
                }
            }
        }
        while (map != 0) {
            String name = core.memory().cString(pointer(map + word), 4096).orElse("");
            Path library = Path.of(libraries + name);
            if (!name.isEmpty() && Files.isRegularFile(library)) {
                add(library, read(library), pointer(map));
            }
            map = pointer(map + 3L * word);
        }
    }

    private static ElfFile read(Path file) throws IOException, MalformedException {
        ByteSource bytes = ByteSource.ofBytes(
                file.toString(), Files.readAllBytes(file), ByteOrder.LITTLE_ENDIAN);
        return ElfFile.read(bytes, Limits.defaults(), new DiagnosticLog());
    }

    private long pointer(long address) {
        return core.memory()
                .unsigned(address, core.machine().pointerSizeBytes())
                .orElse(0);
    }

    private void add(Path path, ElfFile file, long bias) {
        List<LoadedModule.Mapping> mappings = new ArrayList<>();
        for (ProgramHeader segment : file.programHeaders()) {
            if (segment.type() == ProgramHeader.PT_LOAD) {
                long page = segment.svma() & 0xfff;
                mappings.add(new LoadedModule.Mapping(
                        AddressRange.ofSize(
                                segment.svma() - page + bias, segment.memorySizeBytes() + page),
                        segment.fileOffset() - page));
            }
        }
        modules.add(new LoadedModule(
                AddressRange.between(
                        mappings.getFirst().range().start(),
                        mappings.getLast().range().end()),
                path.toString(),
                mappings,
                file.buildId(),
                false));
    }

    @Override
    public List<LoadedModule> modules() {
        return modules;
    }
}
