package dev.mortem.stack.symbol;

import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.format.dwarf.function.SourceLanguage;
import dev.mortem.stack.demangle.Demangler;
import dev.mortem.stack.unwind.FrameTrust;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * One frame with its names, as a report shows it.
 *
 * @param kind whether it has a place of its own on the stack
 * @param address the frame's pc; an inlined function has that of the function it stands in
 * @param lookupAddress the address the names were looked up with, see
 *     {@link dev.mortem.stack.unwind.UnwoundFrame#lookupAddress}
 * @param module empty where the address is in none
 * @param function empty where no symbol covers the address
 * @param source empty without line information
 * @param language of the function, as its debug information says
 * @param tailCalled how it was reached, where its caller on the stack called another function
 */
public record Frame(
        Kind kind,
        long address,
        long lookupAddress,
        FrameTrust trust,
        boolean signalFrame,
        Optional<LoadedModule> module,
        Optional<FunctionName> function,
        Optional<SourceLocation> source,
        SourceLanguage language,
        Optional<TailCalled> tailCalled) {

    /** A frame of a function that was called, or of which nothing else is known. */
    public Frame(
            Kind kind,
            long address,
            long lookupAddress,
            FrameTrust trust,
            boolean signalFrame,
            Optional<LoadedModule> module,
            Optional<FunctionName> function,
            Optional<SourceLocation> source,
            SourceLanguage language) {
        this(
                kind,
                address,
                lookupAddress,
                trust,
                signalFrame,
                module,
                function,
                source,
                language,
                Optional.empty());
    }

    /** What made a frame. */
    public enum Kind {
        /** A call: it has a return address on the stack. */
        NATIVE("native"),
        /** The compiler put the function's code into the next frame's (DWARF 5, section 3.3.8). */
        INLINE("inline"),
        /** It left by a jump: nothing of it is on the stack (DWARF 5, section 3.4). */
        TAIL_CALL("tailCall");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        /** As reports print it. */
        public String label() {
            return label;
        }
    }

    /**
     * @param raw as the symbol table has it; without a symbol the debug information's linkage name, or
     *     its plain name
     * @param display demangled where it was mangled, else {@code raw}; with parameter types
     * @param offsetBytes from the function's start to the frame's pc; empty for an inlined function,
     *     whose code may lie in pieces, and in a part that was moved away from its function's start
     * @param from where the name came from, where that is not the module: a JIT symbol map
     */
    public record FunctionName(
            String raw, String display, OptionalLong offsetBytes, Optional<String> from) {
        /** Knows nothing but its limits: one is enough for all names. */
        private static final Demangler DEMANGLER = new Demangler();

        /** A name that came from the module's symbols. */
        public FunctionName(String raw, String display, OptionalLong offsetBytes) {
            this(raw, display, offsetBytes, Optional.empty());
        }

        /**
         * The name as people say it, where that is another one than {@code display}: see {@link
         * Demangler#demangleShort}. Read anew at each call.
         */
        public Optional<String> shortened() {
            return DEMANGLER.demangleShort(raw).filter(name -> !name.equals(display));
        }
    }

    /**
     * A function reached by a jump.
     *
     * @param called the function that the caller on the stack called, which jumped
     * @param framesMissing whether what lies between is not shown: more than one way leads here
     */
    public record TailCalled(String called, boolean framesMissing) {}

    /**
     * @param file as the compiler recorded it, with its directory
     * @param line from 1
     */
    public record SourceLocation(String file, int line) {}

    /** The same frame, reached by a jump. */
    Frame reachedBy(TailCalled jump) {
        return new Frame(
                kind,
                address,
                lookupAddress,
                trust,
                signalFrame,
                module,
                function,
                source,
                language,
                Optional.of(jump));
    }

    public boolean isInlined() {
        return kind == Kind.INLINE;
    }

    /** The function's display name, else "module+0x12", else the address in hex. */
    public String label() {
        if (function.isPresent()) {
            return function.get().display();
        }
        return module.map(in -> in.name() + "+0x" + Long.toHexString(lookupAddress - in.base()))
                .orElse("0x" + Long.toHexString(address));
    }
}
