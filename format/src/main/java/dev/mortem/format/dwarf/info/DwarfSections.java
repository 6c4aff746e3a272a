package dev.mortem.format.dwarf.info;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The DWARF sections of one file, fetched when first asked for: a compressed one is inflated only when
 * it is needed. Safe for any thread.
 */
public final class DwarfSections {
    private final String fileName;
    private final Function<DwarfSection, Optional<ByteSource>> fetch;
    private final Map<DwarfSection, Optional<ByteSource>> fetched =
            new EnumMap<>(DwarfSection.class);

    /**
     * @param fileName as messages name the file
     * @param fetch the inflated content of a section; empty where the file has none or it is broken
     */
    public DwarfSections(String fileName, Function<DwarfSection, Optional<ByteSource>> fetch) {
        this.fileName = fileName;
        this.fetch = fetch;
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
