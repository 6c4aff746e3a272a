package dev.mortem.format.elf;

import dev.mortem.base.bytes.ByteSource;

/** The memory that a module was mapped to, by the addresses it was linked for. */
@FunctionalInterface
public interface SvmaReader {
    /**
     * What is present from {@code svma} on, at most {@code sizeBytes}: perhaps nothing.
     *
     * @param part the structure, as messages name it
     * @param sizeBytes bounded by the caller
     */
    ByteSource read(String part, long svma, long sizeBytes);
}
