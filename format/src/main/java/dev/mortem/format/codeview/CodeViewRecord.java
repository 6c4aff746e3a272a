package dev.mortem.format.codeview;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.DebugId;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;

/**
 * One CodeView record. Little-endian, told apart by its first four bytes:
 *
 * <pre>
 * "RSDS"  4 GUID: 16 bytes, 20 Age, 24 path in UTF-8, NUL
 * "NB10"  4 offset, 8 timestamp, 12 age, 16 path, NUL
 * "BpEL"  4 ELF build id, up to the end (Breakpad, minidump_format.h: MDCVInfoELF)
 * </pre>
 *
 * A path that is cut is kept as far as it goes: what counts is the id before it.
 */
public sealed interface CodeViewRecord {
    /** A PDB of Visual C++ 7.0 or later; also a Portable PDB, and a Mach-O module of Breakpad's. */
    record Rsds(DebugId id, String pdbPath) implements CodeViewRecord {}

    /** A PDB before that; the id's signature is its time stamp. */
    record Nb10(DebugId id, String pdbPath) implements CodeViewRecord {}

    /**
     * An ELF module.
     *
     * @param buildId in lower-case hexadecimal, all of it
     */
    record ElfBuildId(String buildId) implements CodeViewRecord {}

    /** Another kind: CodeView inside the image, for example. */
    record Unknown(int signature) implements CodeViewRecord {}

    int RSDS = 0x5344_5352;
    int NB10 = 0x3031_424e;
    int BPEL = 0x4270_454c;

    /** Longest path kept: what Windows allows, 32,767 UTF-16 units, of three bytes each in UTF-8. */
    int PATH_BYTES_MAX = 3 * 32_767;

    /**
     * No build id is longer: linkers write up to 32 bytes, and a hand-written one may have some more.
     */
    int BUILD_ID_BYTES_MAX = 64;

    /**
     * Reads one.
     *
     * @param record exactly the record's bytes
     * @throws MalformedException where it ends before its path, or a build id is empty or too long
     */
    static CodeViewRecord read(ByteSource record) throws MalformedException {
        ByteSource bytes = record.withOrder(ByteOrder.LITTLE_ENDIAN);
        int signature = bytes.s4("CvSignature", 0);
        return switch (signature) {
            case RSDS ->
                new Rsds(
                        DebugId.ofGuid(bytes.bytes("Signature", 4, 16), bytes.s4("Age", 20)),
                        bytes.cString("PdbFileName", 24, PATH_BYTES_MAX));
            case NB10 ->
                new Nb10(
                        DebugId.ofTimestamp(bytes.s4("Signature", 8), bytes.s4("Age", 12)),
                        bytes.cString("PdbFileName", 16, PATH_BYTES_MAX));
            case BPEL -> buildId(bytes);
            default -> new Unknown(signature);
        };
    }

    /** The id of the debug information; empty for an unknown record, and where it is nothing but zeros. */
    default Optional<DebugId> debugId() {
        Optional<DebugId> stated = switch (this) {
            case Rsds rsds -> Optional.of(rsds.id());
            case Nb10 nb10 -> Optional.of(nb10.id());
            case ElfBuildId elf ->
                Optional.of(DebugId.ofBuildId(HexFormat.of().parseHex(elf.buildId())));
            case Unknown _ -> Optional.empty();
        };
        return stated.filter(id -> !id.isNil());
    }

    /** The PDB's path on the machine that linked the image, or its bare name; empty where none stands. */
    default Optional<String> path() {
        String path = switch (this) {
            case Rsds rsds -> rsds.pdbPath();
            case Nb10 nb10 -> nb10.pdbPath();
            case ElfBuildId _, Unknown _ -> "";
        };
        return path.isEmpty() ? Optional.empty() : Optional.of(path);
    }

    /** The record as bytes; none of an unknown one. */
    default byte[] write() {
        return switch (this) {
            case Rsds rsds ->
                withPath(
                        ByteBuffer.allocate(24)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .putInt(RSDS)
                                .put(rsds.id().guid())
                                .putInt(rsds.id().age()),
                        rsds.pdbPath());
            case Nb10 nb10 ->
                withPath(
                        ByteBuffer.allocate(16)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .putInt(NB10)
                                .putInt(0)
                                .putInt(HexFormat.fromHexDigits(nb10.id().signature()))
                                .putInt(nb10.id().age()),
                        nb10.pdbPath());
            case ElfBuildId elf -> {
                byte[] buildId = HexFormat.of().parseHex(elf.buildId());
                yield ByteBuffer.allocate(4 + buildId.length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(BPEL)
                        .put(buildId)
                        .array();
            }
            case Unknown _ -> new byte[0];
        };
    }

    private static byte[] withPath(ByteBuffer head, String path) {
        byte[] text = path.getBytes(StandardCharsets.UTF_8);
        ByteBuffer record = ByteBuffer.allocate(head.capacity() + text.length + 1);
        return record.put(head.rewind()).put(text).array();
    }

    private static ElfBuildId buildId(ByteSource bytes) throws MalformedException {
        long size = bytes.sizeBytes() - 4;
        if (size < 1 || size > BUILD_ID_BYTES_MAX) {
            throw bytes.malformed(
                    "build_id",
                    4,
                    "%,d bytes".formatted(size),
                    "1 to %,d bytes".formatted(BUILD_ID_BYTES_MAX));
        }
        return new ElfBuildId(HexFormat.of().formatHex(bytes.bytes("build_id", 4, (int) size)));
    }
}
