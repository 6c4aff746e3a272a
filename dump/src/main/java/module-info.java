/** Snapshot to file and file to snapshot. */
@org.jspecify.annotations.NullMarked
module dev.mortem.dump {
    requires transitive dev.mortem.base;
    requires transitive dev.mortem.format;
    requires com.github.luben.zstd_jni;
    requires jdk.unsupported; // ExtendedOpenOption.DIRECT
    requires org.apache.commons.compress;
    requires org.lz4.java;
    requires org.tukaani.xz;
    requires static org.jspecify;

    exports dev.mortem.dump;
    exports dev.mortem.dump.core;
    exports dev.mortem.dump.memory;
    exports dev.mortem.dump.minidump;
    exports dev.mortem.dump.reduce;
    exports dev.mortem.dump.sidecar;
    exports dev.mortem.dump.write;
}
