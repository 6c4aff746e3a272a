package dev.mortem.testkit.checks;

import java.util.List;

/**
 * A parser, and sound inputs of it to be damaged.
 *
 * @param name as the command line takes it
 * @param seeds sound inputs
 * @param parser reads an input to its end
 */
public record FuzzTarget(String name, List<byte[]> seeds, Parser parser) {
    public FuzzTarget {
        seeds = List.copyOf(seeds);
    }

    /**
     * Reads all that the input holds. May throw what is declared for bad input: checked exceptions.
     * An unchecked exception or an error is a defect.
     */
    @FunctionalInterface
    public interface Parser {
        void parse(byte[] input) throws Exception;
    }

    @Override
    public String toString() {
        return name;
    }
}
