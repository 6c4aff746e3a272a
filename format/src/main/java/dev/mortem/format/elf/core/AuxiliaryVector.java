package dev.mortem.format.elf.core;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * NT_AUXV: what the kernel told the process at its start, pairs of a type and a value, each as wide
 * as a pointer, ended by AT_NULL (getauxval(3), include/uapi/linux/auxvec.h).
 */
public record AuxiliaryVector(List<Entry> entries) {
    public static final long AT_NULL = 0;
    public static final long AT_PHDR = 3;
    public static final long AT_PHENT = 4;
    public static final long AT_PHNUM = 5;
    public static final long AT_PAGESZ = 6;
    public static final long AT_BASE = 7;
    public static final long AT_ENTRY = 9;
    public static final long AT_UID = 11;
    public static final long AT_PLATFORM = 15;
    public static final long AT_RANDOM = 25;
    public static final long AT_EXECFN = 31;
    public static final long AT_SYSINFO_EHDR = 33;

    /** The kernel's own bound is about 50; a note is read no further than this. */
    private static final int ENTRIES_MAX = 1024;

    public AuxiliaryVector {
        entries = List.copyOf(entries);
    }

    public record Entry(long type, long value) {}

    /** Nothing known. */
    public static AuxiliaryVector empty() {
        return new AuxiliaryVector(List.of());
    }

    /** Reads up to AT_NULL, or the note's end where that is missing. */
    public static AuxiliaryVector read(ByteSource content, CoreAbi abi) throws MalformedException {
        int word = abi.wordSizeBytes();
        List<Entry> entries = new ArrayList<>();
        long offset = 0;
        while (content.sizeBytes() - offset >= 2L * word && entries.size() < ENTRIES_MAX) {
            long type = content.unsigned("a_type", offset, word);
            if (type == AT_NULL) {
                break;
            }
            entries.add(new Entry(type, content.unsigned("a_val", offset + word, word)));
            offset += 2L * word;
        }
        return new AuxiliaryVector(entries);
    }

    public byte[] write(CoreAbi abi) {
        int pair = 2 * abi.wordSizeBytes();
        byte[] note = new byte[(entries.size() + 1) * pair];
        ByteBuffer target = abi.wrap(note);
        for (int index = 0; index < entries.size(); index++) {
            abi.putWord(target, index * pair, entries.get(index).type());
            abi.putWord(target, index * pair + pair / 2, entries.get(index).value());
        }
        return note;
    }

    /** The value of the first entry of that type. */
    public OptionalLong value(long type) {
        return entries.stream()
                .filter(entry -> entry.type == type)
                .mapToLong(Entry::value)
                .findFirst();
    }
}
