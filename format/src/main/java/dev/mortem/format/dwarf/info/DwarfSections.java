package dev.mortem.format.dwarf.info;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The DWARF sections of one file, fetched when first asked for: a compressed one is inflated only when
 * it is needed. Safe for any thread.
 */
public final class DwarfSections {
    private final String fileName;
    private final Function<DwarfSection, Optional<ByteSource>> fetch;
    private final Supplier<Optional<DwarfSections>> supplement;
    private final Map<DwarfSection, Optional<ByteSource>> fetched =
            new EnumMap<>(DwarfSection.class);
    private Optional<Optional<DwarfSections>> supplementary = Optional.empty();

    /**
     * @param fileName as messages name the file
     * @param fetch the inflated content of a section; empty where the file has none or it is broken
     */
    public DwarfSections(String fileName, Function<DwarfSection, Optional<ByteSource>> fetch) {
        this(fileName, fetch, Optional::empty);
    }

    /**
     * @param supplement the file that this one shares strings and entries with; asked once, when
     *     something refers to it
     */
    public DwarfSections(
            String fileName,
            Function<DwarfSection, Optional<ByteSource>> fetch,
            Supplier<Optional<DwarfSections>> supplement) {
        this.fileName = fileName;
        this.fetch = fetch;
        this.supplement = supplement;
    }

    /** The supplementary file (DWARF 5, section 7.3.6), where this one has one and it was found. */
    public synchronized Optional<DwarfSections> supplementary() {
        if (supplementary.isEmpty()) {
            supplementary = Optional.of(supplement.get());
        }
        return supplementary.get();
    }

    public String fileName() {
        return fileName;
    }

    public synchronized Optional<ByteSource> get(DwarfSection section) {
        Optional<ByteSource> known = fetched.get(section);
        if (known == null) {
            known = fetch.apply(section);
            fetched.put(section, known);
        }
        return known;
    }

    /** The section, which something else in the file refers to. */
    public ByteSource require(DwarfSection section) throws MalformedException {
        Optional<ByteSource> found = get(section);
        if (found.isEmpty()) {
            throw new MalformedException(
                    fileName,
                    section.sectionName(),
                    0,
                    "the section is not there",
                    "a section that another one refers to");
        }
        return found.get();
    }
}
