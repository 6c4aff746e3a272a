package dev.mortem.base.json;

import dev.mortem.base.address.Addresses;
import dev.mortem.base.text.Escape;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.SerializableString;
import tools.jackson.core.io.CharacterEscapes;
import tools.jackson.core.io.SerializedString;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;

import java.io.Writer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Writes one JSON document. Unknown values (an empty {@code Optional}) are left out; in texts,
 * surrogates without their partner become U+FFFD. Belongs to one
 * thread; closing flushes, and leaves the writer below open. Failures of the writer below come out as
 * Jackson's unchecked {@code JacksonException}.
 */
public final class JsonOutput implements AutoCloseable {
    private static final JsonFactory FACTORY =
            JsonFactory.builder().characterEscapes(new Inert()).build();

    private static final Duration MILLIS_MAX = Duration.ofMillis(Long.MAX_VALUE);

    private final JsonGenerator generator;

    private JsonOutput(JsonGenerator generator) {
        this.generator = generator;
    }

    /** A document indented for people. */
    public static JsonOutput indented(Writer target) {
        return new JsonOutput(FACTORY.createGenerator(new Indented(), new Unclosed(target)));
    }

    /** A document on one line. */
    public static JsonOutput oneLine(Writer target) {
        return new JsonOutput(
                FACTORY.createGenerator(ObjectWriteContext.empty(), new Unclosed(target)));
    }

    /** Names may come from a dump too, where the document has them as keys. */
    private void name(String name) {
        generator.writeName(Escape.wellFormed(name));
    }

    public JsonOutput beginObject() {
        generator.writeStartObject();
        return this;
    }

    public JsonOutput beginObject(String name) {
        name(name);
        return beginObject();
    }

    public JsonOutput endObject() {
        generator.writeEndObject();
        return this;
    }

    public JsonOutput beginArray() {
        generator.writeStartArray();
        return this;
    }

    public JsonOutput beginArray(String name) {
        name(name);
        return beginArray();
    }

    public JsonOutput endArray() {
        generator.writeEndArray();
        return this;
    }

    /** An entry of an array. */
    public JsonOutput text(String value) {
        generator.writeString(Escape.wellFormed(value));
        return this;
    }

    public JsonOutput text(String name, String value) {
        name(name);
        return text(value);
    }

    public JsonOutput text(String name, Optional<String> value) {
        value.ifPresent(known -> text(name, known));
        return this;
    }

    /** An array of texts. */
    public JsonOutput texts(String name, Iterable<String> values) {
        beginArray(name);
        values.forEach(this::text);
        return endArray();
    }

    /** An entry of an array. */
    public JsonOutput number(long value) {
        generator.writeNumber(value);
        return this;
    }

    public JsonOutput number(String name, long value) {
        name(name);
        return number(value);
    }

    public JsonOutput number(String name, OptionalLong value) {
        value.ifPresent(known -> number(name, known));
        return this;
    }

    public JsonOutput number(String name, OptionalInt value) {
        value.ifPresent(known -> number(name, known));
        return this;
    }

    /** A number with a fraction; one that is no number or not finite is left out. */
    public JsonOutput decimal(String name, double value) {
        if (Double.isFinite(value)) {
            name(name);
            generator.writeNumber(value);
        }
        return this;
    }

    public JsonOutput flag(String name, boolean value) {
        name(name);
        generator.writeBoolean(value);
        return this;
    }

    /** A name whose value the document states as null. */
    public JsonOutput nothing(String name) {
        name(name);
        generator.writeNull();
        return this;
    }

    public JsonOutput address(String name, long value) {
        return text(name, Addresses.hex(value));
    }

    public JsonOutput address(String name, OptionalLong value) {
        value.ifPresent(known -> address(name, known));
        return this;
    }

    /** UTC, to the millisecond. */
    public JsonOutput time(String name, Optional<Instant> value) {
        value.ifPresent(known -> text(
                name, known.truncatedTo(java.time.temporal.ChronoUnit.MILLIS).toString()));
        return this;
    }

    /** A duration beyond what milliseconds can count (292 million years) is left out. */
    public JsonOutput millis(String name, Optional<Duration> value) {
        value.filter(known -> known.abs().compareTo(MILLIS_MAX) <= 0)
                .ifPresent(known -> number(name, known.toMillis()));
        return this;
    }

    @Override
    public void close() {
        generator.close();
    }

    private static final class Indented extends ObjectWriteContext.Base {
        private static final DefaultIndenter LINES = new DefaultIndenter("  ", "\n");

        @Override
        public boolean hasPrettyPrinter() {
            return true;
        }

        @Override
        public PrettyPrinter getPrettyPrinter() {
            return new DefaultPrettyPrinter().withObjectIndenter(LINES).withArrayIndenter(LINES);
        }
    }

    /**
     * Documents are also read at terminals: what JSON lets through as it is but is no plain character
     * (DEL, C1 controls, bidi controls) is written as an escape; a reader of JSON sees no difference.
     */
    private static final class Inert extends CharacterEscapes {
        private static final long serialVersionUID = 1;

        @Override
        public int[] getEscapeCodesForAscii() {
            int[] codes = standardAsciiEscapesForJSON();
            codes[0x7f] = ESCAPE_STANDARD;
            return codes;
        }

        @Override
        public @Nullable SerializableString getEscapeSequence(int each) {
            boolean half = Character.isSurrogate((char) each);
            if (half || !Escape.isActive(each)) {
                return null;
            }
            String digits = Integer.toHexString(0x10000 | each).substring(1);
            return new SerializedString("\\u" + digits);
        }
    }

    /** Standard output stays open behind a document. */
    private static final class Unclosed extends java.io.FilterWriter {
        Unclosed(Writer target) {
            super(target);
        }

        @Override
        public void close() throws java.io.IOException {
            flush();
        }
    }
}
