package dev.mortem.cli;

/** The tool's name and version, as documents and {@code --version} give it. */
final class Version {
    private Version() {}

    static String tool() {
        return "mortem " + number();
    }

    private static String number() {
        return Main.class.getModule().isNamed()
                ? Main.class.getModule().getDescriptor().rawVersion().orElse("(development)")
                : "(development)";
    }
}
