package dev.mortem.analyze.report;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of source files that say from which repository they are, as builds of Mozilla and others write them
 * into symbol files and PDBs: {@code hg:hg.mozilla.org/mozilla-central:mozglue/misc/Uptime.cpp:51b3},
 * {@code git:github.com/rust-lang/rust:library/std/src/panic.rs:90c5}, {@code s3:bucket:hash/dist/x.h:}.
 * Stateless.
 */
public final class RepositoryPath {
    /** The kind, the host or bucket, the path, the revision, which may be empty. */
    private static final Pattern FORM = Pattern.compile("(hg|git|svn|s3):([^:]+):([^:]+):([^:]*)");

    /** What is stored by its content has the hash of that in front. */
    private static final Pattern HASH = Pattern.compile("^[0-9a-f]{32,128}/");

    /** No compiler's file name is longer, and longer ones are not looked at. */
    private static final int CHARS_MAX = 4096;

    private RepositoryPath() {}

    /** The path within the repository, as people say it; the name itself where it has another form. */
    public static String of(String fileName) {
        if (fileName.length() > CHARS_MAX) {
            return fileName;
        }
        Matcher parts = FORM.matcher(fileName);
        return parts.matches() ? HASH.matcher(parts.group(3)).replaceFirst("") : fileName;
    }
}
