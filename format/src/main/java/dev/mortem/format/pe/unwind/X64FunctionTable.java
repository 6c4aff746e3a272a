package dev.mortem.format.pe.unwind;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.format.pe.ImageBytes;
import dev.mortem.format.pe.PeHeader;
import dev.mortem.format.pe.PeImage;
import dev.mortem.format.pe.PeLimits;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The functions of an x64 image that have a frame ("x64 exception handling"). A function without an
 * entry is a leaf: it moves neither the stack pointer nor a register that is its caller's. Immutable,
 * safe for any thread while the image's bytes are open.
 */
public final class X64FunctionTable {
    private final ImageBytes image;
    private final FunctionIndex index;
    private final Limits limits;

    private X64FunctionTable(ImageBytes image, FunctionIndex index, Limits limits) {
        this.image = image;
        this.index = index;
        this.limits = limits;
    }

    /** The table; empty where the image is not for x64 or has none. */
    public static Optional<X64FunctionTable> read(PeImage image, Diagnostics diagnostics)
            throws MalformedException {
        if (image.header().machine() != PeHeader.MACHINE_AMD64) {
            return Optional.empty();
        }
        return FunctionIndex.read(image, RuntimeFunction.SIZE_BYTES, diagnostics)
                .map(index -> new X64FunctionTable(image::view, index, image.limits()));
    }

    /**
     * The table of code that was made at run time.
     *
     * @param entries RUNTIME_FUNCTIONs one behind the other
     * @param memory from what the entries' addresses count from
     */
    public static X64FunctionTable of(
            ByteSource entries, ImageBytes memory, Limits limits, Diagnostics diagnostics)
            throws MalformedException {
        FunctionIndex index =
                FunctionIndex.of(entries, RuntimeFunction.SIZE_BYTES, limits, diagnostics);
        return new X64FunctionTable(memory, index, limits);
    }

    public long count() {
        return index.count();
    }

    public RuntimeFunction get(long position) throws MalformedException {
        return RuntimeFunction.read(index.entry(position));
    }

    /** The entry whose function an rva lies in, as it stands in the table. */
    public Optional<RuntimeFunction> find(long rva) throws MalformedException {
        OptionalLong found = index.atOrBelow(rva);
        return found.isEmpty()
                ? Optional.empty()
                : Optional.of(get(found.getAsLong())).filter(entry -> entry.contains(rva));
    }

    /**
     * What unwinding a function takes: its own information first, then, where that is chained, that of
     * each function it continues. The codes of all behind the first apply in full.
     *
     * @throws MalformedException where one is broken or absent, or a chain is circular or longer than
     *     {@link PeLimits#UNWIND_CHAIN}
     */
    public List<UnwindInfo> unwind(RuntimeFunction function) throws MalformedException {
        List<UnwindInfo> chain = new ArrayList<>();
        Set<Long> seen = new HashSet<>();
        Optional<RuntimeFunction> next = Optional.of(function);
        while (next.isPresent()) {
            long rva = next.get().unwindRva();
            if (!seen.add(rva) || seen.size() > limits.max(PeLimits.UNWIND_CHAIN)) {
                throw image.view("UNWIND_INFO", rva, 0)
                        .malformed(
                                "chain",
                                0,
                                seen.size() + " entries that lead on or back",
                                "an end within " + limits.max(PeLimits.UNWIND_CHAIN));
            }
            if (next.get().isIndirect()) {
                ByteSource other =
                        image.view("RUNTIME_FUNCTION", rva & ~1L, RuntimeFunction.SIZE_BYTES);
                next = Optional.of(RuntimeFunction.read(other));
            } else {
                UnwindInfo info =
                        UnwindInfo.read(image.view("UNWIND_INFO", rva, UnwindInfo.SIZE_BYTES_MAX));
                chain.add(info);
                next = info.chained();
            }
        }
        return List.copyOf(chain);
    }
}
