package dev.mortem.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** How a dump is written. */
enum DumpFormat {
    CORE(".core"),
    MINIDUMP(".dmp");

    private static final String PACKED = ".zst";

    private final String extension;

    DumpFormat(String extension) {
        this.extension = extension;
    }

    /** As options and sidecars spell it. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Of a file's name, without the dot. */
    String extension(boolean compress) {
        return extension.substring(1) + (compress ? PACKED : "");
    }

    /** What a file of that name holds, packed or not; empty where the name does not tell. */
    static Optional<DumpFormat> of(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        String unpacked =
                name.endsWith(PACKED) ? name.substring(0, name.length() - PACKED.length()) : name;
        for (DumpFormat format : values()) {
            if (unpacked.endsWith(format.extension)) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }
}
