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
 */
public record LoadedModule(
        AddressRange range,
        String path,
        List<Mapping> mappings,
        Optional<String> buildId,
        boolean deleted) {
    public LoadedModule {
        mappings = List.copyOf(mappings);
    }

    /** One mapping of the module's file. */
    public record Mapping(AddressRange range, long fileOffset) {}

    /** Lowest address: what CONTRACTS calls the base. */
    public long base() {
        return range.start();
    }

    /** The path's last part. */
    public String name() {
        int slash = path.lastIndexOf('/');
        return slash >= 0 && slash + 1 < path.length() ? path.substring(slash + 1) : path;
    }
}
