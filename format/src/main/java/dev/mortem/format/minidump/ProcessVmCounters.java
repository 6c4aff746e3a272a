package dev.mortem.format.minidump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * MINIDUMP_PROCESS_VM_COUNTERS_1 and _2 (minidumpapiset.h), in bytes.
 *
 * <pre>
 *  0  Revision, Flags: 2 bytes each
 *  4  PageFaultCount: 4 bytes
 *  8  PeakWorkingSetSize, WorkingSetSize, QuotaPeakPagedPoolUsage, QuotaPagedPoolUsage,
 *     QuotaPeakNonPagedPoolUsage, QuotaNonPagedPoolUsage, PagefileUsage, PeakPagefileUsage: 8 each
 * 72  _1: PrivateUsage
 * 72  _2: PeakVirtualSize, VirtualSize, PrivateUsage, PrivateWorkingSetSize, SharedCommitUsage,
 *     JobSharedCommitUsage, JobPrivateCommitUsage, JobPeakPrivateCommitUsage,
 *     JobPrivateCommitLimit, JobTotalCommitLimit
 * </pre>
 */
public record ProcessVmCounters(
        long pageFaults,
        long peakWorkingSetBytes,
        long workingSetBytes,
        long pagefileBytes,
        long peakPagefileBytes,
        OptionalLong privateBytes,
        OptionalLong peakVirtualBytes,
        OptionalLong virtualBytes,
        OptionalLong privateWorkingSetBytes,
        OptionalLong jobPrivateCommitLimitBytes) {
    private static final int HAS_BASIC = 0x1;
    private static final int HAS_EX = 0x4;
    private static final int HAS_VIRTUAL_SIZE = 0x2;
    private static final int HAS_EX2 = 0x8;
    private static final int HAS_JOB = 0x10;

    /** Empty where the dump has none, it is broken, or its flags say that nothing is filled in. */
    public static Optional<ProcessVmCounters> read(MinidumpFile file) {
        Optional<ByteSource> stream = file.stream(StreamType.PROCESS_VM_COUNTERS);
        if (stream.isEmpty()) {
            return Optional.empty();
        }
        try {
            return read(stream.get());
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "the process's use of memory is not known");
            return Optional.empty();
        }
    }

    private static Optional<ProcessVmCounters> read(ByteSource counters) throws MalformedException {
        boolean second = counters.u2("Revision", 0) >= 2;
        int flags = second ? counters.u2("Flags", 2) : HAS_BASIC | HAS_EX;
        if ((flags & HAS_BASIC) == 0) {
            return Optional.empty();
        }
        return Optional.of(new ProcessVmCounters(
                counters.u4("PageFaultCount", 4),
                counters.u8("PeakWorkingSetSize", 8),
                counters.u8("WorkingSetSize", 16),
                counters.u8("PagefileUsage", 56),
                counters.u8("PeakPagefileUsage", 64),
                optional(counters, flags, HAS_EX, "PrivateUsage", second ? 88 : 72),
                optional(counters, flags, HAS_VIRTUAL_SIZE, "PeakVirtualSize", 72),
                optional(counters, flags, HAS_VIRTUAL_SIZE, "VirtualSize", 80),
                optional(counters, flags, HAS_EX2, "PrivateWorkingSetSize", 96),
                optional(counters, flags, HAS_JOB, "JobPrivateCommitLimit", 136)));
    }

    private static OptionalLong optional(
            ByteSource counters, int flags, int bit, String field, long offset)
            throws MalformedException {
        return (flags & bit) != 0
                ? OptionalLong.of(counters.u8(field, offset))
                : OptionalLong.empty();
    }

    /** Puts the stream, in its second form where it has what only that holds. */
    public void write(MinidumpHead head) {
        boolean second = virtualBytes.isPresent()
                || privateWorkingSetBytes.isPresent()
                || jobPrivateCommitLimitBytes.isPresent();
        int flags = HAS_BASIC
                | (privateBytes.isPresent() ? HAS_EX : 0)
                | (virtualBytes.isPresent() ? HAS_VIRTUAL_SIZE : 0)
                | (privateWorkingSetBytes.isPresent() ? HAS_EX2 : 0)
                | (jobPrivateCommitLimitBytes.isPresent() ? HAS_JOB : 0);
        ByteBuffer target = MinidumpHead.structure(second ? 152 : 80)
                .putShort((short) (second ? 2 : 1))
                .putShort((short) (second ? flags : 0))
                .putInt((int) pageFaults)
                .putLong(peakWorkingSetBytes)
                .putLong(workingSetBytes)
                .putLong(56, pagefileBytes)
                .putLong(64, peakPagefileBytes)
                .putLong(second ? 88 : 72, privateBytes.orElse(0));
        if (second) {
            target.putLong(72, peakVirtualBytes.orElse(0))
                    .putLong(80, virtualBytes.orElse(0))
                    .putLong(96, privateWorkingSetBytes.orElse(0))
                    .putLong(136, jobPrivateCommitLimitBytes.orElse(0));
        }
        head.stream(StreamType.PROCESS_VM_COUNTERS, target);
    }
}
