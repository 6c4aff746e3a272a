package dev.mortem.format.minidump;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.format.minidump.MinidumpHead.Location;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * MINIDUMP_THREAD, 48 bytes, of ThreadListStream; MINIDUMP_THREAD_EX, 64 bytes, adds the backing store of
 * IA-64 (minidumpapiset.h).
 *
 * <pre>
 *  0  ThreadId, SuspendCount, PriorityClass, Priority: 4 bytes each
 * 16  Teb: 8 bytes
 * 24  Stack: StartOfMemoryRange 8, DataSize 4, Rva 4
 * 40  ThreadContext: DataSize 4, Rva 4
 * </pre>
 *
 * @param stack the part of the stack that the dump has, from the stack pointer or below it to its base
 * @param stackRva where its bytes lie in the file; 0 where they are only in the list of all memory
 * @param context empty where the file has none, which was reported if it should have
 */
public record ThreadEntry(
        long threadId,
        long suspendCount,
        long priorityClass,
        long priority,
        long teb,
        AddressRange stack,
        long stackRva,
        Optional<ByteSource> context) {
    public static final int SIZE_BYTES = 48;

    private static final int EX_SIZE_BYTES = 64;

    /** The threads of the dump, in its order; none where it has no list. */
    public static List<ThreadEntry> readAll(MinidumpFile file) {
        List<ThreadEntry> threads = new ArrayList<>();
        boolean extended = file.stream(StreamType.THREAD_LIST).isEmpty();
        int type = extended ? StreamType.THREAD_EX_LIST : StreamType.THREAD_LIST;
        int sizeBytes = extended ? EX_SIZE_BYTES : SIZE_BYTES;
        try {
            ByteSource entries = file.counted(
                    type, "Threads", sizeBytes, file.limits().max(MinidumpLimits.THREADS));
            for (long at = 0; at < entries.sizeBytes(); at += sizeBytes) {
                threads.add(read(entries.slice("Thread", at, sizeBytes), file));
            }
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "the threads behind are not known");
        }
        return threads;
    }

    private static ThreadEntry read(ByteSource entry, MinidumpFile file) throws MalformedException {
        return new ThreadEntry(
                entry.u4("ThreadId", 0),
                entry.u4("SuspendCount", 4),
                entry.u4("PriorityClass", 8),
                entry.u4("Priority", 12),
                entry.u8("Teb", 16),
                AddressRange.ofSize(
                        entry.u8("Stack.StartOfMemoryRange", 24), entry.u4("Stack.DataSize", 32)),
                entry.u4("Stack.Rva", 36),
                file.located(entry, "ThreadContext", 40));
    }

    /** Puts the list of threads. */
    public static void write(
            List<ThreadEntry> threads, List<Location> contexts, MinidumpHead head) {
        List<MinidumpHead.Entry> entries = new ArrayList<>();
        for (int index = 0; index < threads.size(); index++) {
            ThreadEntry thread = threads.get(index);
            Location context = contexts.get(index);
            entries.add(target -> thread.write(target, context));
        }
        head.counted(StreamType.THREAD_LIST, SIZE_BYTES, entries);
    }

    private void write(ByteBuffer target, Location at) {
        target.putInt((int) threadId)
                .putInt((int) suspendCount)
                .putInt((int) priorityClass)
                .putInt((int) priority)
                .putLong(teb)
                .putLong(stack.start())
                .putInt((int) Addresses.min(stack.sizeBytes(), 0xffff_ffffL))
                .putInt((int) stackRva);
        at.write(target);
    }
}
