package dev.mortem.stack.identity;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.bytes.MalformedException;
import dev.mortem.base.diagnostic.Diagnostics;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.CodeId;
import dev.mortem.base.snapshot.Cpu;
import dev.mortem.base.snapshot.DebugId;
import dev.mortem.format.breakpad.SymFile;
import dev.mortem.format.breakpad.SymModule;
import dev.mortem.format.codeview.CodeViewRecord;
import dev.mortem.format.elf.ElfFile;
import dev.mortem.format.elf.ElfHeader;
import dev.mortem.format.elf.ElfMachine;
import dev.mortem.format.elf.SectionHeader;
import dev.mortem.format.pdb.PdbFile;
import dev.mortem.format.pdb.PdbKind;
import dev.mortem.format.pdb.PortablePdb;
import dev.mortem.format.pe.PeDebugDirectory;
import dev.mortem.format.pe.PeDirectory;
import dev.mortem.format.pe.PeHeader;
import dev.mortem.format.pe.PeImage;
import dev.mortem.format.pe.PeLayout;

import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;

/** Reads what a file is from its bytes. Immutable, safe for any thread. */
public final class IdentityReader {
    private final Limits limits;
    private final Diagnostics diagnostics;

    public IdentityReader(Limits limits, Diagnostics diagnostics) {
        this.limits = limits;
        this.diagnostics = diagnostics;
    }

    /**
     * The identity; empty where the file is of none of the kinds, or a core.
     *
     * @param name of the file without folders
     * @throws MalformedException where it is of such a kind and its headers are broken
     */
    public Optional<FileIdentity> read(String name, ByteSource file) throws MalformedException {
        if (ElfHeader.isElf(file)) {
            return ElfHeader.isCore(file) ? Optional.empty() : Optional.of(elf(name, file));
        }
        if (PeHeader.hasDosMagic(file)) {
            return Optional.of(pe(name, file));
        }
        return switch (PdbKind.of(file)) {
            case PDB_7 -> Optional.of(pdb(name, PdbFile.open(file, limits, diagnostics)));
            case PORTABLE -> Optional.of(portablePdb(name, PortablePdb.read(file)));
            default -> SymFile.moduleOf(file).map(module -> breakpad(module, file));
        };
    }

    /** How Breakpad calls a CPU; empty for one that it does not know. */
    public static Optional<String> cpuName(Cpu cpu) {
        return switch (cpu) {
            case X86_64 -> Optional.of("x86_64");
            case X86 -> Optional.of("x86");
            case ARM64 -> Optional.of("arm64");
            case ARM -> Optional.of("arm");
            case PC_AND_SP_64, PC_AND_SP_32 -> Optional.empty();
        };
    }

    private FileIdentity elf(String name, ByteSource bytes) throws MalformedException {
        ElfFile file = ElfFile.read(bytes, limits, diagnostics);
        Optional<String> buildId = file.buildId();
        return new FileIdentity(
                FileKind.ELF,
                name,
                Optional.of("Linux"),
                ElfMachine.of(file.header()).cpu().flatMap(IdentityReader::cpuName),
                Optional.empty(),
                buildId.map(id -> DebugId.ofBuildId(HexFormat.of().parseHex(id))),
                Optional.empty(),
                buildId,
                contents(file));
    }

    private static Set<FileContent> contents(ElfFile file) {
        Set<FileContent> found = EnumSet.noneOf(FileContent.class);
        for (SectionHeader section : file.sections()) {
            boolean present = section.type() != SectionHeader.SHT_NOBITS && section.sizeBytes() > 0;
            if (!present) {
                continue;
            }
            if (section.isLoaded() && (section.flags() & SectionHeader.SHF_EXECINSTR) != 0) {
                found.add(FileContent.CODE);
            }
            if (section.type() == SectionHeader.SHT_SYMTAB) {
                found.add(FileContent.SYMBOLS);
            } else if (section.type() == SectionHeader.SHT_DYNSYM) {
                found.add(FileContent.EXPORTS);
            }
            byName(section.name()).ifPresent(found::add);
        }
        return found;
    }

