package dev.mortem.dump.core;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.format.elf.ElfNote;
import dev.mortem.format.elf.core.CoreAbi;
import dev.mortem.format.elf.core.CoreNotes;
import dev.mortem.format.elf.core.MappedFiles;
import dev.mortem.format.elf.core.PrPsInfo;
import dev.mortem.format.elf.core.PrStatus;
import dev.mortem.format.elf.core.SigInfo;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The notes of a core in the kernel's order (fs/binfmt_elf.c, fill_note_info): the crashed thread's
 * NT_PRSTATUS, the process's notes, that thread's other notes, then thread by thread. A note that
 * the snapshot kept raw is written as it was; one that it lacks is made from what is known.
 */
public final class CoreNoteList {
    private final ProcessSnapshot snapshot;
    private final CoreAbi abi;
    private final List<RawNote> notes = new ArrayList<>();

    private CoreNoteList(ProcessSnapshot snapshot, CoreAbi abi) {
        this.snapshot = snapshot;
        this.abi = abi;
    }

    /** The content of PT_NOTE. */
    public static byte[] bytes(ProcessSnapshot snapshot, CoreAbi abi) {
        CoreNoteList list = new CoreNoteList(snapshot, abi);
        list.collect();
        long sizeBytes = list.notes.stream()
                .mapToLong(note -> ElfNote.sizeBytes(note.owner(), note.content().length))
                .sum();
        byte[] bytes = new byte[Math.toIntExact(sizeBytes)];
        ByteBuffer target = ByteBuffer.wrap(bytes).order(abi.order());
        for (RawNote note : list.notes) {
            ElfNote.write(target, note.owner(), note.type(), note.content());
        }
        return bytes;
    }

    private void collect() {
        List<ThreadSnapshot> threads = crashedFirst();
        // Behind a thread's status they would be taken for the thread's own.
        snapshot.notes().stream()
                .filter(note -> !isOfProcess(note) && isOfKernel(note))
                .filter(note -> !isSigInfo(note))
                .forEach(notes::add);
        for (int index = 0; index < threads.size(); index++) {
            ThreadSnapshot thread = threads.get(index);
            notes.add(status(thread, index == 0));
            if (index == 0) {
                addProcessNotes();
                addSigInfo(thread);
            }
            thread.notes().stream().filter(note -> !isStatus(note)).forEach(notes::add);
        }
        if (threads.isEmpty()) {
            addProcessNotes();
        }
    }

    private List<ThreadSnapshot> crashedFirst() {
        List<ThreadSnapshot> threads = new ArrayList<>(snapshot.threads());
        if (snapshot.reason() instanceof CrashReason.Signal signal) {
            for (ThreadSnapshot thread : snapshot.threads()) {
                if (thread.id() == signal.threadId()) {
                    threads.remove(thread);
                    threads.addFirst(thread);
                    break;
                }
            }
        }
        return threads;
    }

    private RawNote status(ThreadSnapshot thread, boolean first) {
        Optional<RawNote> kept = thread.notes().stream()
                .filter(CoreNoteList::isStatus)
                .filter(note ->
                        abi.cpu().isEmpty() || note.content().length == PrStatus.sizeBytes(abi))
                .findFirst();
        byte[] content = kept.map(note -> thread.registers()
                        .map(known -> PrStatus.withRegisters(note.content(), known, abi))
                        .orElse(note.content()))
                .orElseGet(() -> newStatus(thread, first).write(abi));
        return new RawNote(CoreNotes.OWNER_CORE, CoreNotes.NT_PRSTATUS, content);
    }

    private PrStatus newStatus(ThreadSnapshot thread, boolean first) {
        int signal = snapshot.reason() instanceof CrashReason.Signal reason && first
                ? reason.number()
                : 0;
        return new PrStatus(
                signal,
                thread.id(),
                0,
                thread.userTime().orElse(Duration.ZERO),
                thread.kernelTime().orElse(Duration.ZERO),
                thread.registers());
    }

