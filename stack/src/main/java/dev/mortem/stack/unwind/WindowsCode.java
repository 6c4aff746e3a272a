package dev.mortem.stack.unwind;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.format.pe.PeExport;
import dev.mortem.format.pe.PeExports;
import dev.mortem.format.pe.PeHeader;
import dev.mortem.format.pe.PeImage;
import dev.mortem.format.pe.PeSection;
import dev.mortem.format.pe.unwind.Arm64Function;
import dev.mortem.format.pe.unwind.Arm64FunctionTable;
import dev.mortem.format.pe.unwind.RuntimeFunction;
import dev.mortem.format.pe.unwind.X64FunctionTable;
import dev.mortem.stack.locate.PeFunctions;
import dev.mortem.stack.locate.PeModule;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One module of Windows as unwinding sees it: where it has code, the code's bytes, and what its unwind
 * tables say of each place. Safe for any thread.
 */
final class WindowsCode {
    /** KiUserExceptionDispatcher of 32-bit x86 has some 90 bytes, and calls within the first 40. */
    private static final int DISPATCHER_BYTES = 64;

    private final LoadedModule module;
    private final PeModule image;
    private final Diagnostics diagnostics;
    private final OptionalLong dispatcherRva;

    WindowsCode(LoadedModule module, PeModule image, Diagnostics diagnostics) {
        this.module = module;
        this.image = image;
        this.diagnostics = diagnostics;
        this.dispatcherRva = exceptionDispatcher(module, image.image());
    }

    /**
     * A rule and how far it is to be believed.
     *
     * @param certain whether it is believed wherever it leads; else only behind a call
     */
    record Suggestion(UnwindRule rule, boolean certain) {
        /** Whether the caller did not call, and so stands where its pc says. */
        boolean interrupts() {
            return (rule instanceof UnwindRule.WindowsCodes x64 && x64.interrupts())
                    || (rule instanceof UnwindRule.WindowsArm64Codes arm64 && arm64.interrupts());
        }
    }

    /**
     * The rules for a pc, better ones first; none where the tables do not tell.
     *
     * @param exact whether the frame stands there; else it is a return address, and the call in front of
     *     it decides
     */
    List<Suggestion> rules(long pc, boolean exact, CodeMap code) {
        long address = exact ? pc : pc - 1;
        long rva = address - module.base();
        PeFunctions functions = image.functions();
        try {
            if (functions.x64().isPresent()) {
                X64FunctionTable table = functions.x64().get();
                Optional<RuntimeFunction> function = table.find(rva);
                return function.isPresent()
                        ? new X64Rules(module.base(), table, this::isSameFunction)
                                .of(function.get(), pc, exact, code)
                        : leaf(rva, exact, new UnwindRule.JustReturn());
            }
            if (functions.arm64().isPresent()) {
                Arm64FunctionTable table = functions.arm64().get();
                Optional<Arm64Function> function = table.find(rva);
                return function.isPresent()
                        ? List.of(arm64Rule(table, function.get(), pc))
                        : leaf(rva, exact, new UnwindRule.UseLinkRegister());
            }
        } catch (MalformedException malformed) {
            diagnostics.report(malformed, "stacks through this function are guessed");
        }
        return List.of();
    }

    /** A function that called another is no leaf. */
    private List<Suggestion> leaf(long rva, boolean exact, UnwindRule rule) {
        return exact && image.functions().isComplete() && isCodeAt(rva)
                ? List.of(new Suggestion(rule, false))
                : List.of();
    }

    private boolean isSameFunction(RuntimeFunction function, long targetRva) {
        PeFunctions functions = image.functions();
        Optional<PeFunctions.Extent> here = functions.at(function.beginRva());
        Optional<PeFunctions.Extent> there = functions.at(targetRva);
        boolean inside = function.contains(targetRva) && targetRva != function.beginRva();
        boolean otherPart = here.isPresent()
                && there.isPresent()
                && here.get().rootRva() == there.get().rootRva()
                && targetRva != here.get().rootRva();
        return inside || otherPart;
    }

    private Suggestion arm64Rule(Arm64FunctionTable table, Arm64Function function, long pc)
            throws MalformedException {
        long offset = pc - module.base() - function.beginRva();
        return new Suggestion(
                new UnwindRule.WindowsArm64Codes(table.unwind(function).codesAt(offset)), true);
    }

    /** Whether the unwind tables have an entry for the address. */
    boolean hasFunctionAt(long address) {
        return image.functions().at(address - module.base()).isPresent();
    }

    /** Whether an address in the module is in a section of code. */
    boolean isCode(long address) {
        return isCodeAt(address - module.base());
    }

    private boolean isCodeAt(long rva) {
        PeImage headers = image.image();
        return headers.sections().isEmpty()
                || headers.sectionAt(rva).map(PeSection::isExecutable).orElse(false);
    }

    /** Copies code from the module's file; how many bytes were there. */
    int readFile(long address, byte[] target, int targetOffset, int sizeBytes) {
        if (image.file().isEmpty()) {
            return 0;
        }
        ByteSource present = image.file().get().view("code", address - module.base(), sizeBytes);
        int size = (int) present.sizeBytes();
        try {
            present.copyTo("code", 0, target, targetOffset, size);
        } catch (MalformedException cutWhileMapped) {
            return 0; // absent, as it would be had the file been cut before
        }
        return size;
    }

    /** Whether 32-bit x86 stands where the kernel enters to have an exception handled. */
    boolean isExceptionDispatcher(long address) {
        return dispatcherRva.isPresent()
                && Long.compareUnsigned(
                                address - module.base() - dispatcherRva.getAsLong(),
                                DISPATCHER_BYTES)
                        < 0;
    }

    private static OptionalLong exceptionDispatcher(LoadedModule module, PeImage image) {
        boolean is32BitNtdll = image.header().machine() == PeHeader.MACHINE_I386
                && module.name().equalsIgnoreCase("ntdll.dll");
        if (!is32BitNtdll) {
            return OptionalLong.empty();
        }
        try {
            Optional<PeExport> found =
                    PeExports.read(image, diagnostic -> {}).find("KiUserExceptionDispatcher");
            return found.isPresent() ? OptionalLong.of(found.get().rva()) : OptionalLong.empty();
        } catch (MalformedException absent) {
            return OptionalLong.empty(); // whose names are missing is said where they are asked for
        }
    }
}
