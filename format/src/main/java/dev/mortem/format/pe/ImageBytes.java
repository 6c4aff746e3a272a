package dev.mortem.format.pe;

import dev.mortem.base.address.AddressRange;
import dev.mortem.base.address.Addresses;
import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.limit.Limits;
import dev.mortem.base.snapshot.MemoryReader;

import java.nio.ByteOrder;

/**
 * The bytes of an image by rva; parts of it may be absent. Implementations are safe for any thread and
 * give little-endian views.
 */
@FunctionalInterface
public interface ImageBytes {
    /**
     * What is present from {@code rva} on: at most {@code sizeBytes}, perhaps less, perhaps nothing.
     *
     * @param part what it is for, as messages name it
     * @param rva unsigned, below 2^32
     * @param sizeBytes unsigned
     */
    ByteSource view(String part, long rva, long sizeBytes);

    /** An image that lies in one piece as a process sees it. */
    static ImageBytes mapped(ByteSource image) {
        ByteSource ordered = image.withOrder(ByteOrder.LITTLE_ENDIAN);
        return ordered::atMost;
    }

    /**
     * An image in a process's memory. A view ends before the first byte that is absent, and at {@link
     * PeLimits#VIEW_BYTES}.
     *
     * @param name as messages name the module
     * @param base address of the image's first byte
     */
    static ImageBytes ofMemory(String name, MemoryReader memory, long base, Limits limits) {
        int viewMax = limits.maxInt(PeLimits.VIEW_BYTES);
        return (part, rva, sizeBytes) -> {
            String view = "%s, rva %s".formatted(name, Addresses.hex(rva));
            AddressRange range = AddressRange.ofSize(base + rva, sizeBytes);
            return memory.view(view, range, viewMax)
                    .withOrder(ByteOrder.LITTLE_ENDIAN)
                    .atMost(part, 0, sizeBytes);
        };
    }
}
