package dev.mortem.base.snapshot;

import dev.mortem.base.address.AddressRange;

import java.util.List;
import java.util.Optional;

/**
 * An executable or library in the process.
 *
 * @param range from its lowest to its highest mapped address; {@code rva} counts from its start
 * @param path as the process names it, without the kernel's " (deleted)"; in the process's own mount
 *     namespace; "[vdso]" for the kernel's
 * @param mappings its file mappings by ascending address
 * @param buildId the ELF build id in lower-case hex, read from the process's memory; empty where the
 *     dump lacks that page or the module has none
 * @param deleted whether the file was deleted or replaced on disk while it was mapped
 * @param identity of a Windows, macOS or Breakpad module; empty where the build id is all there is
 */
public record LoadedModule(
        AddressRange range,
        String path,
        List<Mapping> mappings,
        Optional<String> buildId,
        boolean deleted,
        Optional<ImageIdentity> identity) {
    public LoadedModule {
        mappings = List.copyOf(mappings);
    }

    /** A module of Linux: its build id is its identity. */
    public LoadedModule(
            AddressRange range,
            String path,
            List<Mapping> mappings,
            Optional<String> buildId,
            boolean deleted) {
        this(range, path, mappings, buildId, deleted, Optional.empty());
    }

    /** One mapping of the module's file. */
    public record Mapping(AddressRange range, long fileOffset) {}

    /** Lowest address: what CONTRACTS calls the base. */
    public long base() {
        return range.start();
    }

    /** The path's last part, whether Windows or others wrote the path. */
    public String name() {
        return lastPart(path);
    }

    static String lastPart(String path) {
        int separator =
                Math.max(path.lastIndexOf('/'), isWindowsPath(path) ? path.lastIndexOf('\\') : -1);
        return separator >= 0 && separator + 1 < path.length()
                ? path.substring(separator + 1)
                : path;
    }

    /** A drive, a share or a device; elsewhere a backslash is a letter like others. */
    private static boolean isWindowsPath(String path) {
        boolean drive = path.length() > 2 && path.charAt(1) == ':';
        return drive || path.startsWith("\\") || path.indexOf('/') < 0;
    }
}
