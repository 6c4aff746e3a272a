package dev.mortem.dump.core;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.RawNote;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ElfNote;
import dev.mortem.format.elf.ProgramHeader;
import dev.mortem.format.elf.core.AuxiliaryVector;
import dev.mortem.format.elf.core.CoreAbi;
import dev.mortem.format.elf.core.CoreNotes;
import dev.mortem.format.elf.core.MappedFiles;
import dev.mortem.format.elf.core.PrPsInfo;
import dev.mortem.format.elf.core.PrStatus;
import dev.mortem.format.elf.core.SigInfo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What the notes of a core say, note by note in file order. An NT_PRSTATUS starts a thread; the
 * register notes behind it belong to it, whoever wrote the core; what describes the process may
 * stand between.
 */
public final class ProcessNotes {
    private final CoreAbi abi;
    private final Limits limits;
    private final Diagnostics diagnostics;
    private final List<OpenThread> threads = new ArrayList<>();
    private final List<RawNote> processNotes = new ArrayList<>();
    private Optional<PrPsInfo> processInfo = Optional.empty();
    private AuxiliaryVector auxiliaryVector = AuxiliaryVector.empty();
    private MappedFiles mappedFiles = new MappedFiles(List.of());
    private long keptBytes;

    private ProcessNotes(CoreAbi abi, Limits limits, Diagnostics diagnostics) {
        this.abi = abi;
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    private static final class OpenThread {
        private final long id;
        private final int signal;
        private final Optional<RegisterContext> registers;
        private final Duration userTime;
        private final Duration kernelTime;
        private final List<RawNote> notes = new ArrayList<>();
        private Optional<SigInfo> sigInfo = Optional.empty();

        private OpenThread(PrStatus status) {
            this.id = status.threadId();
            this.signal = status.signal();
            this.registers = status.registers();
            this.userTime = status.userTime();
            this.kernelTime = status.kernelTime();
        }

        private ThreadSnapshot toSnapshot() {
            // gdb leaves both times zero: it does not know them
            boolean timed = !userTime.isZero() || !kernelTime.isZero();
            return new ThreadSnapshot(
                    id,
                    Optional.empty(),
                    Optional.empty(),
                    registers,
                    notes,
                    timed ? Optional.of(userTime) : Optional.empty(),
                    timed ? Optional.of(kernelTime) : Optional.empty(),
                    Optional.empty());
        }
    }

    /** Those of a core. */
    static ProcessNotes read(ElfFile core, Limits limits, Diagnostics diagnostics) {
        ProcessNotes notes = new ProcessNotes(CoreAbi.of(core.header()), limits, diagnostics);
        for (ProgramHeader segment : core.programHeaders()) {
            if (segment.type() == ProgramHeader.PT_NOTE) {
                core.notes(segment).forEach(notes::add);
            }
        }
        return notes;
    }

    /** Those that were kept outside of a core; they stand as in one. */
    public static ProcessNotes read(
            List<ElfNote> kept, CoreAbi abi, Limits limits, Diagnostics diagnostics) {
        ProcessNotes notes = new ProcessNotes(abi, limits, diagnostics);
        kept.forEach(notes::add);
        return notes;
    }

    private void add(ElfNote note) {
        try {
            if (note.is(CoreNotes.OWNER_CORE, CoreNotes.NT_PRSTATUS)) {
                threads.add(new OpenThread(PrStatus.read(ordered(note), abi, diagnostics)));
                keep(note, threads.getLast().notes);
            } else if (note.owner().equals(CoreNotes.OWNER_CORE)) {
                addCore(note);
            } else if (note.owner().equals(CoreNotes.OWNER_LINUX) && !threads.isEmpty()) {
                keep(note, threads.getLast().notes);
            } else {
                keep(note, processNotes);
            }
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "what this note says is lost");
        }
    }

