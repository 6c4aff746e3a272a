package dev.mortem.stack.locate;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.dwarf.function.DwarfCompanions;
import dev.mortem.format.dwarf.info.DwarfSection;
import dev.mortem.format.dwarf.info.DwarfSections;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.SectionHeader;
import dev.mortem.stack.locate.OpenFiles.Opened;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The files that one module's debug information refers to: the supplementary file that dwz made (by its
 * name relative to the debug file, or by build id as any debug file, from servers too), the split units
 * in the folder of their compilation or beside the debug file, the package {@code FILE.dwp}; all of them
 * also in the places that the user named. Safe for any thread.
 */
final class DebugCompanions implements DwarfCompanions {
    private static final int CHECKSUM_BYTES_MAX = 64;
    private static final int NAME_BYTES_MAX = 4096; // PATH_MAX

    private final Referring referring;
    private final ModuleSearch search;
    private final OpenFiles files;
    private final UserFiles userFiles;
    private final Function<String, Optional<Path>> fetched;

    /**
     * The files that refer to others.
     *
     * @param programs the debug file, the program on this machine, its path where it ran; as far as known
     * @param dwarfFile of these the one with the debug information
     */
    record Referring(List<Path> programs, Optional<Path> dwarfFile) {
        static Referring of(ModuleImage image) {
            return new Referring(
                    Stream.of(
                                    image.debugPath(),
                                    image.filePath(),
                                    Optional.of(image.module().path()))
                            .flatMap(path -> path.flatMap(OpenFiles::pathOf).stream())
                            .toList(),
                    image.dwarfPath().flatMap(OpenFiles::pathOf));
        }
    }

    /** @param fetched gives a supplementary file by its build id that came from elsewhere */
    DebugCompanions(
            Referring referring,
            ModuleSearch search,
            OpenFiles files,
            UserFiles userFiles,
            Function<String, Optional<Path>> fetched) {
        this.fetched = fetched;
        this.referring = referring;
        this.search = search;
        this.files = files;
        this.userFiles = userFiles;
    }

    @Override
    public Optional<DwarfSections> supplementary(String fileName, byte[] buildId) {
        String id = HexFormat.of().formatHex(buildId);
        Set<Path> candidates = new LinkedHashSet<>();
        Optional<Path> named = OpenFiles.pathOf(fileName);
        candidates.addAll(userFiles.candidates(Optional.of(id), names(named)));
        named.ifPresent(path -> addPlaces(path, candidates));
        candidates.addAll(DebugFiles.byBuildId(search, id));
        return candidates.stream()
                .flatMap(candidate -> supplement(candidate, buildId).stream())
                .findFirst()
                .or(() -> fetched.apply(id).flatMap(file -> supplement(file, buildId)));
    }

    private Optional<DwarfSections> supplement(Path candidate, byte[] buildId) {
        return files.open(candidate) instanceof Opened.Elf elf && isSupplement(elf, buildId)
                ? Optional.of(
                        ElfDwarf.sections(candidate.toString(), elf.file(), files.diagnostics()))
                : Optional.empty();
    }

    @Override
    public Optional<DwarfSections> splitUnit(
            Optional<String> compilationDirectory, String fileName) {
        Set<Path> candidates = new LinkedHashSet<>();
        Optional<Path> named = OpenFiles.pathOf(fileName);
        candidates.addAll(userFiles.candidates(Optional.empty(), names(named)));
        compilationDirectory
                .flatMap(OpenFiles::pathOf)
                .flatMap(folder -> named.map(folder::resolve))
                .filter(Path::isAbsolute)
                .ifPresent(path -> addPlaces(path, candidates));
        named.ifPresent(path -> addPlaces(path, candidates));
        for (Path candidate : candidates) {
            if (files.open(candidate) instanceof Opened.Elf elf
                    && elf.file().section(DwarfSection.INFO.splitName()).isPresent()) {
                return Optional.of(ElfDwarf.splitSections(
                        candidate.toString(), elf.file(), files.diagnostics()));
            }
        }
        return Optional.empty();
    }

