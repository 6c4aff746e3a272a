package dev.mortem.dump.reduce;

import dev.mortem.base.kernel.KernelObjects;
import dev.mortem.base.snapshot.ImageIdentity;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.format.elf.core.CoreNotes;
import dev.mortem.format.minidump.MinidumpType;

import java.util.List;
import java.util.Optional;

/** What a snapshot tells beside its memory, without the parts that a MINIDUMP_TYPE leaves out. */
final class FilteredFacts extends DelegatingSnapshot {
    private final boolean withoutArguments;
    private final boolean withoutFolders;

    private FilteredFacts(ProcessSnapshot below, boolean withoutArguments, boolean withoutFolders) {
        super(below);
        this.withoutArguments = withoutArguments;
        this.withoutFolders = withoutFolders;
    }

    static ProcessSnapshot of(ProcessSnapshot snapshot, long flags) {
        boolean triage = MinidumpType.has(flags, MinidumpType.FILTER_TRIAGE);
        boolean names = MinidumpType.has(flags, MinidumpType.FILTER_MODULE_PATHS);
        return triage || names ? new FilteredFacts(snapshot, triage, names) : snapshot;
    }

    @Override
    public ProcessFacts process() {
        ProcessFacts facts = below().process();
        ProcessFacts.Builder builder = facts.toBuilder();
        if (withoutArguments) {
            builder.commandLine(List.of()).environment(List.of());
        }
        if (withoutFolders) {
            facts.executable().ifPresent(path -> builder.executable(name(path)));
        }
        return builder.build();
    }

    /** Vector registers hold parts of texts. */
    @Override
    public List<ThreadSnapshot> threads() {
        return withoutArguments
                ? below().threads().stream().map(FilteredFacts::withoutData).toList()
                : below().threads();
    }

    private static ThreadSnapshot withoutData(ThreadSnapshot thread) {
        return new ThreadSnapshot(
                thread.id(),
                thread.name(),
                thread.state(),
                thread.registers(),
                thread.notes().stream()
                        .filter(note -> note.is(CoreNotes.OWNER_CORE, CoreNotes.NT_SIGINFO))
                        .toList(),
                thread.userTime(),
                thread.kernelTime(),
                thread.waitChannel(),
                thread.windows());
    }

    @Override
    public List<LoadedModule> modules() {
        return withoutFolders
                ? below().modules().stream()
                        .map(module -> new LoadedModule(
                                module.range(),
                                module.name(),
                                module.mappings(),
                                module.buildId(),
                                module.deleted(),
                                module.identity().map(FilteredFacts::withoutFolders)))
                        .toList()
                : below().modules();
    }

    private static ImageIdentity withoutFolders(ImageIdentity identity) {
        return new ImageIdentity(
                identity.codeId(),
                identity.debugId(),
                identity.debugFileName(),
                identity.fileVersion(),
                identity.productVersion(),
                identity.checkSum());
    }

    @Override
    public List<MemoryRegion> regions() {
        return withoutFolders
                ? below().regions().stream().map(FilteredFacts::withName).toList()
                : below().regions();
    }

    private static MemoryRegion withName(MemoryRegion region) {
        return new MemoryRegion(
                region.range(),
                region.permissions(),
                region.shared(),
                region.fileOffset(),
                region.path().map(FilteredFacts::name),
                region.presentBytes(),
                region.absentWhy());
    }

    private static String name(String path) {
        return path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
    }

    /** Those with paths or arguments are made anew of what is told here. */
    @Override
    public List<RawNote> notes() {
        return below().notes().stream()
                .filter(note ->
                        !(withoutFolders && note.is(CoreNotes.OWNER_CORE, CoreNotes.NT_FILE)))
                .filter(note -> !(withoutArguments && !isOfAddresses(note)))
                .toList();
    }

    private static boolean isOfAddresses(RawNote note) {
        return note.is(CoreNotes.OWNER_CORE, CoreNotes.NT_AUXV)
                || note.is(CoreNotes.OWNER_CORE, CoreNotes.NT_FILE)
                || note.is(CoreNotes.OWNER_CORE, CoreNotes.NT_SIGINFO);
    }

    /** Children have command lines of their own. */
    @Override
    public Optional<KernelObjects> kernelObjects() {
        return withoutArguments ? Optional.empty() : below().kernelObjects();
    }
}
