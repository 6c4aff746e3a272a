package dev.mortem.analyze.mask;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces secrets in arguments and environment entries by {@value #MASKED}. What is masked:
 *
 * <ul>
 *   <li>the value of an option with a secret's name, joined or as the next argument:
 *       {@code --password=x}, {@code --token x}, {@code /apikey:x}, {@code -Ddb.password=x}
 *   <li>what follows -p where it is no number or path: {@code -pSecret}
 *   <li>the value of NAME=value with such a name, also inside a longer argument:
 * {@code PGPASSWORD=x}
 *   <li>the password of {@code scheme://user:password@host}, and secret parameters of a query
 *   <li>what follows Bearer, Basic or Token, and an Authorization or Cookie header's value
 *   <li>what looks like a token wherever it stands: JSON Web Tokens, keys of well-known issuers
 * </ul>
 */
public final class CommandLineMask {
    public static final String MASKED = "***";

    private static final String SECRET_WORD =
            "(?:passw(?:or)?d|passwd|passphrase|passwort|pwd|secret|token|api[-_.]?key|access[-_.]?key"
                    + "|private[-_.]?key|account[-_.]?key|shared[-_.]?key|signing[-_.]?key"
                    + "|encryption[-_.]?key|auth[-_.]?key|credentials?|creds?|authorization"
                    + "|cookie|session[-_.]?id|connection[-_.]?string|sas|pin)";

    /**
     * The word, alone or as part of a compound: DB_PASSWORD, client-secret, accessToken,
     * PGPASSWORD.
     */
    private static final Pattern SECRET_NAME =
            Pattern.compile("(?i)(?:^|.*[-_.:/])(?:pass|auth|pw|key)$"
                    + "|.*(?:passw(?:or)?d|passwd|passphrase|passwort|secret|token|api[-_.]?key"
                    + "|access[-_.]?key|private[-_.]?key|account[-_.]?key|shared[-_.]?key"
                    + "|signing[-_.]?key|encryption[-_.]?key|auth[-_.]?key|credential|authorization"
                    + "|connection[-_.]?string).*"
                    + "|(?:^|.*[-_.])(?:pwd|creds?|cookie|session[-_.]?id|sas|pin)s?$");

    /** Names that hold such a word and tell nothing: where to find the secret, or how many. */
    private static final Pattern HARMLESS_NAME = Pattern.compile(
            "(?i).*(?:[-_.]?(?:file|path|dir|folder|location|url|uri|endpoint|timeout|ttl|expiry"
                    + "|length|count|max|min|limit|type|name|algorithm|policy|header|store)"
                    + "|[-_.]?tokens)$|.*(?:tokenizer|tokenize).*");

    private static final Pattern OPTION =
            Pattern.compile("(?s)^(--?|/)([A-Za-z][\\w.:-]*?)(?:([=:])(.*))?$");
    private static final Pattern SHORT_PASSWORD = Pattern.compile("^-p(?![0-9]+$)[^-/\\s=.][^/]*$");
    private static final Pattern ASSIGNMENT = Pattern.compile(
            "(?<![\\w.-])([A-Za-z_][\\w.-]*+)(\\s*[=:]\\s*)(\"[^\"]*\"|'[^']*'|[^\\s;,&\"']+)");
    private static final Pattern USER_INFO =
            Pattern.compile("([A-Za-z][A-Za-z0-9+.-]{0,20}://[^\\s:@/?#]*+):([^\\s/?#]*)@");
    private static final Pattern TOKEN_URL =
            Pattern.compile("([A-Za-z][A-Za-z0-9+.-]{0,20}://)([A-Za-z0-9_-]{20,})@");
    private static final Pattern SCHEME =
            Pattern.compile("(?i)\\b(bearer|basic|token|digest|negotiate)(\\s+)([^\\s\"',;]{4,})");
    private static final Pattern HEADER = Pattern.compile(
            "(?i)\\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key|x-auth-token)(\\s*:\\s*)(.+)");
    private static final Pattern KNOWN_TOKEN =
            Pattern.compile("\\beyJ[\\w-]{8,}\\.[\\w-]{4,}\\.[\\w-]*"
                    + "|\\b(?:AKIA|ASIA)[A-Z0-9]{16}\\b|\\bgh[pousr]_[A-Za-z0-9]{20,}\\b"
                    + "|\\bgithub_pat_\\w{20,}\\b|\\bxox[abprs]-[\\w-]{10,}|\\bglpat-[\\w-]{16,}"
                    + "|\\bsk[-_](?:live[-_]|test[-_])?[A-Za-z0-9]{16,}\\b");
    private static final Pattern BARE_SECRET_WORD = Pattern.compile("(?i)^" + SECRET_WORD + "$");

    private CommandLineMask() {}

    /** The arguments with their secrets masked, one for one. */
    public static List<String> mask(List<String> arguments) {
        List<String> masked = new ArrayList<>(arguments.size());
        boolean valueNext = false;
        boolean headerNext = false;
        for (String argument : arguments) {
            boolean option = argument.startsWith("-") && argument.length() > 1;
            if (valueNext && !option) {
                masked.add(MASKED);
            } else if (headerNext) {
                masked.add(text(argument));
            } else {
                masked.add(argument(argument));
            }
            valueNext = announcesSecret(argument, valueNext && !option);
            headerNext = argument.equals("-H") || argument.equals("--header");
        }
        return masked;
    }

    /** The arguments masked and joined by blanks; one with a blank in it stands in quotes. */
    public static String line(List<String> arguments) {
        List<String> parts = new ArrayList<>(arguments.size());
        for (String part : mask(arguments)) {
            boolean plain = !part.isEmpty() && part.chars().noneMatch(Character::isWhitespace);
            parts.add(plain ? part : "\"" + part.replace("\"", "\\\"") + "\"");
        }
        return String.join(" ", parts);
    }

    /**
     * NAME=value entries with the values of secret names masked, and secrets inside other
     * values.
     */
    public static List<String> environment(List<String> entries) {
        List<String> masked = new ArrayList<>(entries.size());
        for (String entry : entries) {
            int equals = entry.indexOf('=');
            if (equals > 0 && isSecretName(entry.substring(0, equals))) {
                masked.add(entry.substring(0, equals + 1) + MASKED);
            } else {
                masked.add(
                        equals < 0
                                ? text(entry)
                                : entry.substring(0, equals + 1)
                                        + text(entry.substring(equals + 1)));
            }
        }
        return masked;
    }

    /** Whether something of that name is to be kept secret. */
    public static boolean isSecretName(String name) {
        return SECRET_NAME.matcher(name).matches()
                && !HARMLESS_NAME.matcher(name).matches();
    }

    /** --token, and the next argument is the token. */
    private static boolean announcesSecret(String argument, boolean isValue) {
        if (isValue) {
            return false;
        }
        Matcher option = OPTION.matcher(argument);
        return option.matches()
                && option.group(3) == null
                && !option.group(1).equals("/")
                && isSecretName(option.group(2))
                && !argument.startsWith("-D");
    }

    private static String argument(String argument) {
        if (SHORT_PASSWORD.matcher(argument).matches() && !isPlainOption(argument)) {
            return "-p" + MASKED;
        }
        Matcher option = OPTION.matcher(argument);
        if (option.matches() && option.group(3) != null) {
            String name = option.group(2);
            boolean property = option.group(1).equals("-") && name.startsWith("D");
            if (isSecretName(property ? name.substring(1) : name)) {
                return option.group(1) + name + option.group(3) + MASKED;
            }
        }
        return text(argument);
    }

    /**
     * -port, -path, -profile: words, as find and java spell their options, not a password behind
     * -p.
     */
    private static boolean isPlainOption(String argument) {
        return argument.matches("-p(?:ort|ath|rofile|roperties|roperty|id|refix|arent|roject|lugin"
                + "|rint0?|erm|rune|ipe|retty|arallel|rocess(?:es)?|ool|roxy|rivate|ublic|v)?");
    }

    private static String text(String text) {
        String masked = KNOWN_TOKEN.matcher(text).replaceAll(MASKED);
        masked = USER_INFO.matcher(masked).replaceAll("$1:***@");
        masked = TOKEN_URL.matcher(masked).replaceAll("$1***@");
        masked = HEADER.matcher(masked).replaceAll("$1$2***");
        masked = SCHEME.matcher(masked).replaceAll(CommandLineMask::scheme);
        return ASSIGNMENT
                .matcher(masked)
                .replaceAll(found -> Matcher.quoteReplacement(
                        isSecretName(found.group(1)) && !found.group(3).startsWith("//")
                                ? found.group(1) + found.group(2) + MASKED
                                : found.group()));
    }

    private static String scheme(MatchResult found) {
        boolean word = BARE_SECRET_WORD.matcher(found.group(3)).matches();
        return Matcher.quoteReplacement(
                word ? found.group() : found.group(1) + found.group(2) + MASKED);
    }
}
