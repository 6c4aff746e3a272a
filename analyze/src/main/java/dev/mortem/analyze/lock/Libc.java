package dev.mortem.analyze.lock;

import dev.mortem.base.snapshot.LoadedModule;
import dev.mortem.base.snapshot.MemoryReader;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which C library a process uses, and which version of it: from the library's file name, and glibc's
 * from the line that it prints when it is run, which stands in its constants. Immutable.
 *
 * @param major of glibc's version; 0 where it is not known
 */
record Libc(Family family, int major, int minor) {
    enum Family {
        GLIBC,
        MUSL,
        /** Linked into the program, or another one. */
        UNKNOWN
    }

    static final Libc UNKNOWN = new Libc(Family.UNKNOWN, 0, 0);

    private static final Pattern GLIBC_FILE =
            Pattern.compile("lib(?:c|pthread)(?:\\.so\\.6|-(\\d+)\\.(\\d+)\\.so|\\.so\\.0)");
    private static final Pattern MUSL_FILE =
            Pattern.compile("ld-musl-.*\\.so\\.1|libc\\.musl-.*\\.so\\.1");
    private static final Pattern BANNER = Pattern.compile(
            "GNU C Library [^\\n\\x00]{0,120}? release version (\\d{1,2})\\.(\\d{1,3})");
    /** A libc has 2 MB. */
    private static final int SCAN_BYTES_MAX = 1 << 23;

    private static final int PIECE_BYTES = 1 << 16;
    private static final int OVERLAP_BYTES = 256;

    /** @param code with the modules' constants, where they can be had */
    static Libc of(List<LoadedModule> modules, MemoryReader code) {
        for (LoadedModule module : modules) {
            Matcher glibc = GLIBC_FILE.matcher(module.name());
            boolean muslFolder =
                    module.name().equals("libc.so") && module.path().contains("musl");
            if (muslFolder || MUSL_FILE.matcher(module.name()).matches()) {
                return new Libc(Family.MUSL, 0, 0);
            }
            if (glibc.matches()) {
                return glibc.group(1) != null
                        ? version(glibc)
                        : banner(module, code).orElse(new Libc(Family.GLIBC, 0, 0));
            }
        }
        return UNKNOWN;
    }

    private static Libc version(Matcher found) {
        return new Libc(
                Family.GLIBC, Integer.parseInt(found.group(1)), Integer.parseInt(found.group(2)));
    }

    private static Optional<Libc> banner(LoadedModule module, MemoryReader code) {
        long size = module.range().sizeBytes();
        long scanned = size < 0 ? SCAN_BYTES_MAX : Math.min(size, SCAN_BYTES_MAX);
        byte[] piece = new byte[PIECE_BYTES + OVERLAP_BYTES];
        for (long from = 0; from < scanned; from += PIECE_BYTES) {
            int wanted = (int) Math.min(piece.length, scanned - from);
            int read = code.read(module.base() + from, piece, 0, wanted);
            Matcher found = BANNER.matcher(new String(piece, 0, read, StandardCharsets.ISO_8859_1));
            if (found.find()) {
                return Optional.of(version(found));
            }
        }
        return Optional.empty();
    }

    /** Whether it is a glibc that is known to be older. */
    boolean isBefore(int otherMajor, int otherMinor) {
        return major != 0 && (major < otherMajor || (major == otherMajor && minor < otherMinor));
    }
}
