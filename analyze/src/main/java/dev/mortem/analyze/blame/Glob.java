package dev.mortem.analyze.blame;

/** A pattern in which * is any text and ? any one character. Immutable. */
final class Glob {
    private final String pattern;

    Glob(String pattern) {
        this.pattern = pattern;
    }

    /** In time linear in text times stars: on a mismatch only the last star is tried again. */
    boolean matches(String text) {
        int at = 0;
        int star = -1;
        int starText = 0;
        int index = 0;
        while (index < text.length()) {
            boolean same = at < pattern.length()
                    && (pattern.charAt(at) == '?' || pattern.charAt(at) == text.charAt(index));
            if (at < pattern.length() && pattern.charAt(at) == '*') {
                star = at++;
                starText = index;
            } else if (same) {
                at++;
                index++;
            } else if (star >= 0) {
                at = star + 1;
                index = ++starText;
            } else {
                return false;
            }
        }
        while (at < pattern.length() && pattern.charAt(at) == '*') {
            at++;
        }
        return at == pattern.length();
    }
}
