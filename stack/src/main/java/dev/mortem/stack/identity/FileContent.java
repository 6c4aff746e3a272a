package dev.mortem.stack.identity;

/** What a file may hold that a stack or its names need. */
public enum FileContent {
    CODE("code", "code"),
    DEBUG_INFO("debugInfo", "debug info"),
    LINES("lines", "lines"),
    SYMBOLS("symbols", "symbols"),
    PUBLICS("publics", "publics"),
    EXPORTS("exports", "exports"),
    UNWIND("unwind", "unwind"),
    DEBUG_LINK("debugLink", "debug link"),
    SOURCE_LINK("sourceLink", "source link"),
    SOURCE_SERVER("sourceServer", "source server");

    private final String jsonName;
    private final String label;

    FileContent(String jsonName, String label) {
        this.jsonName = jsonName;
        this.label = label;
    }

    /** As JSON documents call it. */
    public String jsonName() {
        return jsonName;
    }

    /** As people call it. */
    public String label() {
        return label;
    }
}
