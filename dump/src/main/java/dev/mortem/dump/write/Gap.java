package dev.mortem.dump.write;

/**
 * Memory that could not be read while the dump was written; the file has zeros there.
 *
 * @param why for people
 */
public record Gap(long address, long sizeBytes, String why) {}
