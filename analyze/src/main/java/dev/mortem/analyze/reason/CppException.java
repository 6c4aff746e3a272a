package dev.mortem.analyze.reason;

import dev.mortem.base.address.Addresses;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.RegisterContext;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A C++ exception in flight on a thread, found in memory.
 *
 * <p>The Itanium C++ ABI (Exception Handling, 2.2) puts a header in front of every thrown object,
 * and
 * the header ends with an _Unwind_Exception whose class is "GNUCC++\0" for libstdc++. A thread's
 * list of
 * caught exceptions stands in its thread-local storage just below the thread pointer;
 * std::terminate
 * has put the exception there. Where it is not found, the words of the stack are tried: __cxa_throw
 * keeps the object in a register that its callees save. 64-bit only.
 *
 * @param typeName the type's mangled name: "St13runtime_error"
 * @param what the text of what(), for types derived from std::runtime_error and std::logic_error
 */
public record CppException(String typeName, Optional<String> what) {
    /** "GNUCC++\0" as a little-endian number; the last byte is 1 for a dependent exception. */
    private static final long GNU_CPP_CLASS = 0x474e5543432b2b00L;

    /** __cxa_exception of libstdc++ (unwind-cxx.h), offsets from its start. */
    private static final int TYPE_OFFSET = 0;

    private static final int UNWIND_HEADER_OFFSET = 80;
    private static final int OBJECT_OFFSET = 112;

    /** The static TLS of libc, libstdc++ and a program; libraries with more are rare. */
    private static final int THREAD_LOCAL_BYTES = 16 * 1024;

    /** From abort() up to __cxa_throw it is a few hundred bytes. */
    private static final int STACK_BYTES = 16 * 1024;

    private static final int NAME_BYTES_MAX = 2048;
    private static final int TEXT_BYTES_MAX = 4096;
    /** Deeper hierarchies of exceptions have not been seen; a cycle in broken memory ends here. */
    private static final int BASES_MAX = 12;

    /** Types that hold their text as a pointer behind the vtable pointer (__cow_string). */
    private static final Set<String> WITH_TEXT = Set.of("St13runtime_error", "St11logic_error");

    /** The exception of a thread; empty where none is found. */
    public static Optional<CppException> find(
            MemoryReader memory, MemoryReader code, RegisterContext registers) {
        if (memory.machine().pointerSizeBytes() != 8) {
            return Optional.empty();
        }
        OptionalLong threadPointer = registers.get("fs_base");
        if (threadPointer.isPresent() && threadPointer.getAsLong() != 0) {
            Optional<CppException> caught = scan(
                    memory,
                    code,
                    threadPointer.getAsLong() - THREAD_LOCAL_BYTES,
                    THREAD_LOCAL_BYTES);
            if (caught.isPresent()) {
                return caught;
            }
        }
        return registers.sp().isPresent()
                ? scan(memory, code, registers.sp().getAsLong(), STACK_BYTES)
                : Optional.empty();
    }

    /** Tries every word as a pointer to the header, to its end, or to the object. */
    private static Optional<CppException> scan(
            MemoryReader memory, MemoryReader code, long from, int sizeBytes) {
        Set<Long> tried = new HashSet<>();
        for (int offset = 0; offset < sizeBytes; offset += 8) {
            OptionalLong word = memory.u8(from + offset);
            if (word.isEmpty() || word.getAsLong() == 0 || !tried.add(word.getAsLong())) {
                continue;
            }
            long value = word.getAsLong();
            for (long header :
                    new long[] {value, value - UNWIND_HEADER_OFFSET, value - OBJECT_OFFSET}) {
                Optional<CppException> found = at(memory, code, header);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<CppException> at(MemoryReader memory, MemoryReader code, long header) {
        OptionalLong exceptionClass = memory.u8(header + UNWIND_HEADER_OFFSET);
        if (exceptionClass.isEmpty() || exceptionClass.getAsLong() != GNU_CPP_CLASS) {
            return Optional.empty();
        }
        OptionalLong type = memory.u8(header + TYPE_OFFSET);
        if (type.isEmpty()) {
            return Optional.empty();
        }
        List<String> names = typeAndBases(code, type.getAsLong());
        if (names.isEmpty()) {
            return Optional.of(new CppException(
                    "type at " + Addresses.hex(type.getAsLong()), Optional.empty()));
        }
        boolean hasText = names.stream().anyMatch(WITH_TEXT::contains);
        OptionalLong text = hasText ? memory.u8(header + OBJECT_OFFSET + 8) : OptionalLong.empty();
        return Optional.of(new CppException(
                names.getFirst(),
                text.isPresent()
                        ? code.cString(text.getAsLong(), TEXT_BYTES_MAX)
                        : Optional.empty()));
    }

    /**
     * Mangled names of a type and of its single or first bases (Itanium C++ ABI, 2.9.5): a
     * type_info is
     * a vtable pointer and a name; behind it __si_class_type_info has its base's type_info.
     */
    private static List<String> typeAndBases(MemoryReader code, long type) {
        List<String> names = new ArrayList<>();
        long at = type;
        for (int depth = 0; depth < BASES_MAX; depth++) {
            OptionalLong nameAt = code.u8(at + 8);
            Optional<String> name = nameAt.isPresent()
                    ? code.cString(nameAt.getAsLong(), NAME_BYTES_MAX)
                    : Optional.empty();
            if (name.isEmpty() || !looksMangled(name.get())) {
                break;
            }
            names.add(name.get().startsWith("*") ? name.get().substring(1) : name.get());
            OptionalLong base = code.u8(at + 16);
            if (base.isEmpty() || base.getAsLong() == 0) {
                break;
            }
            at = base.getAsLong();
        }
        return names;
    }

    private static boolean looksMangled(String name) {
        return !name.isEmpty()
                && name.chars()
                        .allMatch(letter -> letter == '_'
                                || letter == '*'
                                || letter == '.'
                                || letter == '$'
                                || (letter >= '0' && letter <= '9')
                                || (letter >= 'A' && letter <= 'Z')
                                || (letter >= 'a' && letter <= 'z'));
    }
}
