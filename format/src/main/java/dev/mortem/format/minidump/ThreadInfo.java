package dev.mortem.format.minidump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * MINIDUMP_THREAD_INFO, 64 bytes, of ThreadInfoListStream (minidumpapiset.h).
 *
 * <pre>
 *  0  ThreadId, DumpFlags, DumpError, ExitStatus: 4 bytes each
 * 16  CreateTime, ExitTime, KernelTime, UserTime: 8 bytes each, units of 100 ns
 * 48  StartAddress, Affinity: 8 bytes each
 * </pre>
 *
 * @param flags of {@code DumpFlags}: {@link #WRITING_THREAD} and others
 * @param exitStatus STILL_ACTIVE, 259, while it runs
 */
public record ThreadInfo(
        long threadId,
        long flags,
        long exitStatus,
        Optional<Instant> createdAt,
        Optional<Duration> kernelTime,
        Optional<Duration> userTime,
        long startAddress) {
    public static final int SIZE_BYTES = 64;
    public static final long WRITING_THREAD = 0x2;
    public static final long EXITED_THREAD = 0x4;
    public static final long INVALID_INFO = 0x8;
    public static final long INVALID_CONTEXT = 0x10;
    public static final long INVALID_TEB = 0x20;

    /** By thread id; none where the dump has no such stream. */
    public static Map<Long, ThreadInfo> readAll(MinidumpFile file) {
        Map<Long, ThreadInfo> all = new LinkedHashMap<>();
        try {
            Optional<MinidumpFile.Sized> list = file.sized(
                    StreamType.THREAD_INFO_LIST,
                    "ThreadInfos",
                    4,
                    SIZE_BYTES,
                    file.limits().max(MinidumpLimits.THREADS));
            for (int index = 0; list.isPresent() && index < list.get().count(); index++) {
                ThreadInfo info = read(list.get().entry(index, "ThreadInfo"));
                all.putIfAbsent(info.threadId, info);
            }
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "times of threads are not known");
        }
        return all;
    }

    private static ThreadInfo read(ByteSource entry) throws MalformedException {
        return new ThreadInfo(
                entry.u4("ThreadId", 0),
                entry.u4("DumpFlags", 4),
                entry.u4("ExitStatus", 12),
                WindowsTime.instant(entry.u8("CreateTime", 16)),
                WindowsTime.span(entry.u8("KernelTime", 32)),
                WindowsTime.span(entry.u8("UserTime", 40)),
                entry.u8("StartAddress", 48));
    }

    /** Whether the writer could not find out: then nothing but the id holds. */
    public boolean isInvalid() {
        return (flags & INVALID_INFO) != 0;
    }

    public boolean hasInvalidContext() {
        return (flags & INVALID_CONTEXT) != 0;
    }

    public boolean hasInvalidTeb() {
        return (flags & INVALID_TEB) != 0;
    }

    /** Puts the list. */
    public static void write(List<ThreadInfo> infos, MinidumpHead head) {
        List<MinidumpHead.Entry> entries = new ArrayList<>();
        infos.forEach(info -> entries.add(info::write));
        head.sized(StreamType.THREAD_INFO_LIST, 4, SIZE_BYTES, entries);
    }

    private void write(ByteBuffer target) {
        target.putInt((int) threadId)
                .putInt((int) flags)
                .putInt(0)
                .putInt((int) exitStatus)
                .putLong(createdAt.map(WindowsTime::ticks).orElse(0L))
                .putLong(0)
                .putLong(kernelTime.map(WindowsTime::ticks).orElse(0L))
                .putLong(userTime.map(WindowsTime::ticks).orElse(0L))
                .putLong(startAddress);
    }
}
