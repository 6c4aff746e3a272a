package dev.mortem.stack.unwind;

import dev.mortem.base.address.AddressMap;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.MemoryReader;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.windows.WindowsFacts;
import dev.mortem.format.pe.ImageBytes;
import dev.mortem.format.pe.unwind.RuntimeFunction;
import dev.mortem.format.pe.unwind.X64FunctionTable;
import dev.mortem.stack.unwind.WindowsCode.Suggestion;

import java.util.List;
import java.util.Optional;

/**
 * How code of x64 that was made at run time is unwound: by the tables that the program gave to Windows
 * (RtlAddFunctionTable, RtlInstallFunctionTableCallback) and the dump has kept. Their UNWIND_INFO lies
 * in the process's memory. Safe for any thread.
 */
final class RuntimeTables {
    /** An entry of x64; those of other CPUs are not read. */
    private static final int ENTRY_BYTES = 12;

    private final AddressMap<Lazy> tables;
    private final MemoryReader memory;
    private final Limits limits;
    private final Diagnostics diagnostics;

    RuntimeTables(ProcessSnapshot snapshot, Limits limits, Diagnostics diagnostics) {
        boolean isRead =
                snapshot.machine().cpu().filter(cpu -> cpu == Cpu.X86_64).isPresent();
        List<WindowsFacts.FunctionTable> stated = snapshot.windows()
                .filter(facts -> isRead)
                .map(WindowsFacts::functionTables)
                .orElse(List.of());
        this.tables = AddressMap.of(
                stated.stream()
                        .filter(table -> table.entrySizeBytes() == ENTRY_BYTES)
                        .map(Lazy::new)
                        .toList(),
                lazy -> lazy.stated.code());
        this.memory = snapshot.memory();
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    /** As {@link WindowsCode#rules}; a function without an entry is a leaf, where it has called nobody. */
    List<Suggestion> rules(long pc, boolean exact, CodeMap code) {
        long address = exact ? pc : pc - 1;
        Optional<Lazy> covering = tables.at(address);
        if (covering.isEmpty()) {
            return List.of();
        }
        long base = covering.get().stated.base();
        try {
            Optional<X64FunctionTable> table = open(covering.get());
            if (table.isEmpty()) {
                return List.of();
            }
            Optional<RuntimeFunction> function = table.get().find(address - base);
            if (function.isPresent()) {
                return new X64Rules(base, table.get(), RuntimeTables::isInside)
                        .of(function.get(), pc, exact, code);
            }
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "stacks through this function are guessed");
            return List.of();
        }
        return exact ? List.of(new Suggestion(new UnwindRule.JustReturn(), false)) : List.of();
    }

    private static boolean isInside(RuntimeFunction function, long targetRva) {
        return function.contains(targetRva) && targetRva != function.beginRva();
    }

    /** The table; empty where it is broken, which is said once. */
    private Optional<X64FunctionTable> open(Lazy lazy) {
        synchronized (lazy) {
            if (lazy.table.isEmpty()) {
                lazy.table = Optional.of(read(lazy.stated));
            }
            return lazy.table.get();
        }
    }

    private Optional<X64FunctionTable> read(WindowsFacts.FunctionTable stated) {
        ImageBytes bytes =
                ImageBytes.ofMemory("code made at run time", memory, stated.base(), limits);
        try {
            return Optional.of(X64FunctionTable.of(stated.entries(), bytes, limits, diagnostics));
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "frames of code made at run time are guessed");
            return Optional.empty();
        }
    }

    /** A table that is read when a stack first leads into its code. */
    private static final class Lazy {
        private final WindowsFacts.FunctionTable stated;
        private Optional<Optional<X64FunctionTable>> table = Optional.empty();

        Lazy(WindowsFacts.FunctionTable stated) {
            this.stated = stated;
        }
    }
}
