package dev.mortem.stack.demangle;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** {@code <builtin-type>} (Itanium C++ ABI, 5.1.5.2) and how a literal of the type is written. */
enum BuiltinType {
    SIGNED_CHAR("a", "signed char", LiteralStyle.CAST),
    BOOL("b", "bool", LiteralStyle.BOOL),
    CHAR("c", "char", LiteralStyle.CAST),
    DOUBLE("d", "double", LiteralStyle.FLOAT),
    LONG_DOUBLE("e", "long double", LiteralStyle.FLOAT),
    FLOAT("f", "float", LiteralStyle.FLOAT),
    FLOAT128("g", "__float128", LiteralStyle.FLOAT),
    UNSIGNED_CHAR("h", "unsigned char", LiteralStyle.CAST),
    INT("i", "int", LiteralStyle.PLAIN),
    UNSIGNED_INT("j", "unsigned int", LiteralStyle.UNSIGNED),
    LONG("l", "long", LiteralStyle.LONG),
    UNSIGNED_LONG("m", "unsigned long", LiteralStyle.UNSIGNED_LONG),
    INT128("n", "__int128", LiteralStyle.CAST),
    UNSIGNED_INT128("o", "unsigned __int128", LiteralStyle.CAST),
    SHORT("s", "short", LiteralStyle.CAST),
    UNSIGNED_SHORT("t", "unsigned short", LiteralStyle.CAST),
    VOID("v", "void", LiteralStyle.CAST),
    WCHAR("w", "wchar_t", LiteralStyle.CAST),
    LONG_LONG("x", "long long", LiteralStyle.LONG_LONG),
    UNSIGNED_LONG_LONG("y", "unsigned long long", LiteralStyle.UNSIGNED_LONG_LONG),
    ELLIPSIS("z", "...", LiteralStyle.CAST),
    DECIMAL32("Df", "decimal32", LiteralStyle.CAST),
    DECIMAL64("Dd", "decimal64", LiteralStyle.CAST),
    DECIMAL128("De", "decimal128", LiteralStyle.CAST),
    HALF("Dh", "half", LiteralStyle.FLOAT),
    CHAR8("Du", "char8_t", LiteralStyle.CAST),
    CHAR16("Ds", "char16_t", LiteralStyle.CAST),
    CHAR32("Di", "char32_t", LiteralStyle.CAST),
    NULLPTR("Dn", "decltype(nullptr)", LiteralStyle.CAST);

    /** How a literal shows its type. */
    enum LiteralStyle {
        /** {@code (char)97} */
        CAST,
        /** {@code (double)[3ff0000000000000]}: the bits, since the ABI mangles bits */
        FLOAT,
        /** {@code true} */
        BOOL,
        PLAIN,
        UNSIGNED,
        LONG,
        UNSIGNED_LONG,
        LONG_LONG,
        UNSIGNED_LONG_LONG;

        /** What follows the digits. */
        String suffix() {
            return switch (this) {
                case CAST, FLOAT, BOOL, PLAIN -> "";
                case UNSIGNED -> "u";
                case LONG -> "l";
                case UNSIGNED_LONG -> "ul";
                case LONG_LONG -> "ll";
                case UNSIGNED_LONG_LONG -> "ull";
            };
        }
    }

    private static final Map<String, BuiltinType> BY_CODE = Arrays.stream(values())
            .collect(Collectors.toUnmodifiableMap(type -> type.code, Function.identity()));

    private final String code;
    private final String text;
    private final LiteralStyle literals;

    BuiltinType(String code, String text, LiteralStyle literals) {
        this.code = code;
        this.text = text;
        this.literals = literals;
    }

    static Optional<BuiltinType> of(String code) {
        return Optional.ofNullable(BY_CODE.get(code));
    }

    String text() {
        return text;
    }

    LiteralStyle literals() {
        return literals;
    }
}
