package dev.mortem.analyze.report;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads HTML as narrowly as it can be written: lower-case elements that nest, every attribute with a
 * quoted value, no reference but those that the writer uses, nothing unescaped. Whatever a browser would
 * have to repair or guess at is an error here.
 */
record StrictHtml(List<Element> elements, List<String> texts, Map<String, String> raw) {
    record Element(String tag, Map<String, String> attributes) {}

    private static final Set<String> SINGLE = Set.of("meta", "input");
    private static final Set<String> RAW = Set.of("style", "script");
    private static final Map<String, String> REFERENCES = Map.of(
            "&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", "\"", "&#39;", "'", "&#96;", "`");

    static StrictHtml parse(String document) {
        return new Parser(document).parse();
    }

    private static final class Parser {
        private static final String DOCTYPE = "<!DOCTYPE html>\n";

        private final String document;
        private final Deque<String> open = new ArrayDeque<>();
        private final List<Element> elements = new ArrayList<>();
        private final List<String> texts = new ArrayList<>();
        private final Map<String, String> raw = new LinkedHashMap<>();
        private int at;

        Parser(String document) {
            this.document = document;
        }

        StrictHtml parse() {
            require(document.startsWith(DOCTYPE), "no doctype");
            at = DOCTYPE.length();
            while (at < document.length()) {
                if (document.charAt(at) != '<') {
                    text();
                } else if (document.charAt(at + 1) == '/') {
                    close();
                } else {
                    open();
                }
            }
            require(open.isEmpty(), "not closed: " + open);
            return new StrictHtml(elements, texts, raw);
        }

        private void text() {
            int end = document.indexOf('<', at);
            end = end < 0 ? document.length() : end;
            String text = plain(document.substring(at, end));
            require(!open.isEmpty() || text.isBlank(), "text outside the document");
            texts.add(text);
            at = end;
        }

        private void close() {
            int end = document.indexOf('>', at);
            String tag = document.substring(at + 2, end);
            require(!open.isEmpty() && open.peek().equals(tag), "</" + tag + "> in " + open);
            open.pop();
            at = end + 1;
        }

        private void open() {
            at++;
            String tag = name();
            Map<String, String> attributes = new LinkedHashMap<>();
            while (document.charAt(at) == ' ') {
                at++;
                String name = name();
                require(document.startsWith("=\"", at), "attribute " + name + " without quotes");
                int end = document.indexOf('"', at + 2);
                String value = plain(document.substring(at + 2, end));
                require(attributes.put(name, value) == null, name + " twice");
                at = end + 1;
            }
            require(document.charAt(at) == '>', "<" + tag + " goes on oddly");
            at++;
            elements.add(new Element(tag, attributes));
            if (RAW.contains(tag)) {
                int end = document.indexOf("</", at);
                require(document.startsWith("</" + tag + ">", end), tag + " does not end");
                require(raw.put(tag, document.substring(at, end)) == null, "second " + tag);
                at = end + tag.length() + 3;
            } else if (!SINGLE.contains(tag)) {
                open.push(tag);
            }
        }

        private String name() {
            int from = at;
            while (document.substring(at, at + 1).matches("[a-zA-Z0-9-]")) {
                at++;
            }
            require(at > from, "a name is missing");
            return document.substring(from, at);
        }

        private String plain(String escaped) {
            StringBuilder text = new StringBuilder();
            for (int from = 0; from < escaped.length(); from++) {
                char each = escaped.charAt(from);
                require("<>\"'`".indexOf(each) < 0, "unescaped " + each + " in " + escaped);
                if (each != '&') {
                    text.append(each);
                    continue;
                }
                int end = escaped.indexOf(';', from);
                String reference = end < 0 ? "&" : escaped.substring(from, end + 1);
                String meaning = REFERENCES.get(reference);
                require(meaning != null, "unescaped & in " + escaped);
                text.append(meaning);
                from = end;
            }
            return text.toString();
        }

        private void require(boolean holds, String otherwise) {
            if (!holds) {
                throw new AssertionError(otherwise + ", at character " + at);
            }
        }
    }
}
