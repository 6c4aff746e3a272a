package dev.mortem.stack.demangle;

import dev.mortem.stack.demangle.Output.Mark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A name as people say it: without template arguments that are the defaults, inline namespaces, ABI
 * tags and return types, with {@code std::string} for what it is, and long template arguments folded
 * to {@code <…>}. Two functions may share one; the whole name tells them apart.
 *
 * <p>A pure function of a written name and the marks in it. What decides is the text without folds, so
 * that a default is known for one however long it is.
 */
final class ShortName {
    /** Characters of the arguments of one template, brackets included, that are shown. */
    private static final int ARGUMENTS_LENGTH_MAX = 48;

    private static final String FOLDED = "<…>";

    /** Arguments by default, with {0} and {1} for the first two; those before them have none. */
    private static final Map<String, List<String>> DEFAULTS = defaults();

    private static final Map<String, String> ALIASES = aliases();

    private final String text;
    private final List<Mark> marks;
    private int position;
    private int next;

    private ShortName(String text, List<Mark> marks) {
        this.text = text;
        this.marks = marks;
    }

    static String of(Output written) {
        Piece whole = new Piece();
        new ShortName(written.toString(), written.marks()).read(whole);
        return whole.folded.toString();
    }

    /** A stretch rewritten: as it would be without folding, and with it. */
    private static final class Piece {
        final StringBuilder plain = new StringBuilder();
        final StringBuilder folded = new StringBuilder();

        void append(String both) {
            plain.append(both);
            folded.append(both);
        }

        void append(Piece other) {
            plain.append(other.plain);
            folded.append(other.folded);
        }

        void become(String both) {
            plain.setLength(0);
            folded.setLength(0);
            append(both);
        }

        boolean isEmpty() {
            return plain.isEmpty();
        }
    }

    /** Up to the mark that closes what is being read, or to the end. */
    private void read(Piece into) {
        while (next < marks.size()) {
            Mark mark = marks.get(next++);
            into.append(text.substring(position, mark.position()));
            position = mark.position();
            if (!mark.opens()) {
                return;
            }
            switch (mark.part()) {
                case INSTANCE, ARGUMENT -> {
                    Piece inner = new Piece();
                    read(inner);
                    into.append(inner);
                }
                case ARGUMENTS -> readArguments(into);
                case NOISE -> read(new Piece());
                case ALIAS -> {
                    read(new Piece());
                    into.append(mark.alias());
                }
            }
        }
        into.append(text.substring(position));
        position = text.length();
    }

    /** Brackets, commas and spaces between the arguments are written anew. */
    private void readArguments(Piece template) {
        List<Piece> arguments = new ArrayList<>();
        while (marks.get(next).opens()) {
            Mark mark = marks.get(next++);
            position = mark.position();
            Piece argument = new Piece();
            read(argument);
            if (!argument.isEmpty()) {
                arguments.add(argument);
            }
        }
        position = marks.get(next++).position();
        dropDefaults(template.plain.toString(), arguments);
        String plain = bracketed(arguments, true);
        template.plain.append(plain);
        String alias = ALIASES.get(template.plain.toString());
        if (alias != null) {
            template.become(alias);
            return;
        }
        String folded = bracketed(arguments, false);
        template.folded.append(folded.length() <= ARGUMENTS_LENGTH_MAX ? folded : FOLDED);
    }

    private static String bracketed(List<Piece> arguments, boolean plain) {
        StringBuilder list = new StringBuilder("<");
        for (Piece argument : arguments) {
            list.append(list.length() > 1 ? ", " : "");
            list.append(plain ? argument.plain : argument.folded);
        }
        return list.append('>').toString();
    }

    private static void dropDefaults(String template, List<Piece> arguments) {
        List<String> defaults = DEFAULTS.getOrDefault(template, List.of());
        while (!arguments.isEmpty() && arguments.size() <= defaults.size()) {
            String byDefault = defaults.get(arguments.size() - 1);
            boolean dropped = !byDefault.isEmpty()
                    && arguments.getLast().plain.toString().equals(expanded(byDefault, arguments));
            if (!dropped) {
                return;
            }
            arguments.removeLast();
        }
    }

    private static String expanded(String byDefault, List<Piece> arguments) {
        String second = arguments.size() > 1 ? arguments.get(1).plain.toString() : "";
        return byDefault
                .replace("{1}", second)
                .replace("{0}", arguments.getFirst().plain.toString());
    }

    /** C++23, [sequences], [associative], [unord], [container.adaptors], [strings], [iostreams]. */
    private static Map<String, List<String>> defaults() {
        Map<String, List<String>> defaults = new HashMap<>();
        String allocator = "std::allocator<{0}>";
        String pairs = "std::allocator<std::pair<{0} const, {1}>>";
        String less = "std::less<{0}>";
        String hash = "std::hash<{0}>";
        String equal = "std::equal_to<{0}>";
        String traits = "std::char_traits<{0}>";
        for (String name : List.of("vector", "deque", "list", "forward_list")) {
            defaults.put("std::" + name, List.of("", allocator));
        }
        for (String multi : new String[] {"", "multi"}) {
            defaults.put("std::" + multi + "set", List.of("", less, allocator));
            defaults.put("std::" + multi + "map", List.of("", "", less, pairs));
            defaults.put("std::unordered_" + multi + "set", List.of("", hash, equal, allocator));
            defaults.put("std::unordered_" + multi + "map", List.of("", "", hash, equal, pairs));
        }
        defaults.put("std::basic_string", List.of("", traits, allocator));
        for (String name : List.of(
                "basic_string_view",
                "basic_ios",
                "basic_streambuf",
                "basic_istream",
                "basic_ostream",
                "basic_iostream",
                "basic_filebuf",
                "basic_ifstream",
                "basic_ofstream",
                "basic_fstream",
                "istreambuf_iterator",
                "ostreambuf_iterator")) {
            defaults.put("std::" + name, List.of("", traits));
        }
        for (String name : List.of(
                "basic_stringbuf",
                "basic_istringstream",
                "basic_ostringstream",
                "basic_stringstream")) {
            defaults.put("std::" + name, List.of("", traits, allocator));
        }
        defaults.put("std::unique_ptr", List.of("", "std::default_delete<{0}>"));
        defaults.put("std::stack", List.of("", "std::deque<{0}>"));
        defaults.put("std::queue", List.of("", "std::deque<{0}>"));
        defaults.put("std::priority_queue", List.of("", "std::vector<{0}>", less));
        return Map.copyOf(defaults);
    }

    private static Map<String, String> aliases() {
        Map<String, String> aliases = new HashMap<>();
        for (String name : List.of(
                "string",
                "string_view",
                "ios",
                "streambuf",
                "istream",
                "ostream",
                "iostream",
                "filebuf",
                "ifstream",
                "ofstream",
                "fstream",
                "stringbuf",
                "istringstream",
                "ostringstream",
                "stringstream")) {
            aliases.put("std::basic_" + name + "<char>", "std::" + name);
            aliases.put("std::basic_" + name + "<wchar_t>", "std::w" + name);
        }
        for (String name : new String[] {"string", "string_view"}) {
            aliases.put("std::basic_" + name + "<char8_t>", "std::u8" + name);
            aliases.put("std::basic_" + name + "<char16_t>", "std::u16" + name);
            aliases.put("std::basic_" + name + "<char32_t>", "std::u32" + name);
        }
        return Map.copyOf(aliases);
    }
}
