package dev.mortem.collect.when;

import dev.mortem.base.text.Quantity;

import java.time.Duration;
import java.util.function.Function;
import java.util.function.Predicate;

/** Reads the words, numbers and signs of a condition from left to right. Belongs to one thread. */
final class WhenScanner {
    private final String text;
    private int at;

    WhenScanner(String text) {
        this.text = text;
    }

    boolean isAtEnd() {
        skipBlanks();
        return at == text.length();
    }

    /** Takes that word, or sign, if it comes next; a word must end there. */
    boolean tryTake(String wanted) {
        skipBlanks();
        if (!text.startsWith(wanted, at)) {
            return false;
        }
        int end = at + wanted.length();
        boolean isWord = isWordPart(wanted.charAt(wanted.length() - 1));
        if (isWord && end < text.length() && isWordPart(text.charAt(end))) {
            return false;
        }
        at = end;
        return true;
    }

    void take(String wanted, String allowed) throws WhenException {
        if (!tryTake(wanted)) {
            throw failure(allowed);
        }
    }

    /** Letters, digits, hyphens; empty where none comes. */
    String takeWord() {
        skipBlanks();
        return takeWhile(WhenScanner::isWordPart);
    }

    /** Up to a blank or a closing parenthesis; or what stands in quotation marks. */
    String takeToken(String allowed) throws WhenException {
        skipBlanks();
        if (at < text.length() && text.charAt(at) == '"') {
            return takeQuoted(allowed);
        }
        String token = takeWhile(each -> !Character.isWhitespace(each) && each != ')');
        if (token.isEmpty()) {
            throw failure(allowed);
        }
        return token;
    }

    /** In quotation marks; a quotation mark inside is written \". */
    String takeQuoted(String allowed) throws WhenException {
        skipBlanks();
        int start = at;
        if (at == text.length() || text.charAt(at) != '"') {
            throw failure(allowed);
        }
        at++;
        StringBuilder taken = new StringBuilder();
        while (at < text.length() && text.charAt(at) != '"') {
            boolean escapes =
                    text.charAt(at) == '\\' && at + 1 < text.length() && text.charAt(at + 1) == '"';
            at += escapes ? 1 : 0;
            taken.append(text.charAt(at));
            at++;
        }
        if (at == text.length()) {
            at = start;
            throw failure(allowed + ", with a quotation mark at its end");
        }
        at++;
        return taken.toString();
    }

    double takeNumber(String allowed) throws WhenException {
        skipBlanks();
        int start = at;
        String digits = takeWhile(each -> (each >= '0' && each <= '9') || each == '.');
        try {
            return Double.parseDouble(digits);
        } catch (NumberFormatException notANumber) {
            at = start;
            throw failure(allowed);
        }
    }

    /** A whole number. */
    long takeCount(String allowed) throws WhenException {
        skipBlanks();
        int start = at;
        String digits = takeWhile(each -> each >= '0' && each <= '9');
        if (digits.isEmpty() || digits.length() > 12) {
            at = start;
            throw failure(allowed);
        }
        return Long.parseLong(digits);
    }

    Duration takeDuration(String allowed) throws WhenException {
        return takeQuantity(allowed, Quantity::duration);
    }

    long takeSize(String allowed) throws WhenException {
        return takeQuantity(allowed, Quantity::sizeBytes);
    }

    private <T> T takeQuantity(String allowed, Function<String, T> reader) throws WhenException {
        skipBlanks();
        int start = at;
        String digits = takeWhile(each -> (each >= '0' && each <= '9') || each == '.');
        skipBlanks();
        String unit = takeWhile(Character::isLetter);
        try {
            return reader.apply(digits + unit);
        } catch (IllegalArgumentException notOne) {
            at = start;
            throw failure(allowed);
        }
    }

    /** What is wrong where we stand. */
    WhenException failure(String allowed) {
        return failureAt(position(), allowed);
    }

    WhenException failureAt(int position, String allowed) {
        int end = position;
        while (end < text.length() && !Character.isWhitespace(text.charAt(end))) {
            end++;
        }
        String found =
                position >= text.length() ? "the end" : "\"" + text.substring(position, end) + "\"";
        return new WhenException(position + 1, found, allowed);
    }

    /** Where the next thing begins. */
    int position() {
        skipBlanks();
        return at;
    }

    private String takeWhile(Predicate<Character> wanted) {
        int start = at;
        while (at < text.length() && wanted.test(text.charAt(at))) {
            at++;
        }
        return text.substring(start, at);
    }

    private void skipBlanks() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private static boolean isWordPart(char each) {
        return Character.isLetterOrDigit(each) || each == '-' || each == '_';
    }
}
