package dev.mortem.format.go;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;

/**
 * A call that was inlined into a function (package runtime, inlinedCall). Up to Go 1.19 an entry has 20
 * bytes, with the call's position spelled out between; since 1.20 it has 16.
 *
 * @param nameOffset where the callee's name is among the names
 * @param parentPc an instruction whose position is the call's, from the function's entry on; negative
 *     only where the table is broken
 */
record InlinedCall(long nameOffset, int parentPc) {
    static InlinedCall read(ByteSource entry, PclnVersion version) throws MalformedException {
        boolean isShort = version == PclnVersion.GO_1_20;
        return new InlinedCall(
                entry.u4("nameOff", isShort ? 4 : 12), entry.s4("parentPc", isShort ? 8 : 16));
    }

    static int sizeBytes(PclnVersion version) {
        return version == PclnVersion.GO_1_20 ? 16 : 20;
    }
}
