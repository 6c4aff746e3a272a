package dev.mortem.stack.locate;

import dev.mortem.base.address.Addresses;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ElfHeader;
import dev.mortem.format.elf.ProgramHeader;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Whether a file is the one that a module was loaded from.
 *
 * <p>The build id decides where the snapshot has it. Without one the file must fit in every way that
 * can be checked: its segments lie where the module was mapped, the program was started at its entry
 * point, and each byte of its read-only segments that the snapshot has is equal. A program built anew
 * from slightly changed source differs in its first page already: sizes and offsets stand there.
 */
final class ModuleProof {
    /** The answer; {@code why} completes "the file …". */
    record Verdict(boolean same, String why) {}

    /** Enough to tell builds apart; more would read all of a large file for nothing. */
    private static final long COMPARED_BYTES_MAX = 1 << 20;

    /** One page: pages are absent or present as a whole. */
    private static final int CHUNK_BYTES = 4096;

    /** A dump without most pages of a module of 200 MB would be probed for seconds. */
    private static final int PROBES_MAX = 4096;

    /** Fewer equal bytes, the first page not among them, may be padding or a common start-up routine. */
    private static final long EQUAL_BYTES_MIN = 1024;

    private final ProcessSnapshot snapshot;

    ModuleProof(ProcessSnapshot snapshot) {
        this.snapshot = snapshot;
    }

    Verdict judge(LoadedModule module, ElfFile file, Optional<String> fileBuildId) {
        Optional<String> wanted = module.buildId();
        if (wanted.isPresent()) {
            if (fileBuildId.equals(wanted)) {
                return new Verdict(true, "has the same build id");
            }
            return new Verdict(
                    false,
                    fileBuildId
                            .map(id -> "has build id " + id + ", not " + wanted.get())
                            .orElse("has no build id, the module has " + wanted.get()));
        }
        return judgeByContent(module, file);
    }

    private Verdict judgeByContent(LoadedModule module, ElfFile file) {
        OptionalLong bias = LoadBias.of(module, file.programHeaders());
        if (bias.isEmpty()) {
            return new Verdict(false, "has other segments than the module in the process");
        }
        OptionalLong entry = Auxv.value(snapshot, Auxv.AT_ENTRY);
        boolean isProgram = entry.isPresent() && module.range().contains(entry.getAsLong());
        if (isProgram && entry.getAsLong() != file.header().entry() + bias.getAsLong()) {
            return new Verdict(false, "has another entry point than the program in the process");
        }
        try {
            return compare(module, file, bias.getAsLong(), isProgram);
        } catch (MalformedException malformed) {
            return new Verdict(false, "is broken: " + malformed.problem());
        }
    }

    private Verdict compare(LoadedModule module, ElfFile file, long bias, boolean entryFits)
            throws MalformedException {
        Comparison comparison = new Comparison(file);
        for (ProgramHeader segment : file.programHeaders()) {
            if (segment.type() == ProgramHeader.PT_LOAD && !segment.isWritable()) {
                long sizeBytes = Addresses.min(segment.fileSizeBytes(), segment.memorySizeBytes());
                long address = segment.svma() + bias;
                if (module.range().contains(address)) {
                    comparison.range(address, segment.fileOffset(), sizeBytes);
                }
            }
        }
        if (comparison.differsAt.isPresent()) {
            return new Verdict(
                    false,
                    "has other bytes than the process at file offset "
                            + Addresses.hex(comparison.differsAt.getAsLong()));
        }
        boolean enough = comparison.headerEqual
                || (entryFits && comparison.equalBytes > 0)
                || comparison.equalBytes >= EQUAL_BYTES_MIN;
        return enough
                ? new Verdict(true, "has the same bytes")
                : new Verdict(
                        false,
                        "cannot be shown to be the same: the dump has neither its build id nor"
                                + " enough of its bytes");
    }

    /** Compares what the snapshot has of the module with the file, until something differs. */
    private final class Comparison {
        private final ByteSource file;
        private final long headerBytes;
        private long equalBytes;
        private int probes;
        private boolean headerEqual;
        private OptionalLong differsAt = OptionalLong.empty();

        Comparison(ElfFile elf) {
            ElfHeader header = elf.header();
            this.file = elf.bytes();
            // up to the end of the program headers, which stand in the first page
            this.headerBytes = header.programHeadersOffset()
                    + (long) header.programHeaderCount() * header.programHeaderSizeBytes();
        }

        void range(long address, long fileOffset, long sizeBytes) throws MalformedException {
            byte[] inMemory = new byte[CHUNK_BYTES];
            long done = 0;
            while (done < sizeBytes && differsAt.isEmpty()) {
                if (equalBytes >= COMPARED_BYTES_MAX || probes++ >= PROBES_MAX) {
                    return;
                }
                long toPageEnd = CHUNK_BYTES - ((address + done) & (CHUNK_BYTES - 1));
                int wanted = (int) Math.min(toPageEnd, sizeBytes - done);
                int present = snapshot.memory().read(address + done, inMemory, 0, wanted);
                if (present > 0) {
                    chunk(inMemory, present, fileOffset + done);
                }
                done += wanted;
            }
        }

        private void chunk(byte[] inMemory, int sizeBytes, long fileOffset)
                throws MalformedException {
            byte[] inFile = file.bytes("segment", fileOffset, sizeBytes);
            int differs = Arrays.mismatch(inFile, 0, sizeBytes, inMemory, 0, sizeBytes);
            if (differs >= 0) {
                differsAt = OptionalLong.of(fileOffset + differs);
                return;
            }
            for (int index = 0; index < sizeBytes; index++) {
                equalBytes += inFile[index] == 0 ? 0 : 1; // zeros are equal in every file
            }
            headerEqual |= fileOffset == 0 && sizeBytes >= headerBytes;
        }
    }
}
