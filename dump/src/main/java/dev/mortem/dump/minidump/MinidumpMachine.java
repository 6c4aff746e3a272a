package dev.mortem.dump.minidump;

import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.Machine;
import dev.mortem.format.minidump.CpuContext;
import dev.mortem.format.minidump.ExceptionStream;
import dev.mortem.format.minidump.MinidumpFile;
import dev.mortem.format.minidump.SystemInfo;
import dev.mortem.format.minidump.ThreadEntry;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a minidump's process ran on: by SystemInfo, else by the flags of the first context. */
final class MinidumpMachine {
    private MinidumpMachine() {}

    static Machine of(
            MinidumpFile file,
            Optional<SystemInfo> system,
            List<ThreadEntry> threads,
            Optional<ExceptionStream> exception) {
        if (system.isPresent()) {
            return ofArchitecture(system.get().architecture());
        }
        Optional<Cpu> cpu = Stream.concat(
                        threads.stream().flatMap(thread -> thread.context().stream()),
                        exception.flatMap(ExceptionStream::context).stream())
                .flatMap(context -> CpuContext.byFlags(context).stream())
                .map(CpuContext::cpu)
                .findFirst();
        file.diagnostics()
                .report(
                        file.bytes().name() + ": SystemInfo",
                        "the dump does not tell its CPU",
                        cpu.map(found -> "taken as " + found.label() + ", by a thread's registers")
                                .orElse("taken as x86-64"));
        return Machine.of(cpu.filter(MinidumpMachine::isUnwound).orElse(Cpu.X86_64));
    }

    private static boolean isUnwound(Cpu cpu) {
        return cpu != Cpu.PC_AND_SP_64 && cpu != Cpu.PC_AND_SP_32;
    }

    private static Machine ofArchitecture(int architecture) {
        return switch (architecture) {
            case SystemInfo.X86, SystemInfo.X86_ON_WIN64 -> Machine.of(Cpu.X86);
            case SystemInfo.AMD64 -> Machine.of(Cpu.X86_64);
            case SystemInfo.ARM64, SystemInfo.ARM64_BREAKPAD -> Machine.of(Cpu.ARM64);
            case SystemInfo.ARM -> Machine.of(Cpu.ARM);
            case 1 -> other("mips", 4);
            case 0x8004 -> other("mips64", 8);
            case 2 -> other("alpha", 4);
            case 3 -> other("ppc", 4);
            case 0x8002 -> other("ppc64", 8);
            case 4 -> other("sh", 4);
            case 6 -> other("ia64", 8);
            case 0x8001 -> other("sparc", 4);
            case 0x8005 -> other("riscv32", 4);
            case 0x8006 -> other("riscv64", 8);
            default -> other("architecture 0x" + Integer.toHexString(architecture), 8);
        };
    }

    private static Machine other(String name, int pointerSizeBytes) {
        return new Machine(name, Optional.empty(), pointerSizeBytes, ByteOrder.LITTLE_ENDIAN);
    }
}
