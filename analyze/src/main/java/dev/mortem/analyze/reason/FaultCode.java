package dev.mortem.analyze.reason;

/**
 * The code of a fault.
 *
 * @param name as the system's headers have it, or its number: "SEGV_MAPERR", "0xC0000005"
 * @param meaning in words
 */
public record FaultCode(String name, String meaning) {}
