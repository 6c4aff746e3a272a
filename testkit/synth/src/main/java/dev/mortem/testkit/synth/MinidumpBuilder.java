package dev.mortem.testkit.synth;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A minidump, written field by field as minidumpapiset.h names the fields: header, directory, streams in
 * the order in which they are added, then what they point to. Lists grow entry by entry and become
 * streams when the file is built.
 *
 * <p>Whatever a dump may lie about can be stated: {@link #stream} takes any bytes under any number, {@link
 * #lyingStream} any size, {@link #claimStreams} any count. Belongs to one thread.
 */
public final class MinidumpBuilder {
    public static final int THREAD_LIST = 3;
    public static final int MODULE_LIST = 4;
    public static final int MEMORY_LIST = 5;
    public static final int EXCEPTION = 6;
    public static final int SYSTEM_INFO = 7;
    public static final int THREAD_EX_LIST = 8;
    public static final int MEMORY_64_LIST = 9;
    public static final int COMMENT_A = 10;
    public static final int COMMENT_W = 11;
    public static final int HANDLE_DATA = 12;
    public static final int FUNCTION_TABLE = 13;
    public static final int UNLOADED_MODULE_LIST = 14;
    public static final int MISC_INFO = 15;
    public static final int MEMORY_INFO_LIST = 16;
    public static final int THREAD_INFO_LIST = 17;
    public static final int TOKEN = 19;
    public static final int SYSTEM_MEMORY_INFO = 21;
    public static final int PROCESS_VM_COUNTERS = 22;
    public static final int THREAD_NAMES = 24;
    public static final int BREAKPAD_INFO = 0x47670001;
    public static final int ASSERTION_INFO = 0x47670002;
    public static final int LINUX_PROC_STATUS = 0x47670004;
    public static final int LINUX_LSB_RELEASE = 0x47670005;
    public static final int LINUX_CMD_LINE = 0x47670006;
    public static final int LINUX_ENVIRON = 0x47670007;
    public static final int LINUX_AUXV = 0x47670008;
    public static final int LINUX_MAPS = 0x47670009;
    public static final int CRASHPAD_INFO = 0x43500001;

    private static final int HEADER_BYTES = 32;
    private static final int DIRECTORY_ENTRY_BYTES = 12;

    /** An entry of the directory. */
    private record Stream(int type, Layout content, Optional<Long> claimedBytes) {}

    /** Bytes of the process under an address. */
    private record Memory(long address, Layout content) {}

    private final List<Stream> streams = new ArrayList<>();
    private final List<Layout> blobs = new ArrayList<>();
    private final List<Memory> memory = new ArrayList<>();
    private final List<Memory> memory64 = new ArrayList<>();
    private final List<Layout> threads = new ArrayList<>();
    private final List<Layout> modules = new ArrayList<>();
    private final List<Layout> threadNames = new ArrayList<>();
    private final List<Layout> threadInfos = new ArrayList<>();
    private final List<Layout> unloaded = new ArrayList<>();
    private final List<Layout> memoryInfos = new ArrayList<>();
    private final List<Layout> handles = new ArrayList<>();
    private final List<Layout> tokens = new ArrayList<>();
    private int handleBytes = 32;
    private boolean threadsEx;
    private boolean paddedCounts;
    private long flags;
    private long timeDateStamp;
    private int version = 0xa793;
    private Optional<Long> claimedStreams = Optional.empty();
    private Optional<Long> directoryRva = Optional.empty();
    private Optional<Long> base64 = Optional.empty();

    /** A run of bytes whose place in the file becomes known when the file is built. */
    public Layout blob() {
        Layout blob = layout();
        blobs.add(blob);
        return blob;
    }

    /** A run of bytes that is in no file yet. */
    public static Layout layout() {
        return new Layout(ByteOrder.LITTLE_ENDIAN, 8, Label.unset());
    }

    /** MINIDUMP_STRING: its RVA. */
    public Label text(String text) {
        byte[] utf16 = text.getBytes(StandardCharsets.UTF_16LE);
        return blob().u4(utf16.length).bytes(utf16).u2(0).start();
    }

    /** MinidumpUTF8String of Crashpad: its RVA. */
    public Label utf8(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return blob().u4(utf8.length).bytes(utf8).u1(0).start();
    }

    /** DataSize and Rva of bytes that are put somewhere into the file; zeros for no bytes. */
    public Layout located(Layout out, byte... content) {
        return content.length == 0
                ? out.u4(0).u4(0)
                : out.u4(content.length).u4(blob().bytes(content).start());
    }

    /** MINIDUMP_TYPE. */
    public MinidumpBuilder flags(long value) {
        flags = value;
        return this;
    }

    /** Seconds since 1970. */
    public MinidumpBuilder takenAt(long seconds) {
        timeDateStamp = seconds;
        return this;
    }

    public MinidumpBuilder version(int value) {
        version = value;
        return this;
    }

    /** NumberOfStreams, whatever there are. */
    public MinidumpBuilder claimStreams(long count) {
        claimedStreams = Optional.of(count);
        return this;
    }

    /** StreamDirectoryRva, wherever it is. */
    public MinidumpBuilder claimDirectory(long rva) {
        directoryRva = Optional.of(rva);
        return this;
    }

    /** Four bytes of padding behind the counts of lists, as some writers have it. */
    public MinidumpBuilder paddedCounts() {
        paddedCounts = true;
        return this;
    }

    /** Any stream. */
    public MinidumpBuilder stream(int type, Layout content) {
        streams.add(new Stream(type, content, Optional.empty()));
        return this;
    }

    public MinidumpBuilder stream(int type, byte... content) {
        return stream(type, layout().bytes(content));
    }

    /** A stream that states another size than it has. */
    public MinidumpBuilder lyingStream(int type, long claimedBytes, Layout content) {
        streams.add(new Stream(type, content, Optional.of(claimedBytes)));
        return this;
    }

    /** An entry of type 0, as writers leave that reserve more than they need. */
    public MinidumpBuilder unusedStream() {
        return stream(0);
    }

    /** UTF-16 without a length, as comments have it. */
    public MinidumpBuilder wideText(int type, String text) {
        return stream(type, text.getBytes(StandardCharsets.UTF_16LE));
    }

    public MinidumpBuilder narrowText(int type, String text) {
        return stream(type, text.getBytes(StandardCharsets.UTF_8));
    }

    /** SystemInfo of Windows 10.0.19041 with 8 CPUs. */
    public MinidumpBuilder windows(int architecture) {
        return system(architecture, 2, 10, 0, 19041, 8, "");
    }

    public MinidumpBuilder system(
            int architecture,
            long platform,
            long major,
            long minor,
            long build,
            int cpus,
            String servicePack) {
        Layout info = layout().u2(architecture).u2(6).u2(0x9e0a).u1(cpus).u1(1);
        info.u4(major).u4(minor).u4(build).u4(platform);
        info.u4(text(servicePack)).u2(0x100).u2(0).zeros(24);
        return stream(SYSTEM_INFO, info);
    }

    /** One thread of the list; its stack lies in the file where it has bytes. */
    public MinidumpBuilder thread(
            long id, long teb, long stackAddress, byte[] stack, byte... context) {
        Layout entry = layout().u4(id).u4(1).u4(0x20).u4(8).u8(teb);
        located(entry.u8(stackAddress), stack);
        threads.add(located(entry, context));
        return this;
    }

    /** A thread with registers only. */
    public MinidumpBuilder thread(long id, long teb, byte... context) {
        return thread(id, teb, 0, new byte[0], context);
    }

    /** A thread as it stands: 48 bytes, or 64 in a list of extended ones. */
    public MinidumpBuilder rawThread(Layout entry) {
        threads.add(entry);
        return this;
    }

    /** The threads are in ThreadExList, each with an empty backing store behind. */
    public MinidumpBuilder extendedThreads() {
        threadsEx = true;
        return this;
    }

    public MinidumpBuilder threadName(long id, String name) {
        Label rva = text(name);
        threadNames.add(layout().u4(id).u4(rva).u4(0));
        return this;
    }

    /** Times in 100 ns; {@code created} since 1601. */
    public MinidumpBuilder threadInfo(
            long id,
            long dumpFlags,
            long exitStatus,
            long created,
            long kernel,
            long user,
            long start) {
        Layout info = layout().u4(id).u4(dumpFlags).u4(0).u4(exitStatus);
        threadInfos.add(info.u8(created).u8(0).u8(kernel).u8(user).u8(start).u8(0xff));
        return this;
    }

    /** A module without version and debug record. */
    public MinidumpBuilder module(long base, long sizeBytes, String name) {
        return module(base, sizeBytes, name, 0x5f00_0000L, "", new byte[0]);
    }

    /** The version as "1.2.3.4", or empty for a module without one. */
    public MinidumpBuilder module(
            long base,
            long sizeBytes,
            String name,
            long timeStamp,
            String version,
            byte... codeView) {
        Layout entry = layout().u8(base).u4(sizeBytes).u4(0x1234).u4(timeStamp).u4(text(name));
        if (version.isEmpty()) {
            entry.zeros(52);
        } else {
            String[] parts = version.split("\\.", -1);
            entry.u4(0xfeef04bdL).u4(0x10000);
            for (int both = 0; both < 2; both++) {
                entry.u2(Integer.parseInt(parts[1])).u2(Integer.parseInt(parts[0]));
                entry.u2(Integer.parseInt(parts[3])).u2(Integer.parseInt(parts[2]));
            }
            entry.fillTo(24 + 52);
        }
        modules.add(located(entry, codeView).u4(0).u4(0).u8(0).u8(0));
        return this;
    }

    public MinidumpBuilder rawModule(Layout entry) {
        modules.add(entry);
        return this;
    }

    /** CV_INFO_PDB70. */
    public static byte[] rsds(String guidHex, int age, String path) {
        Layout record = layout().u4(0x53445352L).hex(guidHex).u4(age).cString(path);
        return record.build();
    }

    /** CV_INFO_PDB20. */
    public static byte[] nb10(long timeStamp, int age, String path) {
        return layout().u4(0x3031424eL)
                .u4(0)
                .u4(timeStamp)
                .u4(age)
                .cString(path)
                .build();
    }

    /** MDCVInfoELF. */
    public static byte[] elfBuildId(String hex) {
        return layout().u4(0x4270454cL).hex(hex).build();
    }

    public MinidumpBuilder unloaded(long base, long sizeBytes, String name, long timeStamp) {
        unloaded.add(layout().u8(base).u4(sizeBytes).u4(7).u4(timeStamp).u4(text(name)));
        return this;
    }

    /** A range of MemoryList. */
    public MinidumpBuilder memory(long address, Layout content) {
        memory.add(new Memory(address, content));
        return this;
    }

    public MinidumpBuilder memory(long address, byte... content) {
        return memory(address, layout().bytes(content));
    }

    /** A range of Memory64List; all its bytes come last in the file. */
    public MinidumpBuilder memory64(long address, byte... content) {
        memory64.add(new Memory(address, layout().bytes(content)));
        return this;
    }

    /** BaseRva of Memory64List, wherever its bytes are. */
    public MinidumpBuilder claimBase64(long rva) {
        base64 = Optional.of(rva);
        return this;
    }

    /** State, protection and type as winnt.h numbers them. */
    public MinidumpBuilder memoryInfo(
            long base, long sizeBytes, long state, long protect, long type) {
        Layout info = layout().u8(base).u8(base).u4(4).u4(0).u8(sizeBytes);
        memoryInfos.add(info.u4(state).u4(protect).u4(type).u4(0));
        return this;
    }

    /** Parameters: none to 15, and more if a test wants so. */
    public MinidumpBuilder exception(
            long threadId, long code, long address, long[] parameters, byte... context) {
        return exception(threadId, code, 0, address, 0, parameters, context);
    }

    public MinidumpBuilder exception(
            long threadId,
            long code,
            long exceptionFlags,
            long address,
            long nestedRecord,
            long[] parameters,
            byte... context) {
        Layout out = layout().u4(threadId).u4(0).u4(code).u4(exceptionFlags);
        out.u8(nestedRecord).u8(address).u4(parameters.length).u4(0);
        for (int index = 0; index < Math.min(15, parameters.length); index++) {
            out.u8(parameters[index]);
        }
        return stream(EXCEPTION, located(out.fillTo(160), context));
    }

    /** MINIDUMP_MISC_INFO of the first to the fifth form: 24, 44, 232, 832 or 1364 bytes. */
    public MinidumpBuilder miscInfo(int form, long flags1, long pid, long created) {
        int[] sizes = {24, 44, 232, 832, 1364};
        int size = sizes[form - 1];
        Layout info = layout().u4(size).u4(flags1).u4(pid).u4(created).u4(7).u4(3);
        if (form >= 2) {
            info.u4(3600).u4(2400).u4(3600).u4(2).u4(1);
        }
        if (form >= 3) {
            info.u4(0x3000).u4(0x4d).u4(0).u4(1).u4(-60).fillTo(232);
        }
        if (form >= 4) {
            info.bytes("19041.1.amd64fre".getBytes(StandardCharsets.UTF_16LE)).fillTo(752);
            info.bytes("dbghelp,1".getBytes(StandardCharsets.UTF_16LE)).fillTo(832);
        }
        if (form >= 5) {
            info.u4(528).u4(2696).u8(7).fillTo(1360).u4(0xc00c1e);
        }
        return stream(MISC_INFO, info);
    }

    /** A handle of the first form: 32 bytes. */
    public MinidumpBuilder handle(long handle, String type, String name, long access) {
        handles.add(handleEntry(handle, type, name, access));
        return this;
    }

    /** A handle of the second form, with the RVA of its first block of information. */
    public MinidumpBuilder handle2(
            long handle, String type, String name, long access, Label information) {
        handleBytes = 40;
        handles.add(handleEntry(handle, type, name, access).u4(information).u4(0));
        return this;
    }

    private Layout handleEntry(long handle, String type, String name, long access) {
        Layout entry = layout().u8(handle).u4(text(type));
        Label named = name.isEmpty() ? Label.of(0) : text(name);
        return entry.u4(named).u4(0x12).u4(access).u4(2).u4(32_770);
    }

    /** MINIDUMP_HANDLE_OBJECT_INFORMATION: its RVA. */
    public Label objectInformation(Label next, int type, byte... information) {
        return blob().u4(next)
                .u4(type)
                .u4(information.length)
                .bytes(information)
                .start();
    }

    public MinidumpBuilder token(long id, long handle, byte... token) {
        tokens.add(layout().u4(16L + token.length).u4(id).u8(handle).bytes(token));
        return this;
    }

    /** BreakpadInfo: bit 0 of validity for the first id, bit 1 for the second. */
    public MinidumpBuilder breakpad(int validity, long dumper, long requester) {
        return stream(BREAKPAD_INFO, layout().u4(validity).u4(dumper).u4(requester));
    }

    public MinidumpBuilder assertion(
            String expression, String function, String file, long line, long type) {
        Layout info = layout();
        int end = 0;
        for (String text : List.of(expression, function, file)) {
            end += 256;
            info.bytes(text.getBytes(StandardCharsets.UTF_16LE)).fillTo(end);
        }
        return stream(ASSERTION_INFO, info.u4(line).u4(type));
    }

    public byte[] build() {
        gatherLists();
        Layout ranges = layout();
        if (!memory64.isEmpty() || base64.isPresent()) {
            stream(MEMORY_64_LIST, ranges);
        }
        Label bytes64 = Label.unset();
        ranges.u8(memory64.size()).u8(base64.map(Label::of).orElse(bytes64));
        for (Memory range : memory64) {
            ranges.u8(range.address).u8(range.content.sizeBytes());
        }
        Layout head = head();
        List<Layout> parts = new ArrayList<>();
        parts.add(head);
        streams.forEach(stream -> parts.add(stream.content));
        parts.addAll(blobs);
        memory.forEach(range -> parts.add(range.content));
        long at = 0;
        for (Layout part : parts) {
            at = at + 3 & -4; // minidumps are packed to four bytes
            part.start().set(at);
            at += part.sizeBytes();
        }
        bytes64.set(at);
        Layout file = layout();
        for (Layout part : parts) {
            file.align(4).bytes(part.build());
        }
        memory64.forEach(range -> file.bytes(range.content.build()));
        return file.build();
    }

    private Layout head() {
        Layout head = layout().u4(0x504d444dL).u4(version);
        head.u4(claimedStreams.orElse((long) streams.size()));
        head.u4(directoryRva.orElse((long) HEADER_BYTES))
                .u4(0)
                .u4(timeDateStamp)
                .u8(flags);
        for (Stream stream : streams) {
            head.u4(stream.type);
            head.u4(stream.claimedBytes.orElse((long) stream.content.sizeBytes()));
            head.u4(stream.content.start());
        }
        return head.fillTo(HEADER_BYTES + DIRECTORY_ENTRY_BYTES * streams.size());
    }

    private void gatherLists() {
        if (threadsEx) {
            threads.forEach(thread -> thread.fillTo(64));
        }
        counted(threadsEx ? THREAD_EX_LIST : THREAD_LIST, threads);
        counted(MODULE_LIST, modules);
        List<Layout> ranges = new ArrayList<>();
        for (Memory range : memory) {
            Layout entry = layout().u8(range.address).u4(range.content.sizeBytes());
            ranges.add(entry.u4(range.content.start()));
        }
        counted(MEMORY_LIST, ranges);
        counted(THREAD_NAMES, threadNames);
        headed(THREAD_INFO_LIST, layout().u4(12).u4(64).u4(threadInfos.size()), threadInfos);
        headed(UNLOADED_MODULE_LIST, layout().u4(12).u4(24).u4(unloaded.size()), unloaded);
        headed(MEMORY_INFO_LIST, layout().u4(16).u4(48).u8(memoryInfos.size()), memoryInfos);
        headed(HANDLE_DATA, layout().u4(16).u4(handleBytes).u4(handles.size()).u4(0), handles);
        int tokenBytes = 16 + tokens.stream().mapToInt(Layout::sizeBytes).sum();
        headed(TOKEN, layout().u4(tokenBytes).u4(tokens.size()).u4(16).u4(16), tokens);
    }

    private void counted(int type, List<Layout> entries) {
        Layout count = layout().u4(entries.size());
        headed(type, paddedCounts ? count.u4(0) : count, entries);
    }

    /** No entries, no stream: an empty list is added with {@link #stream}. */
    private void headed(int type, Layout header, List<Layout> entries) {
        if (!entries.isEmpty()) {
            Layout list = layout().bytes(header.build());
            entries.forEach(list::append);
            stream(type, list);
        }
        entries.clear();
    }
}
