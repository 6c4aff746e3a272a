package dev.mortem.stack.identity;

import dev.mortem.base.snapshot.CodeId;
import dev.mortem.base.snapshot.DebugId;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What a file is, by what stands in it; its name is the only thing that comes from outside.
 *
 * @param name without folders; of a Breakpad file the one that its MODULE record names
 * @param operatingSystem as Breakpad writes it: "windows", "Linux", "mac"; empty where it does not say
 * @param cpu as Breakpad writes it: "x86", "x86_64", "arm", "arm64"; empty for another
 * @param codeId of a PE image
 * @param debugId of a PDB or Breakpad file its own; else of the debug information that belongs to it
 * @param debugFile of a PE image: the path of its PDB as the linker wrote it
 * @param buildId of an ELF file: NT_GNU_BUILD_ID in lower-case hexadecimal
 */
public record FileIdentity(
        FileKind kind,
        String name,
        Optional<String> operatingSystem,
        Optional<String> cpu,
        Optional<CodeId> codeId,
        Optional<DebugId> debugId,
        Optional<String> debugFile,
        Optional<String> buildId,
        Set<FileContent> contents) {
    /** What stands for the age of portable PDBs in stores. */
    private static final String PORTABLE_AGE = "ffffffff";

    public FileIdentity {
        Set<FileContent> sorted = EnumSet.noneOf(FileContent.class);
        sorted.addAll(contents);
        contents = Collections.unmodifiableSet(sorted);
    }

    /**
     * Where a symbol server keeps the file, {@code NAME/ID/NAME}: images by code id, PDBs by debug id, ELF
     * files by build id (.NET "Simple Symbol Query Protocol", "SSQP Key Conventions"), Breakpad files as
     * symupload does. Empty where the file does not say which build it is.
     */
    public Optional<String> storePath() {
        if (!isFileName(name)) {
            return Optional.empty();
        }
        return switch (kind) {
            case PE -> codeId.map(id -> id.symbolServerPath(name));
            case PDB -> debugId.map(id -> id.symbolServerPath(name));
            case PORTABLE_PDB ->
                debugId.map(id -> name + "/" + id.signature() + PORTABLE_AGE + "/" + name);
            case ELF -> buildId.map(this::elfPath);
            case BREAKPAD -> debugId.map(id -> breakpadPath(name, id));
        };
    }

    /**
     * Where a tree of Breakpad symbol files has the one about this build; of an image by its PDB's name.
     * Empty where the file has no debug id.
     */
    public Optional<String> symPath() {
        String debugName = debugFile
                .map(path ->
                        path.substring(Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) + 1))
                .filter(FileIdentity::isFileName)
                .orElse(name);
        return debugId.filter(any -> isFileName(debugName)).map(id -> breakpadPath(debugName, id));
    }

    /** Where a tree of Breakpad symbol files has the one about a module: {@code NAME/ID/STEM.sym}. */
    public static String breakpadPath(String debugName, DebugId id) {
        boolean pdb = debugName.toLowerCase(Locale.ROOT).endsWith(".pdb");
        String stem = pdb ? debugName.substring(0, debugName.length() - 4) : debugName;
        return debugName + "/" + id.toString().toUpperCase(Locale.ROOT) + "/" + stem + ".sym";
    }

    /** The same file by another name. */
    public FileIdentity named(String other) {
        return new FileIdentity(
                kind, other, operatingSystem, cpu, codeId, debugId, debugFile, buildId, contents);
    }

    /** Whether a text can be the name of a file in a folder, and leads nowhere else. */
    public static boolean isFileName(String text) {
        return !text.isEmpty()
                && !text.equals(".")
                && !text.equals("..")
                && text.chars().noneMatch(c -> c == '/' || c == '\\' || c < ' ' || c == ':');
    }

    private String elfPath(String id) {
        return contents.contains(FileContent.CODE)
                ? name + "/elf-buildid-" + id + "/" + name
                : "_.debug/elf-buildid-sym-" + id + "/_.debug";
    }
}
