package dev.mortem.os.linux.proc;

import dev.mortem.base.address.AddressRange;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Mappings of no file, for tests. */
public final class Mappings {
    private Mappings() {}

    /** @param flags VmFlags of smaps: "dc", "wf", "dd" */
    public static Mapping anonymous(
            long start, long sizeBytes, String permissions, boolean shared, String... flags) {
        return new Mapping(
                AddressRange.ofSize(start, sizeBytes),
                permissions,
                shared,
                0,
                "00:00",
                0,
                Optional.empty(),
                false,
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                Set.of(flags));
    }
}
