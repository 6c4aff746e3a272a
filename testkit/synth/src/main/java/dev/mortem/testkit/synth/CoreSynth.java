package dev.mortem.testkit.synth;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A core file as Linux writes it (fs/binfmt_elf.c, elf_core_dump; linux/elfcore.h): one PT_NOTE, one
 * PT_LOAD for each range of memory. The first thread added is the one that took the signal.
 *
 * <p>Whatever a core may lie about can be stated: {@link #rawNotes} takes notes byte by byte, {@link
 * #file} gives the ELF header to falsify, {@link #segment} takes a program header as it is. Belongs to
 * one thread.
 */
public final class CoreSynth {
    public static final int NT_PRSTATUS = 1;
    public static final int NT_FPREGSET = 2;
    public static final int NT_PRPSINFO = 3;
    public static final int NT_AUXV = 6;
    public static final int NT_FILE = 0x46494c45;
    public static final int NT_SIGINFO = 0x53494749;
    public static final int NT_X86_XSTATE = 0x202;

    private static final int PAGE_BYTES = 4096;

    /** A line of NT_FILE; the offset is in pages. */
    private record MappedPath(long start, long end, long filePage, String path) {}

    private final ElfTarget target;
    private final ElfSynth file;
    private final List<CoreThread> threads = new ArrayList<>();
    private final List<MappedPath> mappedPaths = new ArrayList<>();
    private final List<ElfSegment> memory = new ArrayList<>();
    private final Layout moreNotes;
    private Optional<byte[]> processInfo = Optional.empty();
    private Optional<byte[]> signalInfo = Optional.empty();
    private Optional<byte[]> auxiliaryVector = Optional.empty();
    private int segmentAlign = PAGE_BYTES;
    private Optional<Long> claimedPaths = Optional.empty();
    private Optional<Long> claimedNoteBytes = Optional.empty();

    public CoreSynth(ElfTarget target) {
        this.target = target;
        this.file = new ElfSynth(target).type(ElfSynth.ET_CORE);
        this.moreNotes = target.layout();
    }

    /** The file below: for {@link ElfSynth#claim}. */
    public ElfSynth file() {
        return file;
    }

    public CoreSynth thread(CoreThread thread) {
        threads.add(thread);
        return this;
    }

    /** A new thread, to be refined by what is returned. */
    public CoreThread thread(int threadId) {
        CoreThread thread = new CoreThread(target, threadId);
        thread.processId = threads.isEmpty() ? threadId : threads.getFirst().processId;
        threads.add(thread);
        return thread;
    }

    /** NT_PRPSINFO: struct elf_prpsinfo, of a process that runs as root. */
    public CoreSynth processInfo(int pid, String name, String arguments) {
        Layout out = target.layout().u1(0).u1('R').u1(0).u1(0).align(target.wordBytes());
        out.word(0x400600);
        if (target.shortIds()) {
            out.u2(0).u2(0);
        } else {
            out.u4(0).u4(0);
        }
        out.u4(pid).u4(1).u4(pid).u4(pid).text(name, 16).text(arguments, 80);
        processInfo = Optional.of(out.align(4).build());
        return this;
    }

    /** NT_SIGINFO of a fault: siginfo_t of 128 bytes with si_addr. */
    public CoreSynth fault(int signal, int code, long address) {
        Layout out = target.layout().u4(signal).u4(0).u4(code).align(target.wordBytes());
        signalInfo = Optional.of(out.word(address).fillTo(128).build());
        return this;
    }

    /** NT_SIGINFO of a signal that somebody sent: SI_USER, SI_TKILL or the like. */
    public CoreSynth sentSignal(int signal, int code, int senderPid, int senderUser) {
        Layout out = target.layout().u4(signal).u4(0).u4(code).align(target.wordBytes());
        signalInfo = Optional.of(out.u4(senderPid).u4(senderUser).fillTo(128).build());
        return this;
    }

    /** NT_AUXV: AT_ keys and values, in this order; AT_NULL is appended. */
    public CoreSynth auxiliary(Map<Integer, Long> entries) {
        Layout out = target.layout();
        entries.forEach((key, value) -> out.word(key).word(value));
        auxiliaryVector = Optional.of(out.word(0).word(0).build());
        return this;
    }

    /** One line of NT_FILE; {@code fileOffset} is in bytes, a multiple of the page size. */
    public CoreSynth mapped(long start, long end, long fileOffset, String path) {
        mappedPaths.add(new MappedPath(start, end, fileOffset / PAGE_BYTES, path));
        return this;
    }

    /** NT_FILE states this many lines, whatever there are. */
    public CoreSynth claimMappedPaths(long count) {
        claimedPaths = Optional.of(count);
        return this;
    }

    /** A note behind all others. */
    public CoreSynth note(String name, int type, byte... descriptor) {
        ElfSynth.note(moreNotes, name, type, descriptor);
        return this;
    }

    /** A note behind all others that states other sizes than it has. */
    public CoreSynth lyingNote(
            String name, int type, long nameBytes, long descriptorBytes, byte... descriptor) {
        moreNotes.u4(nameBytes).u4(descriptorBytes).u4(type);
        moreNotes.cString(name).align(4).bytes(descriptor).align(4);
        return this;
    }

    /** Bytes behind all other notes. */
    public CoreSynth rawNotes(byte... bytes) {
        moreNotes.bytes(bytes);
        return this;
    }

    /** p_filesz of the PT_NOTE, whatever its notes need. */
    public CoreSynth claimNoteBytes(long sizeBytes) {
        claimedNoteBytes = Optional.of(sizeBytes);
        return this;
    }

    /** Memory at an address, with the flags of {@link ElfSegment}. */
    public CoreSynth memory(long address, int flags, byte... content) {
        return memory(flags, target.layout(Label.of(address)).bytes(content));
    }

    /** Memory whose labels are resolved when the core is built; it lies at the layout's start. */
    public CoreSynth memory(int flags, Layout content) {
        memory.add(ElfSegment.of(ElfSynth.PT_LOAD, flags, content));
        return this;
    }

    /** Memory that was there and was not written: p_filesz is 0. */
    public CoreSynth absentMemory(long address, long sizeBytes, int flags) {
        Layout nothing = target.layout(Label.of(address));
        memory.add(ElfSegment.of(ElfSynth.PT_LOAD, flags, nothing).memorySize(sizeBytes));
        return this;
    }

    /** A program header as it is, behind those so far. */
    public CoreSynth segment(ElfSegment segment) {
        memory.add(segment);
        return this;
    }

    /** p_align of memory; 1 makes the smallest file. The page size unless said otherwise. */
    public CoreSynth segmentAlign(int bytes) {
        segmentAlign = bytes;
        return this;
    }

    public byte[] build() {
        ElfSegment notes = ElfSegment.of(ElfSynth.PT_NOTE, 0, notes()).align(4).memorySize(0);
        claimedNoteBytes.ifPresent(notes::claimFileSize);
        file.segment(notes);
        memory.forEach(segment -> file.segment(segment.align(segmentAlign)));
        return file.build();
    }

    /** In the kernel's order: what concerns the process stands behind the first thread's status. */
    private Layout notes() {
        Layout out = target.layout();
        boolean first = true;
        for (CoreThread thread : threads) {
            ElfSynth.note(out, "CORE", NT_PRSTATUS, thread.status());
            if (first) {
                processNotes(out);
                first = false;
            }
            thread.floatingPoint.ifPresent(state -> ElfSynth.note(out, "CORE", NT_FPREGSET, state));
            thread.xstate.ifPresent(state -> ElfSynth.note(out, "LINUX", NT_X86_XSTATE, state));
        }
        if (first) {
            processNotes(out);
        }
        return out.bytes(moreNotes.build());
    }

    private void processNotes(Layout out) {
        processInfo.ifPresent(info -> ElfSynth.note(out, "CORE", NT_PRPSINFO, info));
        signalInfo.ifPresent(info -> ElfSynth.note(out, "CORE", NT_SIGINFO, info));
        auxiliaryVector.ifPresent(vector -> ElfSynth.note(out, "CORE", NT_AUXV, vector));
        if (!mappedPaths.isEmpty() || claimedPaths.isPresent()) {
            ElfSynth.note(out, "CORE", NT_FILE, mappedPathsNote());
        }
    }

    /** fs/binfmt_elf.c, fill_files_note: count, page size, the ranges, then the names. */
    private byte[] mappedPathsNote() {
        Layout out = target.layout();
        out.word(claimedPaths.orElse((long) mappedPaths.size())).word(PAGE_BYTES);
        for (MappedPath path : mappedPaths) {
            out.word(path.start()).word(path.end()).word(path.filePage());
        }
        mappedPaths.forEach(path -> out.cString(path.path()));
        return out.build();
    }
}
