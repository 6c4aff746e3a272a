package dev.mortem.stack.locate;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.format.dwarf.info.DwarfSection;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.format.pe.PeDirectory;
import dev.mortem.format.pe.PeImage;
import dev.mortem.format.pe.PeSection;
import dev.mortem.format.pe.VersionResource;

import java.util.Map;
import java.util.Optional;

/**
 * What there is of a module of Windows: its file, shown to be the one that was loaded, and its image in
 * the process's memory, of which a small dump has parts or nothing. At least one of them is there. Safe
 * for any thread until its {@link ModuleImages} is closed.
 */
public final class PeModule {
    private final Optional<PeImage> file;
    private final Optional<PeImage> memory;
    private final Diagnostics diagnostics;
    private Optional<PeFunctions> functions = Optional.empty();
    private Optional<Map<String, PeSection>> mappedDwarf = Optional.empty();

    PeModule(Optional<PeImage> file, Optional<PeImage> memory, Diagnostics diagnostics) {
        if (file.isEmpty() && memory.isEmpty()) {
            throw new IllegalArgumentException("neither a file nor memory");
        }
        this.file = file;
        this.memory = memory;
        this.diagnostics = diagnostics;
    }

    /** The whole file. */
    public Optional<PeImage> file() {
        return file;
    }

    /** The image in memory, as much as the dump has of it. */
    public Optional<PeImage> memory() {
        return memory;
    }

    /** The file, which has everything, else what is in memory. */
    public PeImage image() {
        return file.or(() -> memory).orElseThrow();
    }

    /** What its maker says of it; empty where it says nothing, or the dump has not that part of it. */
    public Optional<VersionResource> version() {
        try {
            return VersionResource.read(image(), diagnostics);
        } catch (MalformedException cutOrAbsent) {
            return Optional.empty();
        }
    }

    /** Its functions by its unwind tables, read when first asked for. */
    public synchronized PeFunctions functions() {
        if (functions.isEmpty()) {
            functions = Optional.of(PeFunctions.of(image(), diagnostics));
        }
        return functions.get();
    }

    /** Whether addresses have source lines. */
    boolean hasLines() {
        return has(DwarfSection.LINE) && has(DwarfSection.INFO);
    }

    /** Whether the linker left its symbols in the file. */
    boolean hasSymbols() {
        return file.filter(image -> image.header().symbolTableOffset() != 0
                        && image.header().symbolCount() != 0)
                .isPresent();
    }

    /** Whether the names that it exports are at hand. */
    boolean hasExports() {
        return image().directory(PeDirectory.EXPORT)
                .filter(table -> table.sizeBytes() > 0)
                .isPresent();
    }

    /**
     * DWARF's sections, as compilers of the GNU kind put them into images; no address but those that
     * the image was linked for.
     *
     * @param name as messages name the file
     */
    public DwarfSections dwarf(String name) {
        return new DwarfSections(name, wanted -> section(wanted.sectionName()));
    }

    /** A section of the file, or, without one, of the image in memory, by the name the linker gave it. */
    public Optional<PeSection> sectionNamed(String name) {
        return image().section(name);
    }

    private Optional<ByteSource> section(String name) {
        return file.isPresent()
                ? file.get().embeddedDwarf(name)
                : Optional.ofNullable(mappedDwarf().get(name)).map(image()::content);
    }

    private synchronized Map<String, PeSection> mappedDwarf() {
        if (mappedDwarf.isEmpty()) {
            mappedDwarf = Optional.of(MappedDwarf.sections(image()));
        }
        return mappedDwarf.get();
    }

    private boolean has(DwarfSection section) {
        return section(section.sectionName()).isPresent();
    }
}
