package dev.mortem.format.pe;

/** How the bytes of an image lie. */
public enum PeLayout {
    /** As in a file: each section at its PointerToRawData. */
    FILE,
    /** As in memory: each section at its VirtualAddress, an offset is an rva. */
    MAPPED
}
