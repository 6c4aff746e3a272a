package dev.mortem.stack;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostic;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.format.elf.ElfFile;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A running process of this machine, read through /proc: by default the one the test runs in. */
public final class OwnProcess implements ProcessSnapshot {
    private static final String DELETED = " (deleted)";

    private final Machine machine =
            Machine.of(System.getProperty("os.arch").equals("aarch64") ? Cpu.ARM64 : Cpu.X86_64);
    private final RandomAccessFile memoryFile;
    private final List<LoadedModule> modules = new ArrayList<>();
    private final List<RawNote> notes;

    private OwnProcess(Path proc, boolean withBuildIds) throws IOException {
        memoryFile = new RandomAccessFile(proc.resolve("mem").toFile(), "r");
        notes = List.of(new RawNote("CORE", 6, Files.readAllBytes(proc.resolve("auxv"))));
        Map<String, List<LoadedModule.Mapping>> byPath = new LinkedHashMap<>();
        for (String line : Files.readAllLines(proc.resolve("maps"))) {
            String[] part = line.split(" +", 6);
            if (part.length == 6 && (part[5].startsWith("/") || part[5].equals("[vdso]"))) {
                String[] bounds = part[0].split("-", 2);
                byPath.computeIfAbsent(part[5], path -> new ArrayList<>())
                        .add(new LoadedModule.Mapping(
                                AddressRange.between(
                                        Long.parseUnsignedLong(bounds[0], 16),
                                        Long.parseUnsignedLong(bounds[1], 16)),
                                Long.parseLong(part[2], 16)));
            }
        }
        byPath.forEach((path, mappings) -> addModule(path, mappings, withBuildIds));
    }

    public static OwnProcess withBuildIds() throws IOException {
        return new OwnProcess(Path.of("/proc/self"), true);
    }

    /** As of a dump that lacks the build ids. */
    public static OwnProcess withoutBuildIds() throws IOException {
        return new OwnProcess(Path.of("/proc/self"), false);
    }

    /** Another process, which stands still. */
    public static OwnProcess of(long pid) throws IOException {
        return new OwnProcess(Path.of("/proc/" + pid), true);
    }

    /** The module whose file name starts so. */
    public LoadedModule module(String prefix) {
        return modules.stream()
                .filter(module -> module.name().startsWith(prefix))
                .findFirst()
                .orElseThrow();
    }

    private void addModule(String path, List<LoadedModule.Mapping> mappings, boolean withBuildIds) {
        AddressRange range = AddressRange.between(
                mappings.getFirst().range().start(), mappings.getLast().range().end());
        try {
            Optional<String> buildId = ElfFile.readImage(
                            memory().view(path, range, 1 << 16), Limits.defaults(), ignored -> {})
                    .buildId();
            boolean deleted = path.endsWith(DELETED);
            modules.add(new LoadedModule(
                    range,
                    deleted ? path.substring(0, path.length() - DELETED.length()) : path,
                    mappings,
                    withBuildIds ? buildId : Optional.empty(),
                    deleted));
        } catch (MalformedException noElf) {
            assert !path.contains(".so") : noElf; // other mapped files are no modules
        }
    }

    @Override
    public Machine machine() {
        return machine;
    }

    @Override
    public ProcessFacts process() {
        return ProcessFacts.builder().build();
    }

    @Override
    public List<ThreadSnapshot> threads() {
        return List.of();
    }

    @Override
    public List<LoadedModule> modules() {
        return List.copyOf(modules);
    }

    @Override
    public List<MemoryRegion> regions() {
        return List.of();
    }

    @Override
    public MemoryReader memory() {
        return new MemoryReader() {
            @Override
            public int read(long address, byte[] target, int targetOffset, int sizeBytes) {
                synchronized (memoryFile) {
                    try {
                        memoryFile.seek(address);
                        return Math.max(0, memoryFile.read(target, targetOffset, sizeBytes));
                    } catch (IOException absent) {
                        return 0;
                    }
                }
            }

            @Override
            public Machine machine() {
                return machine;
            }
        };
    }

    @Override
    public CrashReason reason() {
        return new CrashReason.Unknown();
    }

    @Override
    public List<RawNote> notes() {
        return notes;
    }

    @Override
    public List<Diagnostic> diagnostics() {
        return List.of();
    }

    @Override
    public void close() {
        try {
            memoryFile.close();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
