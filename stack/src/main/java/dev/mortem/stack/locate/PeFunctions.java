package dev.mortem.stack.locate;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.format.pe.PeDirectory;
import dev.mortem.format.pe.PeImage;
import dev.mortem.format.pe.unwind.Arm64Function;
import dev.mortem.format.pe.unwind.Arm64FunctionTable;
import dev.mortem.format.pe.unwind.RuntimeFunction;
import dev.mortem.format.pe.unwind.UnwindInfo;
import dev.mortem.format.pe.unwind.X64FunctionTable;

import java.util.List;
import java.util.Optional;

/**
 * Which functions a PE image has by its {@code .pdata} ("x64 exception handling", "ARM64 exception
 * handling"). Entries that are broken are reported and then absent. Immutable, safe for any thread while
 * the image's bytes are open.
 */
public final class PeFunctions {
    private final Optional<X64FunctionTable> x64;
    private final Optional<Arm64FunctionTable> arm64;
    private final boolean complete;
    private final Diagnostics diagnostics;

    private PeFunctions(
            Optional<X64FunctionTable> x64,
            Optional<Arm64FunctionTable> arm64,
            boolean complete,
            Diagnostics diagnostics) {
        this.x64 = x64;
        this.arm64 = arm64;
        this.complete = complete;
        this.diagnostics = diagnostics;
    }

    /**
     * Where a function lies.
     *
     * @param beginRva of the part that was asked for
     * @param rootRva where the function starts: elsewhere than the part where that one continues another
     */
    public record Extent(long beginRva, long rootRva) {}

    static PeFunctions of(PeImage image, Diagnostics diagnostics) {
        try {
            Optional<X64FunctionTable> x64 = X64FunctionTable.read(image, diagnostics);
            Optional<Arm64FunctionTable> arm64 = Arm64FunctionTable.read(image, diagnostics);
            boolean hasTable = x64.isPresent() || arm64.isPresent();
            return new PeFunctions(x64, arm64, hasTable && isWhole(image), diagnostics);
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "stacks through this module are guessed");
            return none(diagnostics);
        }
    }

    static PeFunctions none(Diagnostics diagnostics) {
        return new PeFunctions(Optional.empty(), Optional.empty(), false, diagnostics);
    }

    private static boolean isWhole(PeImage image) {
        Optional<PeDirectory.Place> place = image.header().directory(PeDirectory.EXCEPTION);
        return place.isPresent()
                && image.view(".pdata", place.get().rva(), place.get().sizeBytes())
                                .sizeBytes()
                        == place.get().sizeBytes();
    }

    /** The table of an x64 image. */
    public Optional<X64FunctionTable> x64() {
        return x64;
    }

    /** The table of an ARM64 image. */
    public Optional<Arm64FunctionTable> arm64() {
        return arm64;
    }

    /**
     * Whether the image has a table and all of it is present: what it does not have is then a leaf, a
     * function that calls none. Never so on 32-bit x86, which has no such table.
     */
    public boolean isComplete() {
        return complete;
    }

    /** The function at an rva; empty in a leaf, and where the table does not tell. */
    public Optional<Extent> at(long rva) {
        try {
            if (x64.isPresent()) {
                Optional<RuntimeFunction> found = x64.get().find(rva);
                return found.isEmpty() ? Optional.empty() : Optional.of(extent(found.get()));
            }
            if (arm64.isPresent()) {
                return arm64.get()
                        .find(rva)
                        .map(Arm64Function::beginRva)
                        .map(begin -> new Extent(begin, begin));
            }
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "where this function starts is unknown");
        }
        return Optional.empty();
    }

    /** A part of a function is chained to the part that has the prolog. */
    private Extent extent(RuntimeFunction function) throws MalformedException {
        List<UnwindInfo> chain = x64.orElseThrow().unwind(function);
        long root = function.beginRva();
        for (UnwindInfo info : chain) {
            root = info.chained().map(RuntimeFunction::beginRva).orElse(root);
        }
        return new Extent(function.beginRva(), root);
    }
}
