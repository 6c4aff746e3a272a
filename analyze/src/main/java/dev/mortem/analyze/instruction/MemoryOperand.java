package dev.mortem.analyze.instruction;

import dev.mortem.base.address.Addresses;
import dev.mortem.base.snapshot.RegisterContext;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * segment:[base + index * scale + displacement].
 *
 * @param base a 64-bit register by the name {@link dev.mortem.base.snapshot.Cpu} gives it, "rip"
 * among
 *     them; empty for an absolute address
 * @param segment "fs" or "gs", the two whose base is not 0
 * @param addressSizeBytes 8, or 4 behind an address-size prefix
 */
public record MemoryOperand(
        Optional<String> base,
        Optional<String> index,
        int scale,
        long displacement,
        Optional<String> segment,
        int addressSizeBytes) {

    /** The operand at a register: [rsi]. */
    public static MemoryOperand at(String register, long displacement) {
        return new MemoryOperand(
                Optional.of(register), Optional.empty(), 1, displacement, Optional.empty(), 8);
    }

    /** Where it lies; empty when a register is unknown. {@code nextPc} is what rip reads as. */
    public OptionalLong address(RegisterContext registers, long nextPc) {
        OptionalLong from = part(base, registers, nextPc);
        OptionalLong by = part(index, registers, nextPc);
        OptionalLong in = part(segment.map(name -> name + "_base"), registers, nextPc);
        if (from.isEmpty() || by.isEmpty() || in.isEmpty()) {
            return OptionalLong.empty();
        }
        long offset = from.getAsLong() + by.getAsLong() * scale + displacement;
        long cut = addressSizeBytes == 4 ? offset & 0xffff_ffffL : offset;
        return OptionalLong.of(in.getAsLong() + cut);
    }

    private static OptionalLong part(
            Optional<String> register, RegisterContext registers, long nextPc) {
        if (register.isEmpty()) {
            return OptionalLong.of(0);
        }
        return register.get().equals("rip")
                ? OptionalLong.of(nextPc)
                : registers.get(register.get());
    }

    /** "[rax + rcx*8 + 0x10]". */
    public String text() {
        StringBuilder text = new StringBuilder();
        base.ifPresent(text::append);
        index.ifPresent(name -> text.append(text.isEmpty() ? "" : " + ")
                .append(name)
                .append(scale == 1 ? "" : "*" + scale));
        if (displacement != 0 || text.isEmpty()) {
            boolean minus = displacement < 0 && !text.isEmpty();
            text.append(text.isEmpty() ? "" : minus ? " - " : " + ")
                    .append(Addresses.hex(minus ? -displacement : displacement));
        }
        return segment.map(name -> name + ":").orElse("") + "[" + text + "]";
    }
}
