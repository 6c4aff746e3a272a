package dev.mortem.analyze.report;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Fits a long name, above all a C++ one, into a length. What is inside template brackets goes first, the
 * innermost before the outer, then parameters, then the middle; an ellipsis stands for whatever went.
 */
final class LongName {
    /** Beyond it only the middle is cut: nested brackets are looked for in names of bounded length. */
    private static final int PARSED_CHARS_MAX = 2048;

    /** Levels of brackets that are told apart; deeper ones go together. */
    private static final int DEPTH_MAX = 12;

    private static final String OPERATOR = "operator";

    private LongName() {}

    /** The name in at most {@code max} characters, which are more than the ellipsis has. */
    static String fitted(String name, int max, String ellipsis) {
        if (name.length() <= max) {
            return name;
        }
        String shorter =
                name.length() <= PARSED_CHARS_MAX ? name : middle(name, PARSED_CHARS_MAX, ellipsis);
        shorter = collapsed(shorter, '<', '>', max, ellipsis);
        shorter = collapsed(shorter, '(', ')', max, ellipsis);
        return middle(shorter, max, ellipsis);
    }

    /** The text with its middle left out, where it is too long; pairs of surrogates stay whole. */
    static String middle(String text, int max, String ellipsis) {
        if (text.length() <= max) {
            return text;
        }
        int kept = max - ellipsis.length();
        int head = kept - kept / 2;
        int tail = text.length() - kept / 2;
        if (Character.isHighSurrogate(text.charAt(head - 1))) {
            head--;
        }
        if (tail < text.length() && Character.isLowSurrogate(text.charAt(tail))) {
            tail++;
        }
        return text.substring(0, head) + ellipsis + text.substring(tail);
    }

    /** Without the insides of brackets, from the deepest level outwards until the name fits. */
    private static String collapsed(String name, char open, char close, int max, String ellipsis) {
        if (name.length() <= max) {
            return name;
        }
        int[] depths = depths(name, open, close);
        int deepest = 0;
        for (int depth : depths) {
            deepest = Math.max(deepest, depth);
        }
        String shorter = name;
        for (int depth = Math.min(deepest, DEPTH_MAX); depth > 0; depth--) {
            shorter = withoutDepth(name, depths, depth, ellipsis);
            if (shorter.length() <= max) {
                return shorter;
            }
        }
        return shorter;
    }

    private static String withoutDepth(String name, int[] depths, int depth, String ellipsis) {
        StringBuilder out = new StringBuilder(name.length());
        for (int at = 0; at < name.length(); at++) {
            if (depths[at] < depth) {
                out.append(name.charAt(at));
            } else if (depths[at - 1] < depth) {
                out.append(ellipsis);
            }
        }
        return out.toString();
    }

    /** For each character how many brackets it is inside; all 0 where brackets do not pair. */
    private static int[] depths(String name, char open, char close) {
        int[] depths = new int[name.length()];
        Deque<Integer> opened = new ArrayDeque<>();
        for (int at = 0; at < name.length(); at++) {
            char each = name.charAt(at);
            boolean bracket = !isOperator(name, at);
            if (bracket && each == close) {
                if (opened.isEmpty()) {
                    return new int[name.length()];
                }
                opened.pop();
            }
            depths[at] = opened.size();
            if (bracket && each == open) {
                opened.push(at);
            }
        }
        return opened.isEmpty() ? depths : new int[name.length()];
    }

    /** Whether the character belongs to the name of an operator, or to an arrow: no bracket then. */
    private static boolean isOperator(String name, int at) {
        if (name.charAt(at) == '>' && at > 0 && name.charAt(at - 1) == '-') {
            return true;
        }
        int start = at;
        while (start > 0 && at - start < 3 && "<>=()-".indexOf(name.charAt(start - 1)) >= 0) {
            start--;
        }
        for (int from = start; from <= at; from++) {
            if (name.startsWith(OPERATOR, from - OPERATOR.length())) {
                return at < from + symbolLength(name, from);
            }
        }
        return false;
    }

    private static int symbolLength(String name, int from) {
        for (String symbol :
                new String[] {"<=>", "<<=", ">>=", "->*", "<<", ">>", "<=", ">=", "->", "()"}) {
            if (name.startsWith(symbol, from)) {
                return symbol.length();
            }
        }
        return 1;
    }
}