    private static Optional<FileContent> byName(String section) {
        return switch (section) {
            case ".debug_info", ".zdebug_info" -> Optional.of(FileContent.DEBUG_INFO);
            case ".debug_line", ".zdebug_line" -> Optional.of(FileContent.LINES);
            case ".eh_frame", ".debug_frame", ".zdebug_frame", ".ARM.exidx", ".pdata" ->
                Optional.of(FileContent.UNWIND);
            case ".gnu_debuglink" -> Optional.of(FileContent.DEBUG_LINK);
            case ".gnu_debugdata" -> Optional.of(FileContent.SYMBOLS);
            default -> Optional.empty();
        };
    }

    private FileIdentity pe(String name, ByteSource bytes) throws MalformedException {
        PeImage image = PeImage.open(bytes, PeLayout.FILE, limits, diagnostics);
        Optional<CodeViewRecord> codeView =
                PeDebugDirectory.read(image, diagnostics).codeView(diagnostics);
        return new FileIdentity(
                FileKind.PE,
                name,
                Optional.of("windows"),
                image.header().cpu().flatMap(IdentityReader::cpuName),
                Optional.of(image.header().codeId()),
                codeView.flatMap(CodeViewRecord::debugId),
                codeView.flatMap(CodeViewRecord::path),
                Optional.empty(),
                contents(image));
    }

    private static FileIdentity pdb(String name, PdbFile file) {
        Set<FileContent> contents = EnumSet.noneOf(FileContent.class);
        if (!file.isStripped() && file.hasLines()) {
            contents.add(FileContent.DEBUG_INFO);
        }
        if (file.hasLines()) {
            contents.add(FileContent.LINES);
        }
        if (file.hasFunctions()) {
            contents.add(FileContent.PUBLICS);
        }
        if (file.hasFrames()) {
            contents.add(FileContent.UNWIND);
        }
        if (file.hasSourceLink()) {
            contents.add(FileContent.SOURCE_LINK);
        }
        if (file.hasSourceServer()) {
            contents.add(FileContent.SOURCE_SERVER);
        }
        Optional<Cpu> cpu = file.machine().isPresent()
                ? PeHeader.cpu(file.machine().getAsInt())
                : Optional.empty();
        return new FileIdentity(
                FileKind.PDB,
                name,
                Optional.of("windows"),
                cpu.flatMap(IdentityReader::cpuName),
                Optional.empty(),
                Optional.of(file.id()),
                Optional.empty(),
                Optional.empty(),
                contents);
    }

    private static FileIdentity portablePdb(String name, PortablePdb pdb) {
        return new FileIdentity(
                FileKind.PORTABLE_PDB,
                name,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(pdb.id()),
                Optional.empty(),
                Optional.empty(),
                Set.of(FileContent.LINES));
    }

    private FileIdentity breakpad(SymModule module, ByteSource bytes) {
        SymFile file = SymFile.read(bytes, limits, diagnostics);
        Set<FileContent> contents = EnumSet.noneOf(FileContent.class);
        if (file.functionCount() > 0) {
            contents.add(FileContent.SYMBOLS);
        }
        if (file.hasLines()) {
            contents.add(FileContent.LINES);
        }
        if (file.publicCount() > 0) {
            contents.add(FileContent.PUBLICS);
        }
        if (file.hasUnwindRules()) {
            contents.add(FileContent.UNWIND);
        }
        // "5AB38077a1000 name.exe" of an image of Windows
        Optional<CodeId> codeId =
                file.codeId().flatMap(text -> CodeId.parse(text.split(" ", 2)[0]));
        return new FileIdentity(
                FileKind.BREAKPAD,
                module.name(),
                Optional.of(module.operatingSystem()),
                Optional.of(module.architecture()),
                codeId.filter(any -> module.operatingSystem().equalsIgnoreCase("windows")),
                DebugId.parse(module.debugId()),
                Optional.empty(),
                Optional.empty(),
                contents);
    }

    private static Set<FileContent> contents(PeImage image) {
        Set<FileContent> found = EnumSet.noneOf(FileContent.class);
        image.sections().forEach(section -> {
            if (section.isExecutable() && section.rawSize() > 0) {
                found.add(FileContent.CODE);
            }
            byName(section.name()).ifPresent(found::add);
        });
        if (image.header().directory(PeDirectory.EXPORT).isPresent()) {
            found.add(FileContent.EXPORTS);
        }
        if (image.header().symbolTableOffset() != 0) {
            found.add(FileContent.SYMBOLS);
        }
        return found;
    }
}
