package dev.mortem.stack;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ProgramHeader;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A file as if it were mapped by a process whose memory is not there. */
public final class ModuleOnDisk {
    private static final long PAGE_BYTES = 4096;

    private ModuleOnDisk() {}

    /** Mapped with each address moved up by {@code bias}, a multiple of the page. */
    public static LoadedModule of(Path path, long bias) throws IOException {
        try (MappedFile mapped = MappedFile.open(path, ByteOrder.LITTLE_ENDIAN)) {
            ElfFile file = ElfFile.read(mapped.source(), Limits.defaults(), ignored -> {});
            List<LoadedModule.Mapping> mappings = new ArrayList<>();
            for (ProgramHeader segment : file.programHeaders()) {
                if (segment.type() == ProgramHeader.PT_LOAD) {
                    long before = segment.svma() % PAGE_BYTES;
                    mappings.add(new LoadedModule.Mapping(
                            AddressRange.between(
                                    segment.svma() - before + bias,
                                    Addresses.alignUp(segment.svmaRange().end(), PAGE_BYTES)
                                            + bias),
                            segment.fileOffset() - before));
                }
            }
            AddressRange range = AddressRange.between(
                    mappings.getFirst().range().start(),
                    mappings.getLast().range().end());
            return new LoadedModule(range, path.toString(), mappings, file.buildId(), false);
        } catch (MalformedException malformed) {
            throw new IOException(malformed);
        }
    }
}
