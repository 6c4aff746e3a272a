/** Processes of this machine; the only module with native calls. */
@org.jspecify.annotations.NullMarked
module dev.mortem.os {
    requires transitive dev.mortem.base;
    requires static org.jspecify;

    exports dev.mortem.os;

    uses dev.mortem.os.Platform;

    provides dev.mortem.os.Platform with
            dev.mortem.os.linux.LinuxPlatform;
}
