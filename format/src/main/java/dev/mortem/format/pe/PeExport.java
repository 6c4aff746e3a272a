package dev.mortem.format.pe;

import java.util.Optional;

/**
 * One export under one name; a function with two names is two exports.
 *
 * @param name empty for one that is exported by its ordinal only
 * @param ordinal with the image's base for ordinals added, as importers give it
 * @param rva of the function or variable; of a forwarder, of its text
 * @param forwarder "NTDLL.RtlAllocateHeap" where the export is that of another module
 */
public record PeExport(Optional<String> name, long ordinal, long rva, Optional<String> forwarder) {}