    @Override
    public Optional<DwarfSections> splitPackage() {
        Set<Path> candidates = new LinkedHashSet<>();
        List<String> names = new ArrayList<>();
        for (Path program : referring.programs()) {
            Optional.ofNullable(program.getFileName()).ifPresent(name -> names.add(name + ".dwp"));
            Optional.of(program)
                    .filter(Path::isAbsolute)
                    .map(file -> file.resolveSibling(file.getFileName() + ".dwp"))
                    .ifPresent(file -> candidates.addAll(List.of(search.underRoot(file), file)));
        }
        candidates.addAll(userFiles.candidates(Optional.empty(), names));
        for (Path candidate : candidates) {
            if (files.open(candidate) instanceof Opened.Elf elf
                    && elf.file().section(".debug_cu_index").isPresent()) {
                return Optional.of(ElfDwarf.splitSections(
                        candidate.toString(), elf.file(), files.diagnostics()));
            }
        }
        return Optional.empty();
    }

    /** As given and by its last part alone. */
    private static List<String> names(Optional<Path> path) {
        List<String> names = new ArrayList<>();
        path.ifPresent(whole -> names.add(whole.toString().replaceFirst("^/+", "")));
        path.map(Path::getFileName).ifPresent(last -> names.add(last.toString()));
        return names;
    }

    /**
     * An absolute path under the root and as it stands; a relative one from the debug file's folder, and
     * from the folder that it really lies in where its path is a link, as in a tree of build ids. Last
     * the name alone, beside the debug file.
     */
    private void addPlaces(Path path, Set<Path> candidates) {
        if (path.isAbsolute()) {
            candidates.add(search.underRoot(path));
            candidates.add(path);
        }
        for (Path folder : folders()) {
            if (!path.isAbsolute()) {
                candidates.add(folder.resolve(path).normalize());
            }
            if (path.getFileName() != null) {
                candidates.add(folder.resolve(path.getFileName()));
            }
        }
    }

    private Set<Path> folders() {
        Set<Path> folders = new LinkedHashSet<>();
        Optional<Path> file = referring.dwarfFile();
        file.map(Path::toAbsolutePath).map(Path::getParent).ifPresent(folders::add);
        try {
            if (file.isPresent()) {
                Optional.ofNullable(file.get().toRealPath().getParent()).ifPresent(folders::add);
            }
        } catch (IOException | SecurityException unreachable) {
            // the folder as it is named is there already
        }
        return folders;
    }

    private boolean isSupplement(Opened.Elf elf, byte[] buildId) {
        boolean sameBuildId = elf.buildId()
                .filter(id -> id.equals(HexFormat.of().formatHex(buildId)))
                .isPresent();
        return sameBuildId || hasChecksum(elf.file(), buildId);
    }

    /** The supplementary file's own {@code .debug_sup} (DWARF 5, section 7.3.6). */
    private boolean hasChecksum(ElfFile file, byte[] wanted) {
        Optional<SectionHeader> section = file.section(".debug_sup");
        if (section.isEmpty()) {
            return false;
        }
        try {
            ByteCursor cursor = file.content(section.get()).cursor(0);
            cursor.u2("version");
            boolean supplement = cursor.u1("is_supplementary") == 1;
            cursor.cString("sup_filename", NAME_BYTES_MAX);
            long sizeBytes = cursor.uleb("sup_checksum_len");
            return supplement
                    && sizeBytes == wanted.length
                    && sizeBytes <= CHECKSUM_BYTES_MAX
                    && Arrays.equals(
                            cursor.take("sup_checksum", sizeBytes)
                                    .bytes("sup_checksum", 0, (int) sizeBytes),
                            wanted);
        } catch (MalformedException malformed) {
            files.diagnostics().report(malformed, "the supplementary file is not used");
            return false;
        }
    }
}
