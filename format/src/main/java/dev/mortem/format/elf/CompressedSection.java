package dev.mortem.format.elf;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.limit.Limits;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Elf32_Chdr and Elf64_Chdr (gABI chapter 4, Section Compression) and GNU's older form: a section
 * named .zdebug_* that starts with "ZLIB" and the size as eight big-endian bytes.
 *
 * <p>What is inflated lies outside the Java heap and goes with its last view.
 */
final class CompressedSection {
    private static final long ELFCOMPRESS_ZLIB = 1;
    private static final long ELFCOMPRESS_ZSTD = 2;
    private static final String OLD_PREFIX = ".zdebug";
    private static final long OLD_MAGIC = 0x5a4c_4942L; // "ZLIB"
    private static final int OLD_HEADER_SIZE_BYTES = 12;

    /** Deflate cannot do better than 1 : 1032, so a greater claim is a lie. */
    private static final long DEFLATE_RATIO_MAX = 1032;

    private static final int CHUNK_BYTES = 1 << 16;

    private CompressedSection() {}

    /** The content as the linker made it: inflated, or as it is stored. */
    static ByteSource inflated(
            SectionHeader section, ElfClass elfClass, ByteSource stored, Limits limits)
            throws MalformedException {
        if ((section.flags() & SectionHeader.SHF_COMPRESSED) != 0) {
            return inflatedChdr(section, elfClass, stored, limits);
        }
        boolean old = section.name().startsWith(OLD_PREFIX)
                && stored.sizeBytes() >= OLD_HEADER_SIZE_BYTES
                && bigEndian(stored).u4("magic", 0) == OLD_MAGIC;
        if (!old) {
            return stored;
        }
        long sizeBytes = bigEndian(stored).u8("size", 4);
        ByteSource deflated = stored.from(section.name(), OLD_HEADER_SIZE_BYTES);
        return inflate(deflated, sizeBytes, limits);
    }

    private static ByteSource inflatedChdr(
            SectionHeader section, ElfClass elfClass, ByteSource stored, Limits limits)
            throws MalformedException {
        long type = stored.u4("ch_type", 0);
        long sizeBytes = elfClass.word(stored, "ch_size", 4, 8);
        ByteSource compressed = stored.from(section.name(), elfClass.pick(12, 24));
        if (type == ELFCOMPRESS_ZLIB) {
            return inflate(compressed, sizeBytes, limits);
        }
        if (type == ELFCOMPRESS_ZSTD) {
            return unzstd(compressed, sizeBytes, limits);
        }
        throw stored.malformed(
                "ch_type", 0, String.valueOf(type), "1 (ELFCOMPRESS_ZLIB) or 2 (ELFCOMPRESS_ZSTD)");
    }

    private static ByteSource inflate(ByteSource deflated, long sizeBytes, Limits limits)
            throws MalformedException {
        long possible = DEFLATE_RATIO_MAX * (deflated.sizeBytes() + 1);
        if (Long.compareUnsigned(sizeBytes, possible) > 0) {
            throw deflated.malformed(
                    "ch_size",
                    0,
                    Long.toUnsignedString(sizeBytes) + " bytes inflated",
                    "at most %,d from %,d deflated".formatted(possible, deflated.sizeBytes()));
        }
        MemorySegment target = allocate(deflated, sizeBytes, limits);
        Inflater inflater = new Inflater();
        try {
            ByteBuffer output = target.asByteBuffer();
            long consumed = 0;
            while (output.hasRemaining() && !inflater.finished()) {
                if (inflater.needsInput()) {
                    int chunk = (int) Math.min(CHUNK_BYTES, deflated.sizeBytes() - consumed);
                    if (chunk == 0 || inflater.needsDictionary()) {
                        break;
                    }
                    inflater.setInput(deflated.bytes("deflated", consumed, chunk));
                    consumed += chunk;
                }
                inflater.inflate(output);
            }
            requireSize(deflated, output.position(), sizeBytes);
        } catch (DataFormatException broken) {
            throw deflated.malformed(
                    "deflated", 0, String.valueOf(broken.getMessage()), "a zlib stream");
        } finally {
            inflater.end();
        }
        return ByteSource.ofSegment(deflated.name(), target, deflated.order());
    }

    private static ByteSource unzstd(ByteSource compressed, long sizeBytes, Limits limits)
            throws MalformedException {
        MemorySegment target = allocate(compressed, sizeBytes, limits);
        if (compressed.sizeBytes() > limits.max(ElfLimits.INFLATED_BYTES)) {
            throw tooLarge(compressed, compressed.sizeBytes(), limits);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment input = arena.allocate(Math.max(1, compressed.sizeBytes()));
            for (long done = 0; done < compressed.sizeBytes(); ) {
                int chunk = (int) Math.min(CHUNK_BYTES, compressed.sizeBytes() - done);
                byte[] bytes = compressed.bytes("zstd frame", done, chunk);
                MemorySegment.copy(bytes, 0, input, ValueLayout.JAVA_BYTE, done, chunk);
                done += chunk;
            }
            ByteBuffer output = target.asByteBuffer();
            ByteBuffer frames = input.asSlice(0, compressed.sizeBytes()).asByteBuffer();
            requireSize(compressed, Zstd.decompress(output, frames), sizeBytes);
        } catch (ZstdException broken) {
            throw compressed.malformed(
                    "zstd frame", 0, String.valueOf(broken.getMessage()), "a sound zstd frame");
        }
        return ByteSource.ofSegment(compressed.name(), target, compressed.order());
    }

    private static MemorySegment allocate(ByteSource compressed, long sizeBytes, Limits limits)
            throws MalformedException {
        if (!limits.allows(ElfLimits.INFLATED_BYTES, sizeBytes) || sizeBytes > Integer.MAX_VALUE) {
            throw tooLarge(compressed, sizeBytes, limits);
        }
        return Arena.ofAuto().allocate(sizeBytes);
    }

    private static void requireSize(ByteSource compressed, long found, long stated)
            throws MalformedException {
        if (found != stated) {
            throw compressed.malformed(
                    "ch_size",
                    0,
                    "%,d bytes inflated".formatted(found),
                    "the header says %,d".formatted(stated));
        }
    }

    private static MalformedException tooLarge(
            ByteSource compressed, long sizeBytes, Limits limits) {
        return compressed.malformed(
                "ch_size",
                0,
                Long.toUnsignedString(sizeBytes) + " bytes",
                "at most %,d".formatted(limits.max(ElfLimits.INFLATED_BYTES)));
    }

    private static ByteSource bigEndian(ByteSource source) {
        return source.withOrder(ByteOrder.BIG_ENDIAN);
    }
}
