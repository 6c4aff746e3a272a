package dev.mortem.format.minidump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The machine's memory in MINIDUMP_SYSTEM_MEMORY_INFO_1 (minidumpapiset.h), in pages. Only the fields
 * that are used are listed.
 *
 * <pre>
 *   0  Revision, Flags: 2 bytes each
 *   4  BasicInfo: TimerResolution, PageSize, NumberOfPhysicalPages … 4 bytes each; 52 bytes
 *  56  FileCacheInfo: 60 bytes
 * 116  BasicPerfInfo: AvailablePages, CommittedPages, CommitLimit, PeakCommitment: 8 bytes each
 * </pre>
 */
public record SystemMemoryInfo(
        long pageSizeBytes,
        long physicalPages,
        long availablePages,
        long committedPages,
        long commitLimitPages,
        long peakCommitPages) {
    private static final int SIZE_BYTES = 492;
    private static final int HAS_BASIC_PERFORMANCE = 0x2;

    /** Empty where the dump has none or it is broken. */
    public static Optional<SystemMemoryInfo> read(MinidumpFile file) {
        Optional<ByteSource> stream = file.stream(StreamType.SYSTEM_MEMORY_INFO);
        if (stream.isEmpty()) {
            return Optional.empty();
        }
        try {
            ByteSource info = stream.get();
            int performance = 116;
            return Optional.of(new SystemMemoryInfo(
                    info.u4("PageSize", 8),
                    info.u4("NumberOfPhysicalPages", 12),
                    info.u8("AvailablePages", performance),
                    info.u8("CommittedPages", performance + 8),
                    info.u8("CommitLimit", performance + 16),
                    info.u8("PeakCommitment", performance + 24)));
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "the machine's memory is not known");
            return Optional.empty();
        }
    }

    /** Puts the stream; what is not here is zero, and its flags say so. */
    public void write(MinidumpHead head) {
        ByteBuffer target = MinidumpHead.structure(SIZE_BYTES)
                .putShort((short) 1)
                .putShort((short) HAS_BASIC_PERFORMANCE)
                .putInt(0)
                .putInt((int) pageSizeBytes)
                .putInt((int) physicalPages)
                .position(116)
                .putLong(availablePages)
                .putLong(committedPages)
                .putLong(commitLimitPages)
                .putLong(peakCommitPages);
        head.stream(StreamType.SYSTEM_MEMORY_INFO, target);
    }
}
