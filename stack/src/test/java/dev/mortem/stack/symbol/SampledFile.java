package dev.mortem.stack.symbol;

import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.bytes.MappedFile;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ElfSymbol;
import dev.mortem.format.elf.SectionHeader;
import dev.mortem.stack.ModuleOnDisk;
import dev.mortem.stack.locate.ModuleImages;
import dev.mortem.stack.locate.ModuleSearch;
import dev.mortem.stack.symbol.LlvmSymbolizer.Place;
import dev.mortem.stack.unwind.CallStack;
import dev.mortem.stack.unwind.FrameTrust;
import dev.mortem.stack.unwind.StackEnd;
import dev.mortem.stack.unwind.UnwoundFrame;
import dev.mortem.testkit.fakes.FakeSnapshot;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * A file whose addresses are asked about.
 *
 * @param path the program or library, as a process would map it
 * @param symbols the file with its symbols and debug information, which may be the same
 */
record SampledFile(Path path, Path symbols) {
    private static final long BIAS = 0x7f0000000000L;
    private static final long SEED = 20_261_126;

    /** Addresses inside functions, each byte of code as likely as another; always the same ones. */
    long[] sample(int count) throws IOException {
        List<ElfSymbol> functions = functions();
        long[] ends = new long[functions.size()];
        long bytes = 0;
        for (int index = 0; index < ends.length; index++) {
            bytes += functions.get(index).sizeBytes();
            ends[index] = bytes;
        }
        if (bytes == 0) {
            return new long[0];
        }
        Random random = new Random(SEED);
        long[] svmas = new long[count];
        for (int at = 0; at < count; at++) {
            long place = random.nextLong(bytes);
            int index = java.util.Arrays.binarySearch(ends, place + 1);
            ElfSymbol function = functions.get(index < 0 ? -index - 1 : index);
            long end = ends[index < 0 ? -index - 1 : index];
            svmas[at] = function.svma() + (place - (end - function.sizeBytes()));
        }
        return svmas;
    }

    /** The names that stand for one svma. */
    Map<String, Set<Long>> svmasByName() throws IOException {
        Map<String, Set<Long>> svmas = new HashMap<>();
        for (ElfSymbol symbol : functions()) {
            svmas.computeIfAbsent(SymbolName.withoutVersion(symbol.name()), name -> new HashSet<>())
                    .add(symbol.svma());
        }
        return svmas;
    }

    private List<ElfSymbol> functions() throws IOException {
        List<ElfSymbol> functions = new ArrayList<>();
        try (MappedFile mapped = MappedFile.open(symbols, ByteOrder.LITTLE_ENDIAN)) {
            ElfFile file = ElfFile.read(mapped.source(), Limits.defaults(), ignored -> {});
            for (SectionHeader section : file.sections()) {
                if (section.type() == SectionHeader.SHT_SYMTAB
                        || section.type() == SectionHeader.SHT_DYNSYM) {
                    for (ElfSymbol symbol : file.symbols(section)) {
                        if (symbol.isDefined() && isFunction(symbol) && symbol.sizeBytes() > 0) {
                            functions.add(symbol);
                        }
                    }
                }
            }
        } catch (MalformedException malformed) {
            throw new IOException(malformed);
        }
        return functions;
    }

    private static boolean isFunction(ElfSymbol symbol) {
        return symbol.type() == ElfSymbol.STT_FUNC || symbol.type() == ElfSymbol.STT_GNU_IFUNC;
    }

    /** What Mortem makes of the addresses. */
    List<List<Place>> chains(long[] svmas, Diagnostics diagnostics) throws IOException {
        ModuleSearch search = ModuleSearch.ofThisMachine().withSymbolPaths(List.of(symbols));
        return chains(svmas, search, diagnostics);
    }

    List<List<Place>> chains(long[] svmas, ModuleSearch search, Diagnostics diagnostics)
            throws IOException {
        LoadedModule module = ModuleOnDisk.of(path, BIAS);
        FakeSnapshot snapshot = new FakeSnapshot(Machine.of(Cpu.X86_64)).module(module);
        List<List<Place>> chains = new ArrayList<>(svmas.length);
        try (ModuleImages images =
                ModuleImages.of(snapshot, search, Limits.defaults(), diagnostics)) {
            Symbolizer symbolizer = new Symbolizer(snapshot, images, Limits.defaults());
            for (long svma : svmas) {
                UnwoundFrame frame = new UnwoundFrame(
                        svma + BIAS,
                        svma + BIAS,
                        RegisterContext.none(Cpu.X86_64),
                        FrameTrust.CFI,
                        Optional.of(module),
                        false);
                chains.add(symbolizer
                        .symbolize(new CallStack(1, List.of(frame), new StackEnd.Complete()))
                        .frames()
                        .stream()
                        .map(SampledFile::place)
                        .toList());
            }
        }
        return chains;
    }

    private static Place place(Frame frame) {
        return new Place(
                frame.function().map(Frame.FunctionName::raw).orElse(""),
                frame.source().map(Frame.SourceLocation::file).orElse(""),
                frame.source().map(Frame.SourceLocation::line).orElse(0));
    }
}
