package dev.mortem.format.minidump;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * MINIDUMP_FUNCTION_TABLE_DESCRIPTOR of FunctionTableStream (minidumpapiset.h): unwind data of code that
 * was made at run time (RtlAddFunctionTable). The stream's header is SizeOfHeader, SizeOfDescriptor,
 * SizeOfNativeDescriptor, SizeOfFunctionEntry, NumberOfDescriptors, SizeOfAlignPad of 4 bytes each.
 *
 * <pre>
 *  0  MinimumAddress, MaximumAddress, BaseAddress: 8 bytes each
 * 24  EntryCount, SizeOfAlignPad: 4 bytes each; then the native descriptor, the entries, the padding
 * </pre>
 *
 * @param code from the lowest to the highest address that the table speaks of
 * @param base what the entries' addresses count from
 * @param entries RUNTIME_FUNCTIONs, as the dumped machine has them
 * @param entrySizeBytes of each
 */
public record FunctionTableEntry(
        AddressRange code, long base, ByteSource entries, long entrySizeBytes) {
    private static final int DESCRIPTOR_BYTES = 32;

    /** In the dump's order; none where it has no such stream. */
    public static List<FunctionTableEntry> readAll(MinidumpFile file) {
        List<FunctionTableEntry> tables = new ArrayList<>();
        Optional<ByteSource> stream = file.stream(StreamType.FUNCTION_TABLE);
        if (stream.isEmpty()) {
            return tables;
        }
        try {
            ByteSource content = stream.get();
            long descriptorBytes = content.u4("SizeOfDescriptor", 4);
            long nativeBytes = content.u4("SizeOfNativeDescriptor", 8);
            long entryBytes = content.u4("SizeOfFunctionEntry", 12);
            long count = content.u4("NumberOfDescriptors", 16);
            if (descriptorBytes < DESCRIPTOR_BYTES) {
                throw content.malformed(
                        "SizeOfDescriptor", 4, descriptorBytes + " bytes", "at least 32 bytes");
            }
            long at = content.u4("SizeOfHeader", 0) + content.u4("SizeOfAlignPad", 20);
            for (long index = 0; index < count; index++) {
                // each step takes a descriptor's bytes, so the stream's size bounds the steps
                ByteSource descriptor = content.slice("FunctionTable", at, descriptorBytes);
                long entries = descriptor.u4("EntryCount", 24);
                at += descriptorBytes + nativeBytes;
                tables.add(new FunctionTableEntry(
                        AddressRange.between(
                                descriptor.u8("MinimumAddress", 0),
                                descriptor.u8("MaximumAddress", 8)),
                        descriptor.u8("BaseAddress", 16),
                        content.table("FunctionEntries", at, entries, Math.max(1, entryBytes)),
                        entryBytes));
                at += entries * entryBytes + descriptor.u4("SizeOfAlignPad", 28);
            }
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "frames of code made at run time are guessed");
        }
        return tables;
    }
}
