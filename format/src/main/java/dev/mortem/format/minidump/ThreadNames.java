package dev.mortem.format.minidump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** MINIDUMP_THREAD_NAME_LIST: a count, then entries of ThreadId 4, RvaOfThreadName 8 (minidumpapiset.h). */
public final class ThreadNames {
    private static final int ENTRY_BYTES = 12;

    private ThreadNames() {}

    /** Name by thread id; unnamed threads are left out. */
    public static Map<Long, String> readAll(MinidumpFile file) {
        Map<Long, String> names = new HashMap<>();
        try {
            ByteSource entries = file.counted(
                    StreamType.THREAD_NAMES,
                    "ThreadNames",
                    ENTRY_BYTES,
                    file.limits().max(MinidumpLimits.THREADS));
            for (long at = 0; at < entries.sizeBytes(); at += ENTRY_BYTES) {
                long threadId = entries.u4("ThreadId", at);
                file.text("ThreadName", entries.u8("RvaOfThreadName", at + 4))
                        .filter(name -> !name.isEmpty())
                        .ifPresent(name -> names.putIfAbsent(threadId, name));
            }
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "names of threads are not known");
        }
        return names;
    }

    /** Puts the list; nothing where no thread has a name. */
    public static void write(Map<Long, String> names, MinidumpHead head) {
        List<MinidumpHead.Entry> entries = new ArrayList<>();
        names.forEach((threadId, name) -> {
            int rva = head.text(name);
            entries.add(target -> target.putInt((int) (long) threadId).putLong(rva));
        });
        if (!entries.isEmpty()) {
            head.counted(StreamType.THREAD_NAMES, ENTRY_BYTES, entries);
        }
    }
}
