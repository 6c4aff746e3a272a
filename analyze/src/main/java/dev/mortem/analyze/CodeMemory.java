package dev.mortem.analyze;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ProgramHeader;
import dev.mortem.stack.locate.ModuleImage;
import dev.mortem.stack.locate.ModuleImages;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * The snapshot's memory, and behind it what the process cannot have changed: the read-only
 * segments of
 * the modules' files. The kernel's cores leave code and constants out. Safe for any thread while
 * snapshot and images are open.
 */
final class CodeMemory implements MemoryReader {
    private final MemoryReader memory;
    private final ModuleImages images;

    CodeMemory(MemoryReader memory, ModuleImages images) {
        this.memory = memory;
        this.images = images;
    }

    @Override
    public Machine machine() {
        return memory.machine();
    }

    @Override
    public int read(long address, byte[] target, int targetOffset, int sizeBytes) {
        int read = memory.read(address, target, targetOffset, sizeBytes);
        if (read < sizeBytes) {
            read += fromFile(address + read, target, targetOffset + read, sizeBytes - read);
        }
        return read;
    }

    private int fromFile(long address, byte[] target, int targetOffset, int sizeBytes) {
        Optional<LoadedModule> module = images.moduleAt(address);
        if (module.isEmpty()) {
            return 0;
        }
        ModuleImage image = images.image(module.get());
        OptionalLong svma = image.svma(address);
        Optional<ElfFile> file = image.file();
        if (svma.isEmpty() || file.isEmpty()) {
            return 0;
        }
        for (ProgramHeader segment : file.get().programHeaders()) {
            long offset = svma.getAsLong() - segment.svma();
            boolean holds = segment.type() == ProgramHeader.PT_LOAD
                    && !segment.isWritable()
                    && Long.compareUnsigned(offset, segment.fileSizeBytes()) < 0;
            if (holds) {
                return copy(
                        file.get().presentContent(segment),
                        offset,
                        target,
                        targetOffset,
                        sizeBytes);
            }
        }
        return 0;
    }

    private static int copy(
            ByteSource content, long offset, byte[] target, int targetOffset, int sizeBytes) {
        int present = (int) Math.min(sizeBytes, Math.max(0, content.sizeBytes() - offset));
        try {
            content.copyTo("code", offset, target, targetOffset, present);
            return present;
        } catch (MalformedException cutMeanwhile) {
            // The file became shorter while it was read: its bytes are then absent, as this
            // interface
            // says it; whoever opened the file reports that it is broken.
            return 0;
        }
    }
}
