package dev.mortem.os.linux.stop;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.os.linux.proc.Mapping;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The executable and libraries among a process's mappings, with their build ids.
 *
 * <p>A module starts at a mapping that holds an ELF header, and takes the following mappings of the same
 * file as far as its program headers reach. Module os does not depend on format, whose readers know all
 * of ELF; what is needed here is the few fields below (ELF-64 and ELF-32 Object File Format, version
 * 1.5, "ELF header", "Program header", "Note section").
 */
final class ModuleFinder {
    private static final int PT_LOAD = 1;
    private static final int PT_NOTE = 4;

    /** Note type 3 of owner "GNU" (binutils, elf/common.h). */
    private static final int NT_GNU_BUILD_ID = 3;

    /** The page that holds the header and, in every linker's output, the program headers. */
    private static final int HEADER_BYTES = 4096;

    /** A build id stands in the first of a few short notes; larger segments hold something else. */
    private static final int NOTES_BYTES_MAX = 64 * 1024;

    private final MemoryReader memory;
    private final Diagnostics diagnostics;

    ModuleFinder(MemoryReader memory, Diagnostics diagnostics) {
        this.memory = memory;
        this.diagnostics = diagnostics;
    }

    /** One program header: what a segment is and where, as linked. */
    private record Segment(long type, long svma, long sizeBytes) {}

    /** By ascending address. */
    List<LoadedModule> find(List<Mapping> mappings) {
        List<LoadedModule> modules = new ArrayList<>();
        int index = 0;
        while (index < mappings.size()) {
            Mapping first = mappings.get(index);
            Optional<List<Segment>> segments = segmentsAt(first);
            int next = index + 1;
            if (segments.isPresent()) {
                AddressRange span = span(first, segments.get());
                List<Mapping> own = new ArrayList<>(List.of(first));
                while (next < mappings.size()
                        && Addresses.isBelow(mappings.get(next).range().start(), span.end())) {
                    if (isSameFile(first, mappings.get(next))) {
                        own.add(mappings.get(next));
                    }
                    next++;
                }
                modules.add(module(own, segments.get()));
            }
            index = next;
        }
        return modules;
    }

    private static boolean isSameFile(Mapping one, Mapping other) {
        return one.inode() == other.inode()
                && one.device().equals(other.device())
                && one.path().equals(other.path());
    }

    private LoadedModule module(List<Mapping> own, List<Segment> segments) {
        Mapping first = own.getFirst();
        AddressRange range = AddressRange.between(
                first.range().start(), own.getLast().range().end());
        List<LoadedModule.Mapping> files = own.stream()
                .filter(Mapping::isFile)
                .map(each -> new LoadedModule.Mapping(each.range(), each.fileOffset()))
                .toList();
        return new LoadedModule(
                range, first.path().orElse(""), files, buildId(first, segments), first.deleted());
    }

    /** The program headers, where an ELF file starts at this mapping. */
    private Optional<List<Segment>> segmentsAt(Mapping mapping) {
        boolean mayBe = mapping.path().map("[vdso]"::equals).orElse(false)
                || (mapping.isFile() && mapping.fileOffset() == 0);
        if (!mayBe || mapping.permissions().charAt(0) != 'r') {
            return Optional.empty();
        }
        ByteSource header =
                memory.view(mapping.path().orElse("ELF"), mapping.range(), HEADER_BYTES);
        try {
            if (header.sizeBytes() < 64 || header.u4("e_ident", 0) != 0x464c_457fL) {
                return Optional.empty();
            }
            List<Segment> segments = segments(header);
            boolean loads = segments.stream().anyMatch(segment -> segment.type == PT_LOAD);
            return loads ? Optional.of(segments) : Optional.empty();
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "the file is not listed as a module");
            return Optional.empty();
        }
    }

    private static List<Segment> segments(ByteSource header) throws MalformedException {
        boolean is64 = header.u1("EI_CLASS", 4) == 2;
        long offset = is64 ? header.u8("e_phoff", 32) : header.u4("e_phoff", 28);
        int size = header.u2("e_phentsize", is64 ? 54 : 42);
        int count = header.u2("e_phnum", is64 ? 56 : 44);
        ByteSource table = header.table("program headers", offset, count, size);
        List<Segment> segments = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            ByteSource entry = table.slice("Phdr", (long) index * size, size);
            segments.add(
                    is64
                            ? new Segment(
                                    entry.u4("p_type", 0),
                                    entry.u8("p_vaddr", 16),
                                    entry.u8("p_memsz", 40))
                            : new Segment(
                                    entry.u4("p_type", 0),
                                    entry.u4("p_vaddr", 8),
                                    entry.u4("p_memsz", 20)));
        }
        return segments;
    }

    /** What all loaded segments cover, from the mapping of the lowest on. */
    private static AddressRange span(Mapping first, List<Segment> segments) {
        long lowest = lowest(segments);
        long end = lowest;
        for (Segment segment : segments) {
            if (segment.type == PT_LOAD) {
                end = Addresses.max(end, segment.svma + segment.sizeBytes);
            }
        }
        long start = first.range().start();
        return AddressRange.ofSize(
                start, Addresses.max(end - lowest, first.range().sizeBytes()));
    }

    private static long lowest(List<Segment> segments) {
        long lowest = -1;
        for (Segment segment : segments) {
            if (segment.type == PT_LOAD) {
                lowest = Addresses.min(lowest, segment.svma);
            }
        }
        return Addresses.alignDown(lowest, 4096);
    }

    private Optional<String> buildId(Mapping first, List<Segment> segments) {
        long bias = first.range().start() - lowest(segments);
        String name = first.path().orElse("ELF");
        for (Segment segment : segments) {
            if (segment.type == PT_NOTE) {
                AddressRange range = AddressRange.ofSize(bias + segment.svma, segment.sizeBytes);
                Optional<String> found = buildId(memory.view(name, range, NOTES_BYTES_MAX));
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    /** Notes are aligned to 4 bytes; those of PT_GNU_PROPERTY, to 8, come in a segment of their own. */
    private static Optional<String> buildId(ByteSource notes) {
        long at = 0;
        try {
            while (at + 12 <= notes.sizeBytes()) {
                long nameBytes = notes.u4("n_namesz", at);
                long contentBytes = notes.u4("n_descsz", at + 4);
                long type = notes.u4("n_type", at + 8);
                long content = at + 12 + ((nameBytes + 3) & ~3L);
                boolean gnu = nameBytes == 4 && notes.u4("name", at + 12) == 0x0055_4e47L;
                if (gnu && type == NT_GNU_BUILD_ID && contentBytes <= 64) {
                    byte[] id = notes.bytes("build id", content, (int) contentBytes);
                    return Optional.of(HexFormat.of().formatHex(id));
                }
                at = content + ((contentBytes + 3) & ~3L);
            }
        } catch (MalformedException cut) {
            // notes that end early, or are none: the module has no build id that anybody could use
        }
        return Optional.empty();
    }
}
