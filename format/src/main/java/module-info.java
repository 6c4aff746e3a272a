/** Bytes to structures of one published format, and back; no policy, no files of its own. */
@org.jspecify.annotations.NullMarked
module dev.mortem.format {
    requires transitive dev.mortem.base;
    requires static org.jspecify;
}
