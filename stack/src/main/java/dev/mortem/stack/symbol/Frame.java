package dev.mortem.stack.symbol;

import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.stack.demangle.Demangler;
import dev.mortem.stack.unwind.FrameTrust;

import java.util.Optional;

/**
 * One frame with its names, as a report shows it.
 *
 * @param address the frame's pc
 * @param lookupAddress the address the names were looked up with, see
 *     {@link dev.mortem.stack.unwind.UnwoundFrame#lookupAddress}
 * @param module empty where the address is in none
 * @param function empty where no symbol covers the address
 * @param source empty without line information
 */
public record Frame(
        long address,
        long lookupAddress,
        FrameTrust trust,
        boolean signalFrame,
        Optional<LoadedModule> module,
        Optional<FunctionName> function,
        Optional<SourceLocation> source) {

    /**
     * @param raw as the symbol table has it
     * @param display demangled where it was mangled, else {@code raw}; with parameter types
     * @param offsetBytes from the function's start to the frame's pc
     */
    public record FunctionName(String raw, String display, long offsetBytes) {
        /**
         * The name as people say it, where that is another one than {@code display}: see {@link
         * Demangler#demangleShort}. Read anew at each call.
         */
        public Optional<String> shortened() {
            return new Demangler().demangleShort(raw).filter(name -> !name.equals(display));
        }
    }

    /**
     * @param file as the compiler recorded it, with its directory
     * @param line from 1
     */
    public record SourceLocation(String file, int line) {}

    /** The function's display name, else "module+0x12", else the address in hex. */
    public String label() {
        if (function.isPresent()) {
            return function.get().display();
        }
        return module.map(in -> in.name() + "+0x" + Long.toHexString(lookupAddress - in.base()))
                .orElse("0x" + Long.toHexString(address));
    }
}
