package dev.mortem.analyze.reason;

import dev.mortem.base.snapshot.MemoryReader;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * What libc said before it aborted the process.
 *
 * <p>glibc keeps the last fatal message for debuggers: {@code struct abort_msg_s {unsigned int
 * size;
 * char msg[];} *__abort_msg} (glibc, include/assert.h; a GLIBC_PRIVATE symbol of libc.so.6).
 * assert(),
 * the checks of malloc and those of -D_FORTIFY_SOURCE go through it; a plain abort() leaves it
 * null.
 */
public record AbortMessage(Kind kind, String text) {
    public static final String SYMBOL = "__abort_msg";

    /** Messages are one line; an assertion quotes its expression, which macros can make long. */
    private static final int TEXT_BYTES_MAX = 8192;

    private static final List<Pattern> HEAP = List.of(
            Pattern.compile("^(?:free|malloc|calloc|realloc|memalign|munmap_chunk|mremap_chunk"
                    + "|malloc_consolidate|tcache_thread_shutdown|sysmalloc|unlink_chunk"
                    + "|_int_malloc|_int_free|malloc_check_get_size|mtrace)\\(\\).*"),
            Pattern.compile(".*(?:double free or corruption|corrupted size vs\\. prev_size"
                    + "|corrupted double-linked list|corrupted unsorted chunks|invalid fastbin"
                    + "|break adjusted to free malloc space|memory corruption).*"),
            Pattern.compile(".*malloc\\.c:\\d+: .*Assertion .*"));

    /** Which of libc's checks spoke. */
    public enum Kind {
        ASSERTION,
        HEAP_CORRUPTION,
        STACK_SMASHED,
        BUFFER_OVERFLOW,
        OTHER
    }

    /** The message that a variable at {@code variableAddress} points to. */
    public static Optional<AbortMessage> read(MemoryReader memory, long variableAddress) {
        OptionalLong at = memory.pointer(variableAddress);
        if (at.isEmpty() || at.getAsLong() == 0) {
            return Optional.empty();
        }
        OptionalLong size = memory.u4(at.getAsLong());
        if (size.isEmpty() || size.getAsLong() == 0) {
            return Optional.empty();
        }
        int room = (int) Math.min(TEXT_BYTES_MAX, size.getAsLong());
        return memory.cString(at.getAsLong() + 4, room)
                .map(String::strip)
                .filter(text -> !text.isEmpty())
                .map(AbortMessage::of);
    }

    /** Classifies a message. */
    public static AbortMessage of(String text) {
        Kind kind;
        if (HEAP.stream().anyMatch(pattern -> pattern.matcher(text).matches())) {
            kind = Kind.HEAP_CORRUPTION;
        } else if (text.contains("Assertion `") || text.contains("Unexpected error: ")) {
            kind = Kind.ASSERTION;
        } else if (text.contains("stack smashing detected")) {
            kind = Kind.STACK_SMASHED;
        } else if (text.contains("buffer overflow detected")) {
            kind = Kind.BUFFER_OVERFLOW;
        } else {
            kind = Kind.OTHER;
        }
        return new AbortMessage(kind, text);
    }
}
