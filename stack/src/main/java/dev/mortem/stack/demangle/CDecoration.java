package dev.mortem.stack.demangle;

import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What Microsoft's compilers put around the names of C functions on 32-bit x86 ("Decorated Names",
 * "Format of a C decorated name"): {@code _name} for cdecl, {@code _name@8} for stdcall, {@code @name@8}
 * for fastcall; and on every CPU {@code name@@16} for vectorcall. The number is the size of the
 * parameters in bytes.
 */
public final class CDecoration {
    /** Of 64 parameters; every one takes a multiple of a word. */
    private static final int PARAMETER_BYTES_MAX = 256;

    private static final int WORD_BYTES = 4;

    private CDecoration() {}

    /**
     * What the linker may call a function of 32-bit x86 that has this name in the source, cdecl first, the
     * fewest bytes of parameters first: for tables that are asked by whole names.
     */
    public static Stream<String> decorations(String name) {
        Stream<String> sized = IntStream.rangeClosed(0, PARAMETER_BYTES_MAX / WORD_BYTES)
                .map(words -> words * WORD_BYTES)
                .boxed()
                .flatMap(bytes -> Stream.of(
                        "_" + name + "@" + bytes, "@" + name + "@" + bytes, name + "@@" + bytes));
        return Stream.concat(Stream.of("_" + name), sized);
    }

    /**
     * The name in the source; empty where there is no decoration. Only of names of 32-bit x86: elsewhere
     * an underscore belongs to the name.
     */
    public static Optional<String> undecorated(String name) {
        if (name.startsWith("?") || name.startsWith("_?")) {
            return Optional.empty();
        }
        int at = name.lastIndexOf('@');
        boolean sized = at > 0 && at + 1 < name.length() && isSize(name.substring(at + 1));
        if (sized && name.charAt(at - 1) == '@' && at > 1) {
            return Optional.of(name.substring(0, at - 1));
        }
        if (sized && at > 1 && (name.charAt(0) == '_' || name.charAt(0) == '@')) {
            return Optional.of(name.substring(1, at));
        }
        return name.length() > 1 && name.charAt(0) == '_'
                ? Optional.of(name.substring(1))
                : Optional.empty();
    }

    private static boolean isSize(String text) {
        return text.length() <= 5 && text.chars().allMatch(c -> NameText.isDigit((char) c));
    }
}
