package dev.mortem.analyze.signature;

import java.util.regex.Matcher;
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

    private static final Pattern LAMBDA = Pattern.compile("\\{lambda\\(.*?\\)(?:#\\d+)?\\}");
    private static final Pattern UNNAMED = Pattern.compile("\\{unnamed type#\\d+\\}");
    private static final Pattern AFTER_PARAMETERS =
            Pattern.compile("\\G(?:\\s*(?:const|volatile|&&|&)(?![\\w]))*");

    private static final String ANONYMOUS = "(anonymous namespace)";
    /** The space of "{unnamed type}". */
    private static final String IN_BRACES = " type}";

    private static final String CALL_OPERATOR = "operator()";
    private static final String OPERATOR = "operator";

    private FunctionNames() {}

    /**
     * Without clone suffixes, symbol version, parameters and, of a template, what it returns:
     * "shop::Cart::total". Debug information names a lambda without a number and parameters, as it
     * names a function that was inlined, and so does a signature: "serve::{lambda}::operator()".
     */
    static String normalised(String raw, String display) {
        String name = CLONE_DISPLAY.matcher(display).replaceAll("");
        name = CLONE.matcher(name).replaceAll("");
        if (raw.equals(display)) {
            return VERSION.matcher(name).replaceAll("");
        }
        name = LAMBDA.matcher(name).replaceAll("{lambda}");
        name = UNNAMED.matcher(name).replaceAll("{unnamed type}");
        return withoutTypes(name);
    }

    /** Leaves out each list of parameters, those of functions around a lambda too. */
    private static String withoutTypes(String name) {
        StringBuilder kept = new StringBuilder();
        int depth = 0;
        int index = 0;
        while (index < name.length()) {
            char letter = name.charAt(index);
            boolean outside = depth == 0;
            if (outside && name.startsWith(ANONYMOUS, index)) {
                kept.append(ANONYMOUS);
                index += ANONYMOUS.length();
                continue;
            }
            if (outside && name.startsWith(CALL_OPERATOR, index)) {
                kept.append(CALL_OPERATOR);
                index += CALL_OPERATOR.length();
                continue;
            }
            if (outside && letter == '(' && !kept.isEmpty()) {
                index = behindParameters(name, index);
                boolean more = name.startsWith("::", index) || name.startsWith(" ", index);
                if (!more) {
                    break;
                }
                continue;
            }
            if (outside
                    && letter == ' '
                    && !isOperator(kept)
                    && !name.startsWith(IN_BRACES, index)) {
                kept.setLength(0); // what a template returns stands before its name
                index++;
                continue;
            }
            boolean arrow = letter == '>' && name.startsWith("->", index - 1);
            if (letter == '<' && !isOperator(kept)) {
                depth++;
            } else if (letter == '>' && depth > 0 && !arrow) {
                depth--;
            }
            kept.append(letter);
            index++;
        }
        return kept.toString();
    }

    private static int behindParameters(String name, int from) {
        int depth = 0;
        int index = from;
        do {
            char letter = name.charAt(index++);
            depth += letter == '(' ? 1 : letter == ')' ? -1 : 0;
        } while (depth > 0 && index < name.length());
        Matcher qualifiers = AFTER_PARAMETERS.matcher(name);
        return qualifiers.find(index) ? qualifiers.end() : index;
    }

    /** Whether an operator's name is being read, which may have spaces: "operator new". */
    private static boolean isOperator(StringBuilder kept) {
        int last = kept.lastIndexOf(OPERATOR);
        if (last < 0 || (last > 0 && Character.isJavaIdentifierPart(kept.charAt(last - 1)))) {
            return false;
        }
        int end = last + OPERATOR.length();
        boolean word = end == kept.length() || !Character.isJavaIdentifierPart(kept.charAt(end));
        return word && kept.indexOf("::", end) < 0 && kept.indexOf("(", end) < 0;
    }
}
