package dev.mortem.format.pdb;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.msf.MsfStream;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Stream 3 (LLVM documentation, "The PDB DBI (Debug Info) Stream"). Header, 64 bytes: 0 VersionSignature,
 * 4 VersionHeader, 8 Age: u4 each; 12 GlobalStreamIndex, 14 BuildNumber, 16 PublicStreamIndex, 18
 * PdbDllVersion, 20 SymRecordStream, 22 PdbDllRbld: u2 each; 24 ModInfoSize, 28 SectionContributionSize,
 * 32 SectionMapSize, 36 SourceInfoSize, 40 TypeServerMapSize, 44 MFCTypeServerIndex, 48
 * OptionalDbgHeaderSize, 52 ECSubstreamSize: u4 each; 56 Flags u2, 58 Machine u2, 60 Padding u4. Behind it
 * the substreams of those sizes, in the order: modules, contributions, section map, source files, type
 * servers, edit-and-continue names, optional debug header.
 *
 * @param contributionsAt where the section contributions are in the stream
 */
record DbiStream(
        MsfStream stream,
        int age,
        int publicsStream,
        int symbolRecordStream,
        boolean stripped,
        int machine,
        List<ModuleInfo> modules,
        long contributionsAt,
        long contributionsBytes,
        DebugHeader debugHeader) {
    static final int INDEX = 3;
    private static final int HEAD_BYTES = 64;
    private static final int NEW_HEADER = -1;
    private static final int FLAG_STRIPPED = 2;

    /** DbgHeaderType: which stream holds what, by its place in the optional debug header. */
    enum Debug {
        FPO(0),
        OMAP_TO_SOURCE(3),
        OMAP_FROM_SOURCE(4),
        SECTION_HEADERS(5),
        NEW_FPO(9),
        ORIGINAL_SECTION_HEADERS(10);

        private final int index;

        Debug(int index) {
            this.index = index;
        }
    }

    /** The numbers of further streams, as u2 one after the other; 0xffff of one that is not there. */
    record DebugHeader(ByteSource numbers) {
        @SuppressWarnings("EnumOrdinal") // the order of the enum is the format's
        OptionalInt stream(Debug what) throws MalformedException {
            long at = 2L * what.index;
            if (at + 2 > numbers.sizeBytes()) {
                return OptionalInt.empty();
            }
            int number = numbers.u2("DbgStreamArray", at);
            return number == ModuleInfo.NO_STREAM ? OptionalInt.empty() : OptionalInt.of(number);
        }
    }

    static DbiStream read(MsfStream stream, Limits limits) throws MalformedException {
        if (stream.s4("VersionSignature", 0) != NEW_HEADER) {
            throw stream.malformed(
                    "VersionSignature",
                    0,
                    Integer.toString(stream.s4("VersionSignature", 0)),
                    "-1, of Visual C++ 5.0 or later");
        }
        long modulesBytes = stream.u4("ModInfoSize", 24);
        long contributionsBytes = stream.u4("SectionContributionSize", 28);
        long between = stream.u4("SectionMapSize", 32)
                + stream.u4("SourceInfoSize", 36)
                + stream.u4("TypeServerMapSize", 40)
                + stream.u4("ECSubstreamSize", 52);
        long contributionsAt = HEAD_BYTES + modulesBytes;
        long headerAt = contributionsAt + contributionsBytes + between;
        stream.require("Modules", HEAD_BYTES, modulesBytes);
        stream.require("SectionContributions", contributionsAt, contributionsBytes);
        return new DbiStream(
                stream,
                stream.s4("Age", 8),
                stream.u2("PublicStreamIndex", 16),
                stream.u2("SymRecordStream", 20),
                (stream.u2("Flags", 56) & FLAG_STRIPPED) != 0,
                stream.u2("Machine", 58),
                modules(stream, contributionsAt, limits),
                contributionsAt,
                contributionsBytes,
                new DebugHeader(stream.atMost(
                        "OptionalDbgHeader", headerAt, stream.u4("OptionalDbgHeaderSize", 48))));
    }

    private static List<ModuleInfo> modules(MsfStream stream, long end, Limits limits)
            throws MalformedException {
        List<ModuleInfo> modules = new ArrayList<>();
        long at = HEAD_BYTES;
        while (at + ModuleInfo.HEAD_BYTES <= end
                && limits.allows(PdbLimits.MODULES, modules.size() + 1L)) {
            modules.add(ModuleInfo.read(stream, at));
            long name = behindText(stream, at + ModuleInfo.HEAD_BYTES, end);
            at = behindText(stream, name, end) + 3 & -4;
        }
        return List.copyOf(modules);
    }

    /** Behind the NUL that ends a text, at most the end. */
    private static long behindText(MsfStream stream, long from, long end)
            throws MalformedException {
        long at = from;
        while (at < end) {
            ByteSource piece = stream.slice("ModuleName", at, Math.min(64, end - at));
            for (int index = 0; index < piece.sizeBytes(); index++) {
                if (piece.u1("ModuleName", index) == 0) {
                    return at + index + 1;
                }
            }
            at += piece.sizeBytes();
        }
        return end;
    }
}
