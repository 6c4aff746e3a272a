package dev.mortem.analyze.report;

import dev.mortem.analyze.report.Report.ReportFrame;

import java.util.Locale;

/** What a reader may make of a frame: the schema's {@code trust}, best first, in words for people. */
enum Trust {
    CONTEXT('=', "registers", "certain", "the thread's own registers"),
    CFI('=', "cfi", "certain", "call frame information of the compiler"),
    UNWIND_INFO('=', "unwind info", "certain", "unwind information of the compiler"),
    RUNTIME('=', "runtime", "certain", "the managed runtime's own records"),
    INLINE('=', "inlined", "certain", "inlined into the next frame by the compiler"),
    CALL_SITE('=', "tail call", "certain", "left by a jump, as the compiler's call sites say"),
    FRAME_POINTER('~', "frame pointer", "likely", "the chain of saved frame pointers"),
    SCAN('?', "guess", "a guess", "a word on the stack that looks like a return address"),
    OTHER(' ', "unknown", "not known", "no statement about how it was found");

    private final char mark;
    private final String badge;
    private final String meaning;
    private final String source;

    Trust(char mark, String badge, String meaning, String source) {
        this.mark = mark;
        this.badge = badge;
        this.meaning = meaning;
        this.source = source;
    }

    static Trust of(ReportFrame frame) {
        return switch (frame.trust()) {
            case "context" -> CONTEXT;
            case "cfi" -> CFI;
            case "unwindInfo" -> UNWIND_INFO;
            case "runtime" -> RUNTIME;
            case "inline" -> INLINE;
            case "callSite" -> CALL_SITE;
            case "framePointer" -> FRAME_POINTER;
            case "scan" -> SCAN;
            default -> OTHER;
        };
    }

    /** One character for a column of text. */
    char mark() {
        return mark;
    }

    /** A word or two for HTML. */
    String badge() {
        return badge;
    }

    /** "certain", "likely", "a guess". */
    String meaning() {
        return meaning;
    }

    /** Where the frame was found. */
    String source() {
        return source;
    }

    /** For a style sheet. */
    String cssClass() {
        return "trust-" + name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
