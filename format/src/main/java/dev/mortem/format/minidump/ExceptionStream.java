package dev.mortem.format.minidump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.ExceptionRecord;
import dev.mortem.format.minidump.MinidumpHead.Location;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * MINIDUMP_EXCEPTION_STREAM, 168 bytes (minidumpapiset.h). Breakpad and Crashpad put other systems' faults
 * into the same fields: a signal's number and si_code, or Mach's exception and its first code.
 *
 * <pre>
 *   0  ThreadId, alignment: 4 bytes each
 *   8  ExceptionCode, ExceptionFlags: 4 bytes each
 *  16  ExceptionRecord, ExceptionAddress: 8 bytes each
 *  32  NumberParameters, alignment: 4 bytes each
 *  40  ExceptionInformation: 15 of 8 bytes
 * 160  ThreadContext: DataSize 4, Rva 4
 * </pre>
 *
 * @param nestedRecord address in the process of the record that was being handled; 0 for none
 * @param context the registers at the fault, which the thread's own may no longer be
 */
public record ExceptionStream(
        long threadId, ExceptionRecord record, long nestedRecord, Optional<ByteSource> context) {
    public static final int SIZE_BYTES = 168;

    /** Empty where the dump has none: nothing failed, or it is not told. */
    public static Optional<ExceptionStream> read(MinidumpFile file) {
        Optional<ByteSource> stream = file.stream(StreamType.EXCEPTION);
        if (stream.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(read(stream.get(), file));
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "why the dump was made is not known");
            return Optional.empty();
        }
    }

    private static ExceptionStream read(ByteSource stream, MinidumpFile file)
            throws MalformedException {
        long stated = stream.u4("NumberParameters", 32);
        long count = Math.min(stated, ExceptionRecord.PARAMETERS_MAX);
        if (stated > count) {
            file.diagnostics()
                    .report(
                            stream.name() + ": Exception.NumberParameters",
                            "%d are stated, %d are possible".formatted(stated, count),
                            "those beyond are not known");
        }
        List<Long> parameters = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            parameters.add(stream.u8("ExceptionInformation", 40 + 8L * index));
        }
        ExceptionRecord record = new ExceptionRecord(
                stream.u4("ExceptionCode", 8),
                stream.u4("ExceptionFlags", 12),
                stream.u8("ExceptionAddress", 24),
                parameters);
        boolean hasContext = stream.sizeBytes() >= SIZE_BYTES;
        return new ExceptionStream(
                stream.u4("ThreadId", 0),
                record,
                stream.u8("ExceptionRecord", 16),
                hasContext ? file.located(stream, "ThreadContext", 160) : Optional.empty());
    }

    /** Puts the stream; the context is where {@code at} says. */
    public void write(Location at, MinidumpHead head) {
        ByteBuffer target = MinidumpHead.structure(SIZE_BYTES)
                .putInt((int) threadId)
                .putInt(0)
                .putInt((int) record.code())
                .putInt((int) record.flags())
                .putLong(nestedRecord)
                .putLong(record.address())
                .putInt(record.parameters().size())
                .putInt(0);
        record.parameters().stream().limit(ExceptionRecord.PARAMETERS_MAX).forEach(target::putLong);
        at.write(target.position(160));
        head.stream(StreamType.EXCEPTION, target);
    }
}
