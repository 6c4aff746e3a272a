package dev.mortem.format.minidump;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * MINIDUMP_SYSTEM_INFO, 56 bytes (minidumpapiset.h): CPU and system. Its last 24 bytes, the CPU's own
 * identification, are not used.
 *
 * <pre>
 *  0  ProcessorArchitecture, ProcessorLevel, ProcessorRevision: 2 bytes each
 *  6  NumberOfProcessors, ProductType: 1 byte each
 *  8  MajorVersion, MinorVersion, BuildNumber, PlatformId, CSDVersionRva: 4 bytes each
 * 28  SuiteMask, Reserved2: 2 bytes each
 * 32  CPU information
 * </pre>
 *
 * @param architecture PROCESSOR_ARCHITECTURE_AMD64 is 9
 * @param productType 1 workstation, 2 domain controller, 3 server
 * @param servicePack or, from Breakpad on Linux, uname's text; empty where the text is
 */
public record SystemInfo(
        int architecture,
        int processorCount,
        int productType,
        long majorVersion,
        long minorVersion,
        long buildNumber,
        long platformId,
        Optional<String> servicePack) {
    public static final int SIZE_BYTES = 56;
    public static final int X86 = 0;
    public static final int ARM = 5;
    public static final int AMD64 = 9;
    public static final int X86_ON_WIN64 = 10;
    public static final int ARM64 = 12;
    public static final int ARM64_BREAKPAD = 0x8003;

    public static final int WINDOWS_NT = 2;
    public static final int MACOS = 0x8101;
    public static final int IOS = 0x8102;
    public static final int LINUX = 0x8201;
    public static final int ANDROID = 0x8203;

    /** Empty where the dump has none or it is broken. */
    public static Optional<SystemInfo> read(MinidumpFile file) {
        Optional<ByteSource> stream = file.stream(StreamType.SYSTEM_INFO);
        if (stream.isEmpty()) {
            return Optional.empty();
        }
        try {
            ByteSource info = stream.get();
            return Optional.of(new SystemInfo(
                    info.u2("ProcessorArchitecture", 0),
                    info.u1("NumberOfProcessors", 6),
                    info.u1("ProductType", 7),
                    info.u4("MajorVersion", 8),
                    info.u4("MinorVersion", 12),
                    info.u4("BuildNumber", 16),
                    info.u4("PlatformId", 20),
                    file.text("CSDVersion", info.u4("CSDVersionRva", 24))
                            .map(String::strip)
                            .filter(text -> !text.isEmpty())));
        } catch (MalformedException broken) {
            file.diagnostics().report(broken, "CPU and system are guessed");
            return Optional.empty();
        }
    }

    /** "Windows", "Linux", "macOS"; the number of another. */
    public String systemName() {
        return switch ((int) platformId) {
            case 0, 1, WINDOWS_NT, 3 -> "Windows";
            case MACOS -> "macOS";
            case IOS -> "iOS";
            case LINUX -> "Linux";
            case 0x8202 -> "Solaris";
            case ANDROID -> "Android";
            case 0x8204 -> "PS3";
            case 0x8205 -> "NaCl";
            case 0x8206 -> "Fuchsia";
            default -> "platform 0x" + Long.toHexString(platformId);
        };
    }

    /** "10.0.19041"; with what the writer said beside it. */
    public String systemVersion() {
        String numbers = "%d.%d.%d".formatted(majorVersion, minorVersion, buildNumber);
        boolean unknown = majorVersion == 0 && minorVersion == 0 && buildNumber == 0;
        return unknown && servicePack.isPresent()
                ? servicePack.get()
                : numbers + servicePack.map(text -> " " + text).orElse("");
    }

    /** Puts the stream. */
    public void write(MinidumpHead head) {
        int text = head.text(servicePack.orElse(""));
        ByteBuffer target = MinidumpHead.structure(SIZE_BYTES)
                .putShort((short) architecture)
                .putInt(0)
                .put((byte) Math.min(processorCount, 255))
                .put((byte) productType)
                .putInt((int) majorVersion)
                .putInt((int) minorVersion)
                .putInt((int) buildNumber)
                .putInt((int) platformId)
                .putInt(text);
        head.stream(StreamType.SYSTEM_INFO, target);
    }
}
