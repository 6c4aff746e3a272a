package dev.mortem.collect.trigger;

import java.util.regex.Pattern;

/** A pattern of names with * and ?; one without a slash is held against the last part of a path. */
public record NameGlob(String text) {
    public static final NameGlob ANY = new NameGlob("*");

    /** Whether a path, or its file name, fits; case matters, as it does to Linux. */
    public boolean fits(String path) {
        String name = text.indexOf('/') >= 0 ? path : path.substring(path.lastIndexOf('/') + 1);
        return pattern().matcher(name).matches();
    }

    private Pattern pattern() {
        StringBuilder regex = new StringBuilder();
        for (String part : text.split("(?<=[*?])|(?=[*?])", -1)) {
            switch (part) {
                case "*" -> regex.append(".*");
                case "?" -> regex.append('.');
                default -> regex.append(Pattern.quote(part));
            }
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL);
    }
}
