package dev.mortem.format.dwarf.function;

import dev.mortem.format.dwarf.info.DwarfSections;

import java.util.Optional;

/**
 * Files that a debug file refers to; whoever implements it finds and opens them. Called at most once for
 * each file. The sections of a split file are those named by {@link
 * dev.mortem.format.dwarf.info.DwarfSection#splitName}.
 */
public interface DwarfCompanions {
    /** No companions: what they hold is missing. */
    DwarfCompanions NONE = new DwarfCompanions() {
        @Override
        public Optional<DwarfSections> supplementary(String fileName, byte[] buildId) {
            return Optional.empty();
        }

        @Override
        public Optional<DwarfSections> splitUnit(
                Optional<String> compilationDirectory, String fileName) {
            return Optional.empty();
        }

        @Override
        public Optional<DwarfSections> splitPackage() {
            return Optional.empty();
        }
    };

    /**
     * The file that several debug files share (DWARF 5, section 7.3.6; {@code .gnu_debugaltlink} as dwz
     * writes it).
     *
     * @param fileName absolute, or relative to the debug file's folder
     * @param buildId what the file must have
     */
    Optional<DwarfSections> supplementary(String fileName, byte[] buildId);

    /**
     * A {@code .dwo} file (DWARF 5, section 7.3.2). Its unit's id is checked by the caller.
     *
     * @param compilationDirectory what a relative name counts from
     */
    Optional<DwarfSections> splitUnit(Optional<String> compilationDirectory, String fileName);

    /** The {@code .dwp} file beside the file (section 7.3.5). */
    Optional<DwarfSections> splitPackage();
}
