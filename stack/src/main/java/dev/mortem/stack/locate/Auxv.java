package dev.mortem.stack.locate;

import dev.mortem.base.bytes.ByteCursor;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.RawNote;

import java.util.Optional;
import java.util.OptionalLong;

/** What the kernel told the program when it started (NT_AUXV; System V ABI, Auxiliary Vector). */
final class Auxv {
    /** Address of the program's entry point. */
    static final long AT_ENTRY = 9;

    private static final long AT_NULL = 0;
    private static final long NT_AUXV = 6;

    private Auxv() {}

    /** The first value of that type; empty where the snapshot has none. */
    static OptionalLong value(ProcessSnapshot snapshot, long type) {
        Optional<RawNote> note =
                snapshot.notes().stream().filter(raw -> raw.is("CORE", NT_AUXV)).findFirst();
        if (note.isEmpty()) {
            return OptionalLong.empty();
        }
        int word = snapshot.machine().pointerSizeBytes();
        ByteSource content = ByteSource.ofBytes(
                "NT_AUXV", note.get().content(), snapshot.machine().order());
        try {
            ByteCursor cursor = content.cursor(0);
            while (cursor.remaining() >= 2L * word) {
                long found = cursor.unsigned("a_type", word);
                long value = cursor.unsigned("a_val", word);
                if (found == type) {
                    return OptionalLong.of(value);
                }
                if (found == AT_NULL) {
                    return OptionalLong.empty();
                }
            }
        } catch (MalformedException impossible) {
            throw new IllegalStateException("a read within the checked size failed", impossible);
        }
        return OptionalLong.empty();
    }
}
