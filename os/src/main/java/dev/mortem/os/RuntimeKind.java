package dev.mortem.os;

import java.util.Locale;

/** What a process runs on, as far as its mapped files tell. */
public enum RuntimeKind {
    NATIVE,
    JVM,
    DOTNET,
    PYTHON,
    NODE,
    GO;

    /** As CONTRACTS writes it: "native", "jvm". */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
