package dev.mortem.analyze;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.CrashReason;
import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.ProcessSnapshot;
import dev.mortem.base.snapshot.RegisterContext;
import dev.mortem.base.snapshot.ThreadSnapshot;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ProgramHeader;
import dev.mortem.testkit.fakes.WrappedSnapshot;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A core that qemu wrote of a statically linked program, as the kernel would have written it. Qemu leaves
 * out the program's code and the list of mapped files. And its threads stand behind the system call's
 * instruction with the first argument still in its register, where the kernel sets a thread that a signal
 * takes out of a call back to the instruction itself (arch/arm64/kernel/signal.c, do_signal;
 * arch/arm/kernel/signal.c). Nor does it say that its signal was sent.
 */
final class QemuSnapshot extends WrappedSnapshot {
    private static final int ARM64_SVC = 0xd400_0001;
    private static final int ARM_SVC = 0xef00_0000;
    private static final int THUMB_SVC = 0xdf00;
    private static final long THUMB_BIT = 0x20;

    /** asm-generic/siginfo.h: by kill(2). */
    private static final int SI_USER = 0;

    private final ElfFile program;
    private final LoadedModule module;
    private final List<ThreadSnapshot> threads = new ArrayList<>();

    QemuSnapshot(ProcessSnapshot core, Path program) throws IOException, MalformedException {
        super(core);
        ByteSource bytes = ByteSource.ofBytes(
                program.toString(), Files.readAllBytes(program), ByteOrder.LITTLE_ENDIAN);
        this.program = ElfFile.read(bytes, Limits.defaults(), new DiagnosticLog());
        List<LoadedModule.Mapping> mappings = new ArrayList<>();
        for (ProgramHeader segment : this.program.programHeaders()) {
            if (segment.type() == ProgramHeader.PT_LOAD) {
                long inPage = segment.svma() & 0xfff;
                mappings.add(new LoadedModule.Mapping(
                        AddressRange.ofSize(
                                segment.svma() - inPage, segment.memorySizeBytes() + inPage),
                        segment.fileOffset() - inPage));
            }
        }
        this.module = new LoadedModule(
                AddressRange.between(
                        mappings.getFirst().range().start(),
                        mappings.getLast().range().end()),
                program.toString(),
                mappings,
                this.program.buildId(),
                false);
        for (ThreadSnapshot thread : core.threads()) {
            RegisterContext registers = thread.registers().orElseThrow();
            threads.add(ThreadSnapshot.of(
                    thread.id(), Optional.of(atItsCall(registers)), thread.notes()));
        }
    }

    private RegisterContext atItsCall(RegisterContext registers) throws MalformedException {
        boolean thumb =
                registers.cpu() == Cpu.ARM && (registers.get("cpsr").orElse(0) & THUMB_BIT) != 0;
        int size = thumb ? 2 : 4;
        int call = registers.cpu() == Cpu.ARM64 ? ARM64_SVC : thumb ? THUMB_SVC : ARM_SVC;
        long address = registers.pc().orElse(0) - size;
        for (ProgramHeader segment : program.programHeaders()) {
            long offset = address - segment.svma();
            if (segment.type() == ProgramHeader.PT_LOAD
                    && offset >= 0
                    && offset + size <= segment.fileSizeBytes()) {
                long code = program.bytes().unsigned("code", segment.fileOffset() + offset, size);
                return (int) code == call ? registers.with("pc", address) : registers;
            }
        }
        return registers;
    }

    @Override
    public List<ThreadSnapshot> threads() {
        return List.copyOf(threads);
    }

    @Override
    public CrashReason reason() {
        return super.reason() instanceof CrashReason.Signal signal
                ? new CrashReason.Signal(
                        signal.number(),
                        OptionalInt.of(SI_USER),
                        OptionalLong.empty(),
                        signal.senderPid(),
                        signal.threadId())
                : super.reason();
    }

    @Override
    public List<LoadedModule> modules() {
        return List.of(module);
    }
}
