package dev.mortem.format.breakpad;

import java.util.OptionalLong;

/** What a program reads: the callee's registers by name, and memory. */
public interface PostfixInputs {
    /** A register, or a name such as {@code .cfa}; empty where it is not known. */
    OptionalLong variable(String name);

    /** The word at the address; empty where it is not there. */
    OptionalLong memory(long address);
}
