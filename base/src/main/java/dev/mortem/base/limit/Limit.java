package dev.mortem.base.limit;

/**
 * One bound.
 *
 * @param name what is bounded, as a message names it: "ELF program headers"
 * @param defaultMax the largest value that is accepted, in {@code unit}
 * @param unit "entries", "bytes", "frames"
 * @param reason why that value: what real input needs, and what would happen beyond
 */
public record Limit(String name, long defaultMax, String unit, String reason) {
    public Limit {
        if (defaultMax <= 0) {
            throw new IllegalArgumentException(name + ": a limit must be positive");
        }
        if (reason.isBlank()) {
            throw new IllegalArgumentException(name + ": a limit needs a reason");
        }
    }
}
