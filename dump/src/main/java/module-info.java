/** Snapshot to file and file to snapshot. */
@org.jspecify.annotations.NullMarked
module dev.mortem.dump {
    requires transitive dev.mortem.base;
    requires dev.mortem.format;
    requires static org.jspecify;

    exports dev.mortem.dump.sidecar;
}
