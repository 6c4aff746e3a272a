package dev.mortem.stack.demangle;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * {@code <operator-name>} (Itanium C++ ABI, 5.1.3.3) and the expression codes of 5.1.6.
 *
 * @param code two letters, as mangled
 * @param text as an expression shows it; a trailing space parts it from its operand
 * @param operands how many follow in an expression
 */
record OperatorCode(String code, String text, int operands) {
    private static final Map<String, OperatorCode> BY_CODE = Stream.of(
                    nullary("tr throw"),
                    unary("ad &", "co ~", "de *", "gs ::", "mm --", "ng -", "nt !"),
                    unary("pp ++", "ps +", "sP sizeof...", "sZ sizeof...", "nx noexcept"),
                    spaced("at alignof", "az alignof", "aw co_await", "da delete[]"),
                    spaced("dl delete", "st sizeof", "sz sizeof", "tw throw"),
                    spaced("te typeid", "ti typeid", "li operator\"\""),
                    binary("aN &=", "aS =", "aa &&", "an &", "cl ()", "cm ,", "dV /="),
                    binary("ds .*", "dt .", "dv /", "eO ^=", "eo ^", "eq ==", "ge >="),
                    binary("gt >", "ix []", "lS <<=", "le <=", "ls <<", "lt <", "mI -="),
                    binary("mL *=", "mi -", "ml *", "ne !=", "oR |=", "oo ||", "or |"),
                    binary("pL +=", "pl +", "pm ->*", "pt ->", "rM %=", "rS >>=", "rm %"),
                    binary("rs >>", "ss <=>", "di =", "dx ]=", "fl ...", "fr ..."),
                    binary("cc const_cast", "dc dynamic_cast", "rc reinterpret_cast"),
                    binary("sc static_cast"),
                    ternary("qu ?", "nw new", "na new[]", "dX [...]=", "fL ...", "fR ..."))
            .flatMap(Function.identity())
            .collect(Collectors.toUnmodifiableMap(OperatorCode::code, Function.identity()));

    static Optional<OperatorCode> of(String code) {
        return Optional.ofNullable(BY_CODE.get(code));
    }

    boolean is(String other) {
        return code.equals(other);
    }

    /** static_cast and its three kin, which are written with angle brackets. */
    boolean isNamedCast() {
        return code.equals("sc") || code.equals("dc") || code.equals("cc") || code.equals("rc");
    }

    boolean isFold() {
        return code.charAt(0) == 'f';
    }

    boolean isDesignator() {
        return code.equals("di") || code.equals("dx") || code.equals("dX");
    }

    private static Stream<OperatorCode> nullary(String... rows) {
        return rows(0, "", rows);
    }

    private static Stream<OperatorCode> unary(String... rows) {
        return rows(1, "", rows);
    }

    private static Stream<OperatorCode> spaced(String... rows) {
        return rows(1, " ", rows);
    }

    private static Stream<OperatorCode> binary(String... rows) {
        return rows(2, "", rows);
    }

    private static Stream<OperatorCode> ternary(String... rows) {
        return rows(3, "", rows);
    }

    private static Stream<OperatorCode> rows(int operands, String end, String... rows) {
        return Stream.of(rows)
                .map(row ->
                        new OperatorCode(row.substring(0, 2), row.substring(3) + end, operands));
    }
}
