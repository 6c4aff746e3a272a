package dev.mortem.base.snapshot;

import java.util.Arrays;

/**
 * A note as the kernel or a dump gave it, kept so that writing what was read loses nothing.
 *
 * @param owner the note's name: "CORE", "LINUX"
 * @param type its number under that owner: NT_X86_XSTATE is 0x202 of LINUX
 * @param content its bytes; not to be changed
 */
@SuppressWarnings("ArrayRecordComponent") // equals and hashCode below compare the content
public record RawNote(String owner, long type, byte[] content) {
    /** Whether this note is the given type of the given owner. */
    public boolean is(String wantedOwner, long wantedType) {
        return type == wantedType && owner.equals(wantedOwner);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RawNote that
                && type == that.type
                && owner.equals(that.owner)
                && Arrays.equals(content, that.content);
    }

    @Override
    public int hashCode() {
        return 31 * owner.hashCode() + Long.hashCode(type) + Arrays.hashCode(content);
    }

    @Override
    public String toString() {
        return owner + " " + type + ", " + content.length + " bytes";
    }
}
