package dev.mortem.dump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.dump.container.Container;
import dev.mortem.dump.container.UnpackedFile;
import dev.mortem.dump.container.Unpacker;
import dev.mortem.dump.core.CoreReader;
import dev.mortem.dump.memory.FileSnapshot;
import dev.mortem.dump.minidump.MinidumpReader;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ElfHeader;
import dev.mortem.format.minidump.MinidumpHeader;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Opens dump files. */
public final class DumpFiles {
    /** System property: the folder for what is unpacked; else java.io.tmpdir. */
    public static final String TEMPORARY_FOLDER_PROPERTY = "mortem.tmp";

    /** An ELF header's start with its type, or a container's magic number. */
    private static final int HEAD_BYTES = 64;

    private static final String READ =
            "Mortem reads minidumps and ELF core files, also in gz, bz2, xz, lz4 or zst";

    private DumpFiles() {}

    /**
     * Opens a dump; a compressed one is unpacked to a temporary file first.
     *
     * @throws UnreadableDumpException when the file is no dump, with a message for a person
     * @throws IOException when it cannot be opened or unpacked
     */
    public static OpenDump open(Path path, Limits limits)
            throws IOException, UnreadableDumpException {
        requireFile(path);
        long sizeBytes = Files.size(path);
        if (sizeBytes == 0) {
            throw new UnreadableDumpException(
                    ("%s is empty. The writer of the dump failed, perhaps for lack of space or by a"
                                    + " limit (ulimit -c); make the dump again")
                            .formatted(path));
        }
        DiagnosticLog diagnostics = new DiagnosticLog();
        Optional<Container> container = container(path);
        if (container.isEmpty()) {
            return open(path, path, Optional.empty(), sizeBytes, limits, diagnostics);
        }
        Path folder = Path.of(System.getProperty(
                TEMPORARY_FOLDER_PROPERTY, System.getProperty("java.io.tmpdir", ".")));
        UnpackedFile unpacked =
                new Unpacker(folder, limits, diagnostics).unpack(path, container.get());
        try {
            return open(
                    path, unpacked.path(), Optional.of(unpacked), sizeBytes, limits, diagnostics);
        } catch (IOException | UnreadableDumpException | RuntimeException failed) {
            unpacked.close();
            throw failed;
        }
    }

    /**
     * Whether a file that was found in a folder is worth opening: a minidump, an ELF core, or packed.
     * Reads its first bytes only; a file that cannot be read is not.
     */
    public static boolean mayBeDump(Path path) {
        try (var input = Files.newInputStream(path)) {
            byte[] head = input.readNBytes(HEAD_BYTES);
            ByteSource source = ByteSource.ofBytes(path.toString(), head, ByteOrder.LITTLE_ENDIAN);
            return Container.of(head).isPresent()
                    || ElfHeader.isCore(source)
                    || MinidumpHeader.isMinidump(source);
        } catch (IOException unreadable) {
            return false;
        }
    }

    private static OpenDump open(
            Path named,
            Path content,
            Optional<UnpackedFile> unpacked,
            long sizeBytes,
            Limits limits,
            DiagnosticLog diagnostics)
            throws IOException, UnreadableDumpException {
        Optional<String> label = unpacked.map(file -> file.container().label());
        MappedFile file = MappedFile.open(content, ByteOrder.LITTLE_ENDIAN);
        try {
            boolean cut = unpacked.map(UnpackedFile::cut).orElse(false);
            Runnable release = () -> release(file, unpacked);
            boolean minidump = MinidumpHeader.isMinidump(file.source());
            if (!minidump) {
                requireCore(named, label, file.source(), limits);
            }
            FileSnapshot snapshot = minidump
                    ? MinidumpReader.read(file.source(), cut, limits, diagnostics, release)
                    : CoreReader.read(file.source(), cut, limits, diagnostics, release);
            return new OpenDump(snapshot, minidump ? "minidump" : "elfCore", label, sizeBytes);
        } catch (MalformedException malformed) {
            file.close();
            throw new UnreadableDumpException(
                    "%s is a dump whose header is broken: %s. Copy the dump again"
                            .formatted(named, malformed.problem()),
                    malformed);
        } catch (UnreadableDumpException | RuntimeException failed) {
            file.close();
            throw failed;
        }
    }

    private static void requireFile(Path path) throws IOException, UnreadableDumpException {
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString(), null, "no such file");
        }
        if (Files.isDirectory(path)) {
            throw new UnreadableDumpException(
                    "%s is a directory; give the dump file inside it".formatted(path));
        }
        if (!Files.isRegularFile(path)) {
            throw new UnreadableDumpException(
                    "%s is a pipe, a socket or a device. %s; save it to a file first"
                            .formatted(path, READ));
        }
    }

    private static Optional<Container> container(Path path) throws IOException {
        try (var input = Files.newInputStream(path)) {
            return Container.of(input.readNBytes(Container.MAGIC_BYTES_MAX));
        }
    }

    private static void requireCore(
            Path path, Optional<String> container, ByteSource content, Limits limits)
            throws MalformedException, UnreadableDumpException {
        String in = container.map(label -> "holds, in " + label + ", ").orElse("is ");
        if (content.sizeBytes() == 0) {
            throw new UnreadableDumpException(
                    "%s is a %s file from which nothing can be unpacked; copy the dump again"
                            .formatted(path, container.orElse("")));
        }
        if (!ElfHeader.isElf(content)) {
            throw new UnreadableDumpException(
                    "%s %s%s. %s".formatted(path, in, FileKind.of(content), READ));
        }
        // its own diagnostics are those of the reading that follows
        ElfHeader header = ElfFile.readImage(content, limits, diagnostic -> {}).header();
        if (header.type() != ElfHeader.ET_CORE) {
            throw new UnreadableDumpException(
                    ("%s %s%s, not the dump of a process. %s; gdb's gcore, the kernel and mortem"
                                    + " dump write some")
                            .formatted(path, in, FileKind.ofElf(header.type()), READ));
        }
    }

    private static void release(MappedFile file, Optional<UnpackedFile> unpacked) {
        file.close();
        unpacked.ifPresent(temporary -> {
            try {
                temporary.close();
            } catch (IOException stays) {
                throw new UncheckedIOException(
                        "the temporary file " + temporary.path() + " cannot be deleted", stays);
            }
        });
    }
}
