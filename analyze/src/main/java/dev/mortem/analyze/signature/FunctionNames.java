package dev.mortem.analyze.signature;

import java.util.regex.Pattern;

/**
 * Function names as a signature keeps them: the same whatever the compiler made of the
 * function.
 */
final class FunctionNames {
    /**
     * GCC and LLVM append these to a function's symbol when they split, copy or specialise it:
     * "parse.part.0", "parse.cold", "parse.constprop.0.isra.1", "parse.llvm.123".
     */
    private static final Pattern CLONE = Pattern.compile(
            "\\.(?:part|cold|constprop|isra|lto_priv|llvm|localalias|clone|warm|hot|resolver"
                    + "|specialized|str|__uniq)(?:\\.?\\d+)?(?=\\.|$|\\s|\\[)");

    private static final Pattern CLONE_DISPLAY = Pattern.compile("\\s*\\[clone [^\\]]*\\]");
    private static final Pattern VERSION = Pattern.compile("@.*$");

    private FunctionNames() {}

    /** Without clone suffixes, symbol version and parameters: "shop::Cart::total". */
    static String normalised(String raw, String display) {
        String name = CLONE_DISPLAY.matcher(display).replaceAll("");
        name = CLONE.matcher(name).replaceAll("");
        if (raw.equals(display)) {
            return VERSION.matcher(name).replaceAll("");
        }
        return withoutParameters(name);
    }

    /**
     * Cuts at the parenthesis that opens the parameters, not at one of "operator()" or
     * "(anonymous".
     */
    private static String withoutParameters(String name) {
        int depth = 0;
        for (int index = 0; index < name.length(); index++) {
            char letter = name.charAt(index);
            if (letter == '<') {
                depth++;
            } else if (letter == '>' && depth > 0 && !name.startsWith("->", index - 1)) {
                depth--;
            } else if (letter == '(' && depth == 0 && index > 0) {
                boolean callOperator = name.startsWith("operator()", index - 8 < 0 ? 0 : index - 8);
                boolean anonymous = name.startsWith("(anonymous namespace)", index);
                boolean lambda = name.startsWith("{lambda(", Math.max(0, index - 7));
                if (!callOperator && !anonymous && !lambda) {
                    return name.substring(0, index);
                }
            }
        }
        return name;
    }
}
