package dev.mortem.dump.minidump;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.snapshot.MemoryRegion;
import dev.mortem.base.snapshot.ProcessFacts;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.dump.reduce.LinkerList;
import dev.mortem.format.elf.core.CoreNotes;
import dev.mortem.format.minidump.DsoDebug;
import dev.mortem.format.minidump.MinidumpHead;
import dev.mortem.format.minidump.StreamType;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The streams in which Breakpad keeps files of /proc: as they were where they are given, else made anew. */
final class LinuxFiles {
    private final ProcessSnapshot snapshot;
    private final MinidumpOptions options;
    private final MinidumpHead head;

    LinuxFiles(ProcessSnapshot snapshot, MinidumpOptions options, MinidumpHead head) {
        this.snapshot = snapshot;
        this.options = options;
        this.head = head;
    }

    /** @param withMaps whether the snapshot's regions are facts */
    void write(boolean withMaps) {
        ProcessFacts facts = snapshot.process();
        Map<Integer, byte[]> files = new TreeMap<>(options.systemFiles());
        files.computeIfAbsent(StreamType.LINUX_PROC_STATUS, type -> utf8(status(facts)));
        files.forEach(head::stream);
        list(StreamType.LINUX_CMD_LINE, facts.commandLine());
        if (options.includeEnvironment()) {
            list(StreamType.LINUX_ENVIRON, facts.environment());
        }
        snapshot.notes().stream()
                .filter(note -> note.is(CoreNotes.OWNER_CORE, CoreNotes.NT_AUXV))
                .findFirst()
                .ifPresent(note -> head.stream(StreamType.LINUX_AUXV, note.content()));
        LinkerList.of(snapshot).ifPresent(this::linkerList);
        if (withMaps && !snapshot.regions().isEmpty()) {
            StringBuilder maps = new StringBuilder();
            snapshot.regions().forEach(region -> maps.append(line(region)));
            head.stream(StreamType.LINUX_MAPS, utf8(maps.toString()));
        }
    }

    private void linkerList(LinkerList list) {
        AddressRange dynamic = list.dynamic();
        new DsoDebug(
                        list.version(),
                        list.brk(),
                        list.base(),
                        dynamic.start(),
                        snapshot.memory()
                                .bytes(dynamic.start(), (int) dynamic.sizeBytes())
                                .orElse(new byte[0]),
                        list.entries().stream()
                                .map(entry -> new DsoDebug.LinkMap(
                                        entry.address(), entry.name(), entry.dynamic()))
                                .toList())
                .write(snapshot.machine().pointerSizeBytes(), head);
    }

    /** As much of /proc/PID/status as is known. */
    private static String status(ProcessFacts facts) {
        StringBuilder text = new StringBuilder();
        facts.image().ifPresent(name -> text.append("Name:\t").append(name).append('\n'));
        facts.pid().ifPresent(pid -> text.append("Pid:\t").append(pid).append('\n'));
        return text.toString();
    }

    private void list(int type, List<String> texts) {
        if (!texts.isEmpty()) {
            head.stream(type, utf8(String.join("\0", texts) + "\0"));
        }
    }

    /** A line of /proc/PID/maps (proc(5)); the device and the file's number are not known. */
    private static String line(MemoryRegion region) {
        String fields = String.format(
                Locale.ROOT,
                "%s-%s %s%s %08x 00:00 0",
                hex(region.range().start()),
                hex(region.range().end()),
                region.permissions(),
                region.shared() ? "s" : "p",
                region.fileOffset());
        return fields
                + region.path().map(path -> " " + path.replace("\n", "\\012")).orElse("")
                + "\n";
    }

    private static String hex(long address) {
        return Addresses.hex(address).substring(2);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
