package dev.mortem.dump.minidump;

import dev.mortem.dump.reduce.DumpKind;

import java.util.Map;

/**
 * What a minidump is to hold.
 *
 * @param flags MINIDUMP_TYPE: what is asked for
 * @param statedFlags what the header says: less, where the snapshot itself is of a smaller dump
 * @param includeEnvironment whether LinuxEnviron is written: the environment holds secrets
 * @param systemFiles files of the machine that the process ran on, by stream type: LinuxCpuInfo,
 *     LinuxProcStatus, LinuxLsbRelease; not to be changed
 */
public record MinidumpOptions(
        long flags,
        long statedFlags,
        boolean includeEnvironment,
        Map<Integer, byte[]> systemFiles) {
    public MinidumpOptions {
        systemFiles = Map.copyOf(systemFiles);
    }

    /** What the bits ask for, and no more. */
    public static MinidumpOptions of(long flags) {
        return new MinidumpOptions(flags, flags, false, Map.of());
    }

    /** The same, with another word in the header. */
    public MinidumpOptions stated(long otherFlags) {
        return new MinidumpOptions(flags, otherFlags, includeEnvironment, systemFiles);
    }

    /** The same, with the environment and files of the machine. */
    public MinidumpOptions with(boolean environment, Map<Integer, byte[]> files) {
        return new MinidumpOptions(flags, statedFlags, environment, files);
    }

    /** What the kind holds, and no more. */
    public static MinidumpOptions of(DumpKind kind) {
        return of(kind.flags());
    }
}
