package dev.mortem.base.kernel;

/**
 * A process of the same machine.
 *
 * @param pid as whoever took the dump saw it
 * @param name what it calls itself, at most 15 bytes on Linux; "" where that is not known
 */
public record ProcessName(long pid, String name) {
    /** "process 812 (backup)". */
    public String text() {
        return "process " + pid + (name.isEmpty() ? "" : " (" + name + ")");
    }
}
