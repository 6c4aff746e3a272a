package dev.mortem.base.diagnostic;

import dev.mortem.base.bytes.MalformedException;

/** Takes diagnostics as they are found. Implementations accept calls from any thread. */
@FunctionalInterface
public interface Diagnostics {
    void report(Diagnostic diagnostic);

    default void report(String where, String what, String consequence) {
        report(new Diagnostic(where, what, consequence));
    }

    /** Records that a structure could not be read, and what is lost by it. */
    default void report(MalformedException malformed, String consequence) {
        report(new Diagnostic(malformed.place(), malformed.problem(), consequence));
    }
}
