package dev.mortem.base.windows;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a dump of a Windows process tells beyond threads, modules and memory. Immutable.
 *
 * @param peb address of the process environment block
 * @param currentDirectory from the process's parameters
 * @param desktop "WinSta0\Default", of processes that have windows or may have
 * @param buildText the dumper's text of the system's build: "19041.1.amd64fre.vb_release"
 * @param unloaded modules that were there before: a call into one of them is a fault of its own kind
 * @param handles what the process had open; empty where the dump does not tell
 * @param handleCount also where the handles themselves are not listed
 * @param heaps addresses of the process's heaps, from the PEB
 * @param counters memory of the process as the system counts it
 * @param system memory of the machine
 * @param tokens sizes of the access tokens that the dump holds
 * @param functionTables where code was made at run time and says how it is unwound
 * @param assertion what a C runtime reported before it ended the process
 * @param loadOrder module bases in the order in which the loader initialised or loaded them
 */
public record WindowsFacts(
        OptionalLong peb,
        Optional<String> currentDirectory,
        Optional<String> desktop,
        Optional<String> buildText,
        List<UnloadedModule> unloaded,
        List<OpenHandle> handles,
        OptionalLong handleCount,
        List<Long> heaps,
        Optional<MemoryCounters> counters,
        Optional<SystemMemory> system,
        List<Long> tokens,
        List<FunctionTable> functionTables,
        Optional<Assertion> assertion,
        List<Long> loadOrder) {
    public WindowsFacts {
        unloaded = List.copyOf(unloaded);
        handles = List.copyOf(handles);
        heaps = List.copyOf(heaps);
        tokens = List.copyOf(tokens);
        functionTables = List.copyOf(functionTables);
        loadOrder = List.copyOf(loadOrder);
    }

    /**
     * Unwind data of code that was made at run time (RtlAddFunctionTable and its like).
     *
     * @param code from the lowest to the highest address that the table speaks of
     * @param base what the entries' addresses count from
     * @param entries RUNTIME_FUNCTIONs as the process has them, of as many bytes as the dump says
     * @param entrySizeBytes 12 on x64
     */
    public record FunctionTable(
            AddressRange code, long base, ByteSource entries, long entrySizeBytes) {}

    /**
     * A module that was unloaded.
     *
     * @param name as the loader knew it, mostly without a folder
     * @param timeDateStamp of its header
     */
    public record UnloadedModule(
            AddressRange range, String name, long timeDateStamp, long checkSum) {}

    /**
     * A handle.
     *
     * @param type "Event", "File", "Key"
     * @param name of the object, as the kernel spells it: "\BaseNamedObjects\…"
     * @param owner of a mutant (a mutex): the thread that holds it
     */
    public record OpenHandle(
            long handle,
            Optional<String> type,
            Optional<String> name,
            long grantedAccess,
            long handleCount,
            long pointerCount,
            Optional<Owner> owner) {}

    /** Who holds a mutant. */
    public record Owner(long processId, long threadId) {}

    /** PROCESS_MEMORY_COUNTERS and what newer systems add, in bytes; empty where the dump is older. */
    public record MemoryCounters(
            long pageFaults,
            long workingSetBytes,
            long peakWorkingSetBytes,
            long pagefileBytes,
            long peakPagefileBytes,
            OptionalLong privateBytes,
            OptionalLong virtualBytes,
            OptionalLong peakVirtualBytes,
            OptionalLong privateWorkingSetBytes,
            OptionalLong jobCommitLimitBytes) {}

    /** The machine's memory, in bytes. */
    public record SystemMemory(
            long pageSizeBytes,
            long physicalBytes,
            long availableBytes,
            long committedBytes,
            long commitLimitBytes,
            long peakCommitBytes) {}

    /**
     * What was asserted.
     *
     * @param kind "invalid parameter", "pure virtual call" or the number of another kind
     */
    public record Assertion(
            String kind, String expression, String function, String file, long line) {}
}
