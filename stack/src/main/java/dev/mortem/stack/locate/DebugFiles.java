package dev.mortem.stack.locate;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limit;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.format.elf.DebugLink;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.stack.locate.OpenFiles.Opened;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * Separate debug files: by build id, or by the name and checksum in {@code .gnu_debuglink} (GDB manual,
 * Separate Debug Files).
 */
final class DebugFiles {
    /** The checksum reads the whole file. */
    static final Limit CHECKED_BYTES = new Limit(
            "a debug file whose checksum is computed",
            4L << 30,
            "bytes",
            "the largest seen has 2 GB and is read in a second or two; a sparse file can claim"
                    + " any size");

    private static final int CHUNK_BYTES = 256 * 1024;

    private final ModuleSearch search;
    private final OpenFiles files;
    private final UserFiles userFiles;
    private final FetchedFiles fetched;
    private final Limits limits;

    DebugFiles(
            ModuleSearch search,
            OpenFiles files,
            UserFiles userFiles,
            FetchedFiles fetched,
            Limits limits) {
        this.search = search;
        this.files = files;
        this.userFiles = userFiles;
        this.fetched = fetched;
        this.limits = limits;
    }

    /**
     * The debug file of a module.
     *
     * @param buildId of the module or of its proven file
     * @param file the module's proven file, which may name its debug file
     */
    Optional<Opened.Elf> find(
            LoadedModule module, Optional<String> buildId, Optional<Opened.Elf> file) {
        Optional<DebugLink> link = file.flatMap(elf -> elf.file().debugLink());
        List<Path> candidates = new ArrayList<>(
                userFiles.candidates(module, buildId, link.map(DebugLink::fileName)));
        buildId.ifPresent(id -> candidates.addAll(byBuildId(search, id)));
        link.ifPresent(named -> addByName(module, named, candidates));
        buildId.flatMap(fetched::debugFile).ifPresent(candidates::add);
        for (Path candidate : candidates) {
            if (files.open(candidate) instanceof Opened.Elf elf
                    && hasSymbols(elf.file())
                    && belongs(elf, buildId, link)) {
                return Optional.of(elf);
            }
        }
        return Optional.empty();
    }

    /** Whether a debug file would add anything. */
    static boolean hasSymbols(ElfFile file) {
        return SymbolSections.hasFunctions(file) || SymbolSections.hasLines(file);
    }

    /** In the trees of build ids under the debug folders. */
    static List<Path> byBuildId(ModuleSearch search, String id) {
        List<Path> candidates = new ArrayList<>();
        if (id.length() >= 4) {
            String inTree = ".build-id/" + id.substring(0, 2) + "/" + id.substring(2) + ".debug";
            for (Path folder : search.debugFolders()) {
                candidates.add(search.underRoot(folder).resolve(inTree));
                candidates.add(folder.resolve(inTree));
            }
        }
        return candidates;
    }

    /** Beside the file, in .debug beside it, and under the debug folders. */
    private void addByName(LoadedModule module, DebugLink link, List<Path> candidates) {
        Optional<Path> modulePath = OpenFiles.pathOf(module.path()).filter(Path::isAbsolute);
        Optional<Path> name = OpenFiles.pathOf(link.fileName()).map(Path::getFileName);
        if (modulePath.isEmpty() || name.isEmpty() || modulePath.get().getParent() == null) {
            return;
        }
        Path folder = modulePath.get().getParent();
        Path beside = search.underRoot(folder);
        candidates.add(beside.resolve(name.get()));
        candidates.add(beside.resolve(".debug").resolve(name.get()));
        for (Path debugFolder : search.debugFolders()) {
            Path below =
                    debugFolder.resolve(folder.getRoot().relativize(folder)).resolve(name.get());
            candidates.add(search.underRoot(below));
            candidates.add(below);
        }
    }

    private boolean belongs(Opened.Elf debug, Optional<String> buildId, Optional<DebugLink> link) {
        if (buildId.isPresent() && debug.buildId().isPresent()) {
            return buildId.equals(debug.buildId());
        }
        return link.isPresent()
                && crc32(debug.file().bytes())
                        .filter(crc -> crc == link.get().crc32())
                        .isPresent();
    }

    private Optional<Long> crc32(ByteSource bytes) {
        if (!limits.allows(CHECKED_BYTES, bytes.sizeBytes())) {
            return Optional.empty();
        }
        CRC32 crc = new CRC32();
        byte[] chunk = new byte[CHUNK_BYTES];
        try {
            for (long offset = 0; offset < bytes.sizeBytes(); offset += CHUNK_BYTES) {
                int sizeBytes = (int) Math.min(CHUNK_BYTES, bytes.sizeBytes() - offset);
                bytes.copyTo("debug file", offset, chunk, 0, sizeBytes);
                crc.update(chunk, 0, sizeBytes);
            }
        } catch (MalformedException cutWhileRead) {
            files.diagnostics().report(cutWhileRead, "the debug file is not used");
            return Optional.empty();
        }
        return Optional.of(crc.getValue());
    }
}