    private void addProcessNotes() {
        if (snapshot.notes().stream().noneMatch(note -> isCore(note, CoreNotes.NT_PRPSINFO))) {
            byte[] content = processInfo(snapshot.process()).write(abi);
            notes.add(new RawNote(CoreNotes.OWNER_CORE, CoreNotes.NT_PRPSINFO, content));
        }
        snapshot.notes().stream()
                .filter(note -> isOfProcess(note) || !isOfKernel(note))
                .forEach(notes::add);
        if (snapshot.notes().stream().noneMatch(note -> isCore(note, CoreNotes.NT_FILE))) {
            MappedFiles files = mappedFiles();
            if (!files.entries().isEmpty()) {
                notes.add(new RawNote(CoreNotes.OWNER_CORE, CoreNotes.NT_FILE, files.write(abi)));
            }
        }
    }

    private void addSigInfo(ThreadSnapshot crashed) {
        if (crashed.notes().stream().anyMatch(CoreNoteList::isSigInfo)) {
            return;
        }
        Optional<RawNote> kept =
                snapshot.notes().stream().filter(CoreNoteList::isSigInfo).findFirst();
        if (kept.isPresent()) {
            notes.add(kept.get());
        } else if (snapshot.reason() instanceof CrashReason.Signal signal && canBeTold(signal)) {
            SigInfo info = new SigInfo(
                    signal.number(),
                    signal.code().getAsInt(),
                    signal.address(),
                    signal.senderPid());
            notes.add(new RawNote(CoreNotes.OWNER_CORE, CoreNotes.NT_SIGINFO, info.write(abi)));
        }
    }

    /** The place of an address in siginfo is that of the sender of a signal that somebody sent. */
    private static boolean canBeTold(CrashReason.Signal signal) {
        boolean ofKernel = signal.code().isPresent() && signal.code().getAsInt() > 0;
        return ofKernel || (signal.code().isPresent() && signal.address().isEmpty());
    }

    private static PrPsInfo processInfo(ProcessFacts facts) {
        return new PrPsInfo(
                'R',
                0,
                0,
                facts.pid().orElse(0),
                0,
                facts.image().orElse(""),
                String.join(" ", facts.commandLine()));
    }

    /**
     * The mappings of files, with their folders or without; the kernel's own names stand in brackets or
     * have a colon, and are no files.
     */
    private MappedFiles mappedFiles() {
        List<MappedFiles.Entry> entries = new ArrayList<>();
        for (MemoryRegion region : snapshot.regions()) {
            AddressRange range = region.range();
            region.path()
                    .filter(CoreNoteList::isFile)
                    .ifPresent(path ->
                            entries.add(new MappedFiles.Entry(range, region.fileOffset(), path)));
        }
        return new MappedFiles(entries);
    }

    private static boolean isFile(String path) {
        return path.startsWith("/")
                || (!path.isEmpty() && !path.startsWith("[") && path.indexOf(':') < 0);
    }

    private static boolean isOfProcess(RawNote note) {
        return isCore(note, CoreNotes.NT_PRPSINFO)
                || isCore(note, CoreNotes.NT_AUXV)
                || isCore(note, CoreNotes.NT_FILE)
                || isCore(note, CoreNotes.NT_TASKSTRUCT);
    }

    private static boolean isOfKernel(RawNote note) {
        return note.owner().equals(CoreNotes.OWNER_CORE)
                || note.owner().equals(CoreNotes.OWNER_LINUX);
    }

    private static boolean isStatus(RawNote note) {
        return isCore(note, CoreNotes.NT_PRSTATUS);
    }

    private static boolean isSigInfo(RawNote note) {
        return isCore(note, CoreNotes.NT_SIGINFO);
    }

    private static boolean isCore(RawNote note, long type) {
        return note.is(CoreNotes.OWNER_CORE, type);
    }
}
