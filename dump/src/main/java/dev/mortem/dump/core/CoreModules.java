package dev.mortem.dump.core;

import dev.mortem.base.address.AddressMap;
import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.LoadedModule.Mapping;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.format.elf.ProgramHeader;
import dev.mortem.format.elf.core.AuxiliaryVector;
import dev.mortem.format.elf.core.MappedFiles;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The modules of a core: the mapped files that are executables or libraries, the vdso, and where
 * the core has no NT_FILE those of the dynamic linker's own list.
 */
final class CoreModules {
    static final String VDSO = "[vdso]";
    private static final String DELETED = " (deleted)";

    private final AddressMap<CoreSegments.Segment> segmentAt;
    private final MemoryReader memory;
    private final AuxiliaryVector auxiliaryVector;
    private final Limits limits;
    private final Diagnostics diagnostics;
    private final List<ModuleImage> images = new ArrayList<>();

    CoreModules(
            CoreSegments segments,
            MemoryReader memory,
            AuxiliaryVector auxiliaryVector,
            Limits limits,
            Diagnostics diagnostics) {
        this.segmentAt = AddressMap.of(segments.segments(), CoreSegments.Segment::range);
        this.memory = memory;
        this.auxiliaryVector = auxiliaryVector;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    /** All modules by ascending address. */
    List<LoadedModule> find(MappedFiles files, Optional<String> executableName) {
        List<LoadedModule> modules = new ArrayList<>();
        if (files.entries().isEmpty()) {
            modules.addAll(new LinkMap(memory, segmentAt, auxiliaryVector, limits, diagnostics)
                    .modules(executableName));
        } else {
            for (FileGroup group : groups(files)) {
                module(group).ifPresent(modules::add);
            }
        }
        vdso().ifPresent(modules::add);
        modules.sort(Comparator.comparing(LoadedModule::range));
        return List.copyOf(modules);
    }

    /** The kernel's version as the vdso tells it. */
    Optional<String> linuxVersion() {
        OptionalLong base = auxiliaryVector.value(AuxiliaryVector.AT_SYSINFO_EHDR);
        return base.isEmpty()
                ? Optional.empty()
                : ModuleImage.at(base.getAsLong(), memory, limits, diagnostics)
                        .flatMap(ModuleImage::linuxVersion);
    }

    /**
     * The permissions that the headers of the modules found so far give to addresses of which the
     * core has no segment: gdb leaves out code, which is in the file anyway.
     */
    AddressMap<Linked> linkedSegments() {
        List<Linked> linked = new ArrayList<>();
        for (ModuleImage image : images) {
            for (ProgramHeader segment : image.headers().programHeaders()) {
                if (segment.type() == ProgramHeader.PT_LOAD) {
                    linked.add(new Linked(image.pages(segment), segment));
                }
            }
        }
        return AddressMap.of(linked, Linked::range);
    }

    static String withoutDeleted(String path) {
        return path.endsWith(DELETED) ? path.substring(0, path.length() - DELETED.length()) : path;
    }

    /** A segment of a module, and the pages that it is mapped to. */
    record Linked(AddressRange range, ProgramHeader segment) {}

    /**
     * The mappings of one file that were made by one load of it.
     *
     * @param image the ELF headers at its start, where it begins with them and the dump has them
     */
    private record FileGroup(
            String path, boolean deleted, Optional<ModuleImage> image, List<Mapping> mappings) {
        private AddressRange range() {
            return AddressRange.between(
                    mappings.getFirst().range().start(),
                    mappings.getLast().range().end());
        }

        private boolean hasStart() {
            return mappings.getFirst().fileOffset() == 0;
        }
    }

    /** What lies beyond the reach of a load of the file, or is its start once more, is another. */
    private List<FileGroup> groups(MappedFiles files) {
        List<FileGroup> groups = new ArrayList<>();
        Map<String, FileGroup> open = new LinkedHashMap<>();
        List<MappedFiles.Entry> ascending = new ArrayList<>(files.entries());
        ascending.sort(Comparator.comparing(MappedFiles.Entry::range));
        for (MappedFiles.Entry entry : ascending) {
            FileGroup known = open.get(entry.path());
            boolean goesOn = known != null && belongs(known, entry);
            FileGroup group = known != null && goesOn ? known : group(entry);
            if (!goesOn && groups.size() >= limits.max(CoreLimits.MODULES)) {
                diagnostics.report(
                        "NT_FILE",
                        "more than %,d files".formatted(groups.size()),
                        "modules above %s are missing"
                                .formatted(Addresses.hex(entry.range().start())));
                break;
            }
            if (!goesOn) {
                groups.add(group);
                open.put(entry.path(), group);
            }
            group.mappings().add(new Mapping(entry.range(), entry.fileOffset()));
        }
        return groups;
    }

    private FileGroup group(MappedFiles.Entry first) {
        Optional<ModuleImage> image = first.fileOffset() == 0
                ? ModuleImage.at(first.range().start(), memory, limits, diagnostics)
                : Optional.empty();
        return new FileGroup(
                withoutDeleted(first.path()),
                first.path().endsWith(DELETED),
                image,
                new ArrayList<>());
    }

    /**
     * Folklore: a program may map its own file once more, far away: node does so with the code that is
     * built into it, and a debugger reads its own symbols. Taken into the first load, such a mapping
     * would make a module that spans all others. What the program headers reach is one load; without
     * headers, only the file's start begins another.
     */
    private static boolean belongs(FileGroup known, MappedFiles.Entry entry) {
        return known.image()
                .map(image -> image.range().contains(entry.range().start()))
                .orElse(entry.fileOffset() != 0 || !known.hasStart());
    }

    private Optional<LoadedModule> module(FileGroup group) {
        Mapping first = group.mappings().getFirst();
        Optional<ModuleImage> image = group.image();
        boolean startIsThere = memory.u1(first.range().start()).isPresent();
        boolean isOther = startIsThere && group.hasStart();
        if (image.isEmpty() && (isOther || !looksLoaded(group))) {
            return Optional.empty(); // a font, a locale archive, a data file
        }
        image.ifPresent(images::add);
        return Optional.of(new LoadedModule(
                group.range(),
                group.path(),
                group.mappings(),
                image.flatMap(ModuleImage::buildId),
                group.deleted()));
    }

    /** Where the dump lacks the ELF header: code is mapped from it, or its name is a library's. */
    private boolean looksLoaded(FileGroup group) {
        OptionalLong entryPoint = auxiliaryVector.value(AuxiliaryVector.AT_ENTRY);
        boolean started = entryPoint.isPresent() && group.range().contains(entryPoint.getAsLong());
        boolean executable = group.mappings().stream()
                .flatMap(mapping -> segmentAt.at(mapping.range().start()).stream())
                .anyMatch(segment -> segment.header().isExecutable());
        return started
                || executable
                || group.path().endsWith(".so")
                || group.path().contains(".so.");
    }

    private Optional<LoadedModule> vdso() {
        OptionalLong base = auxiliaryVector.value(AuxiliaryVector.AT_SYSINFO_EHDR);
        if (base.isEmpty()) {
            return Optional.empty();
        }
        Optional<ModuleImage> image = ModuleImage.at(base.getAsLong(), memory, limits, diagnostics);
        Optional<AddressRange> range = segmentAt
                .at(base.getAsLong())
                .map(CoreSegments.Segment::range)
                .or(() -> image.map(ModuleImage::range))
                .filter(found -> !found.isEmpty());
        return range.map(found -> new LoadedModule(
                found,
                VDSO,
                List.of(new Mapping(found, 0)),
                image.flatMap(ModuleImage::buildId),
                false));
    }
}