    private void addCore(ElfNote note) throws MalformedException {
        if (note.type() == CoreNotes.NT_PRPSINFO) {
            keep(note, processNotes);
            processInfo = Optional.of(PrPsInfo.read(ordered(note)));
        } else if (note.type() == CoreNotes.NT_AUXV) {
            keep(note, processNotes);
            auxiliaryVector = AuxiliaryVector.read(ordered(note), abi);
        } else if (note.type() == CoreNotes.NT_FILE) {
            keep(note, processNotes);
            mappedFiles = MappedFiles.read(ordered(note), abi, diagnostics);
        } else if (note.type() == CoreNotes.NT_TASKSTRUCT || threads.isEmpty()) {
            keep(note, processNotes);
        } else {
            OpenThread thread = threads.getLast();
            keep(note, thread.notes);
            if (note.type() == CoreNotes.NT_SIGINFO) {
                thread.sigInfo = Optional.of(SigInfo.read(ordered(note), abi));
            }
        }
    }

    private void keep(ElfNote note, List<RawNote> notes) throws MalformedException {
        long sizeBytes = note.content().sizeBytes();
        if (!limits.allows(CoreLimits.NOTE_BYTES_KEPT, keptBytes + sizeBytes)) {
            throw note.content()
                    .malformed(
                            note.owner() + " " + note.type(),
                            0,
                            "%,d bytes of notes".formatted(keptBytes + sizeBytes),
                            "at most %,d".formatted(limits.max(CoreLimits.NOTE_BYTES_KEPT)));
        }
        keptBytes += sizeBytes;
        byte[] content = note.content().bytes("note", 0, (int) sizeBytes);
        notes.add(new RawNote(note.owner(), note.type(), content));
    }

    private ByteSource ordered(ElfNote note) {
        return note.content().withOrder(abi.order());
    }

    /** The thread that a signal ended first, then the others as they stand. */
    public List<ThreadSnapshot> threads() {
        List<OpenThread> ordered = new ArrayList<>(threads);
        crashed().ifPresent(crashed -> {
            ordered.remove(crashed);
            ordered.addFirst(crashed);
        });
        return ordered.stream().map(OpenThread::toSnapshot).toList();
    }

    /** The kernel writes the thread that died first; other writers mark it by its signal. */
    private Optional<OpenThread> crashed() {
        return threads.stream().filter(thread -> thread.signal != 0).findFirst();
    }

    /** Why the core exists, as its notes tell it. */
    public CrashReason reason() {
        if (threads.isEmpty()) {
            return new CrashReason.Unknown();
        }
        OpenThread first = crashed().orElse(threads.getFirst());
        Optional<SigInfo> info = first.sigInfo.filter(found -> found.signal() != 0);
        int number = info.map(SigInfo::signal).orElse(first.signal);
        if (number == 0 || isOfAttaching(number, info)) {
            return new CrashReason.OnDemand();
        }
        return new CrashReason.Signal(
                number,
                info.map(found -> OptionalInt.of(found.code())).orElse(OptionalInt.empty()),
                info.map(SigInfo::address).orElse(OptionalLong.empty()),
                info.map(SigInfo::senderPid).orElse(OptionalLong.empty()),
                first.id);
    }

    /**
     * A debugger that attached leaves SIGSTOP, or SIGTRAP with a ptrace event in its code. A
     * SIGTRAP of the program's own, int3, has a small positive code.
     */
    private static boolean isOfAttaching(int number, Optional<SigInfo> info) {
        if (number == SigInfo.SIGSTOP) {
            return true;
        }
        boolean ofProgram =
                info.isPresent() && info.get().code() > 0 && info.get().code() <= SigInfo.SI_KERNEL;
        return number == SigInfo.SIGTRAP && !ofProgram;
    }

    Optional<PrPsInfo> processInfo() {
        return processInfo;
    }

    AuxiliaryVector auxiliaryVector() {
        return auxiliaryVector;
    }

    MappedFiles mappedFiles() {
        return mappedFiles;
    }

    /** Those that are of no thread, in the core's order. */
    public List<RawNote> processNotes() {
        return List.copyOf(processNotes);
    }
}
