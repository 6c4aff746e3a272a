package dev.mortem.testkit.checks;

/**
 * A rule of the project that is broken.
 *
 * @param place file, and line where one can be told
 * @param problem what was found
 * @param remedy what to do instead
 */
public record Violation(String place, String problem, String remedy) {
    @Override
    public String toString() {
        return place + ": " + problem + "; " + remedy;
    }
}
