package dev.mortem.base.snapshot;

import java.util.Optional;

/**
 * What tells one build of a Windows, macOS or Breakpad module from another, as the dump's list of modules
 * has it, and what its maker calls it.
 *
 * @param codeId of the image itself; empty where the dump does not know its time stamp
 * @param debugId of its debug information
 * @param debugFile the path of the debug file as the linker wrote it, in the syntax of its machine
 * @param fileVersion "10.0.19041.1", from the version resource
 * @param productVersion likewise, of the product that the file belongs to
 * @param checkSum of the image's header; empty where it has none
 */
public record ImageIdentity(
        Optional<CodeId> codeId,
        Optional<DebugId> debugId,
        Optional<String> debugFile,
        Optional<String> fileVersion,
        Optional<String> productVersion,
        Optional<Long> checkSum) {
    /** An image of which nothing but the debug information's id is known. */
    public static ImageIdentity of(DebugId debugId) {
        return new ImageIdentity(
                Optional.empty(),
                Optional.of(debugId),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** The last part of {@link #debugFile}: what symbol stores call the file. */
    public Optional<String> debugFileName() {
        return debugFile.map(LoadedModule::lastPart);
    }
}
