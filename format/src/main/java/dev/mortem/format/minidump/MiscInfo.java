package dev.mortem.format.minidump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * MINIDUMP_MISC_INFO to MINIDUMP_MISC_INFO_5 (minidumpapiset.h): 24, 44, 232, 832 or 1364 bytes; Flags1
 * says which fields are set.
 *
 * <pre>
 *   0  SizeOfInfo, Flags1, ProcessId, ProcessCreateTime, ProcessUserTime, ProcessKernelTime
 *  24  ProcessorMaxMhz, CurrentMhz, MhzLimit, MaxIdleState, CurrentIdleState
 *  44  ProcessIntegrityLevel, ProcessExecuteFlags, ProtectedProcess, TimeZoneId, TimeZone: 172 bytes
 * 232  BuildString: 260 UTF-16 units, DbgBldStr: 40 UTF-16 units
 * 832  XStateData: SizeOfInfo 4, ContextSize 4, EnabledFeatures 8, 64 times Offset 4, Size 4
 * 1360 ProcessCookie
 * </pre>
 *
 * @param buildText BuildString: the system's build
 * @param debugBuildText DbgBldStr: the library that wrote the dump
 * @param utcOffset of the machine, standard time: minutes to add to UTC
 * @param xState where vector registers lie in a context; empty before Windows 7
 */
public record MiscInfo(
        OptionalLong processId,
        Optional<Instant> startedAt,
        Optional<Duration> userTime,
        Optional<Duration> kernelTime,
        OptionalLong processorMhz,
        OptionalLong integrityLevel,
        Optional<Duration> utcOffset,
        Optional<String> buildText,
        Optional<String> debugBuildText,
        Optional<XState> xState) {
    private static final long HAS_PROCESS_ID = 0x1;
    private static final long HAS_TIMES = 0x2;
    private static final long HAS_POWER = 0x4;
    private static final long HAS_INTEGRITY = 0x10;
    private static final long HAS_TIME_ZONE = 0x40;
    private static final long HAS_BUILD_TEXT = 0x100;

    private static final int BUILD_TEXT_BYTES = 520;
    private static final int DEBUG_BUILD_TEXT_BYTES = 80;
    private static final int FEATURES = 64;

    /** XSTATE_CONFIG_FEATURE_MSC_INFO: the offsets of features in a context, bit by bit. */
    public record XState(long contextSizeBytes, long enabledFeatures, ByteSource features) {}

    /** Empty where the dump has none or it is broken from the start. */
    public static Optional<MiscInfo> read(MinidumpFile file) {
        Optional<ByteSource> stream = file.stream(StreamType.MISC_INFO);
        if (stream.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(read(stated(stream.get())));
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "process id and times are not known");
            return Optional.empty();
        }
    }

    /** As much as the structure says it has; Breakpad on macOS says 0 and means all of the stream. */
    private static ByteSource stated(ByteSource stream) throws MalformedException {
        long sizeBytes = stream.u4("SizeOfInfo", 0);
        return sizeBytes == 0 ? stream : stream.atMost("MiscInfo", 0, sizeBytes);
    }

    private static MiscInfo read(ByteSource stream) throws MalformedException {
        long flags = stream.u4("Flags1", 4);
        boolean times = has(stream, flags, HAS_TIMES, 24);
        boolean text = has(stream, flags, HAS_BUILD_TEXT, 832);
        return new MiscInfo(
                has(stream, flags, HAS_PROCESS_ID, 12)
                        ? OptionalLong.of(stream.u4("ProcessId", 8))
                        : OptionalLong.empty(),
                times
                        ? Optional.of(stream.u4("ProcessCreateTime", 12))
                                .filter(seconds -> seconds != 0)
                                .map(Instant::ofEpochSecond)
                        : Optional.empty(),
                times ? seconds(stream, "ProcessUserTime", 16) : Optional.empty(),
                times ? seconds(stream, "ProcessKernelTime", 20) : Optional.empty(),
                has(stream, flags, HAS_POWER, 44)
                        ? OptionalLong.of(stream.u4("ProcessorMaxMhz", 24))
                        : OptionalLong.empty(),
                has(stream, flags, HAS_INTEGRITY, 48)
                        ? OptionalLong.of(stream.u4("ProcessIntegrityLevel", 44))
                        : OptionalLong.empty(),
                has(stream, flags, HAS_TIME_ZONE, 232)
                        ? Optional.of(Duration.ofMinutes(-stream.s4("TimeZone.Bias", 60)))
                        : Optional.empty(),
                text ? utf16(stream, "BuildString", 232, BUILD_TEXT_BYTES) : Optional.empty(),
                text ? utf16(stream, "DbgBldStr", 752, DEBUG_BUILD_TEXT_BYTES) : Optional.empty(),
                xState(stream));
    }

    private static boolean has(ByteSource stream, long flags, long bit, int endBytes) {
        return (flags & bit) != 0 && stream.sizeBytes() >= endBytes;
    }

    private static Optional<Duration> seconds(ByteSource stream, String field, long offset)
            throws MalformedException {
        return Optional.of(Duration.ofSeconds(stream.u4(field, offset)));
    }

    private static Optional<String> utf16(
            ByteSource stream, String field, long offset, int sizeBytes) throws MalformedException {
        return Optional.of(MinidumpFile.utf16(stream.bytes(field, offset, sizeBytes)))
                .filter(text -> !text.isEmpty());
    }

    private static Optional<XState> xState(ByteSource stream) throws MalformedException {
        int features = 848;
        if (stream.sizeBytes() < features + 8 * FEATURES) {
            return Optional.empty();
        }
        XState state = new XState(
                stream.u4("XStateData.ContextSize", 836),
                stream.u8("XStateData.EnabledFeatures", 840),
                stream.slice("XStateData.Features", features, 8 * FEATURES));
        return Optional.of(state).filter(found -> found.enabledFeatures != 0);
    }

    /**
     * Puts the stream, in its first form, or in its fourth where there is a text. Of what is here process
     * id, times and texts are written.
     */
    public void write(MinidumpHead head) {
        boolean text = buildText.isPresent() || debugBuildText.isPresent();
        ByteBuffer target = MinidumpHead.structure(text ? 832 : 24);
        target.putInt(target.capacity())
                .putInt((int) ((processId.isPresent() ? HAS_PROCESS_ID : 0)
                        | (startedAt.isPresent() ? HAS_TIMES : 0)
                        | (text ? HAS_BUILD_TEXT : 0)))
                .putInt((int) processId.orElse(0))
                .putInt(startedAt.map(time -> (int) time.getEpochSecond()).orElse(0))
                .putInt((int) userTime.orElse(Duration.ZERO).toSeconds())
                .putInt((int) kernelTime.orElse(Duration.ZERO).toSeconds());
        buildText.ifPresent(known -> putText(target, 232, known, BUILD_TEXT_BYTES));
        debugBuildText.ifPresent(known -> putText(target, 752, known, DEBUG_BUILD_TEXT_BYTES));
        head.stream(StreamType.MISC_INFO, target);
    }

    /** As much of it as there is room for, with a NUL behind. */
    private static void putText(ByteBuffer target, int offset, String text, int sizeBytes) {
        byte[] units = text.getBytes(StandardCharsets.UTF_16LE);
        target.put(offset, units, 0, Math.min(units.length, sizeBytes - 2));
    }
}
