package dev.mortem.dump.container;

import java.util.Arrays;
import java.util.Optional;

/** The compressed containers that a dump may come in, told by their first bytes. */
@SuppressWarnings("ImmutableEnumChecker") // the magic is never handed out and never changed
public enum Container {
    /** RFC 1952, section 2.3.1: ID1, ID2, CM 8. */
    GZ("gz", 0x1f, 0x8b, 0x08),
    /** "BZh" and the block size, which is not looked at. */
    BZ2("bz2", 'B', 'Z', 'h'),
    /** The .xz File Format, section 2.1.1.1. */
    XZ("xz", 0xfd, '7', 'z', 'X', 'Z', 0),
    /** LZ4 Frame Format: magic number 0x184D2204. */
    LZ4("lz4", 0x04, 0x22, 0x4d, 0x18),
    /** RFC 8878, section 3.1.1: magic number 0xFD2FB528. */
    ZST("zst", 0x28, 0xb5, 0x2f, 0xfd);

    /** No magic is longer. */
    public static final int MAGIC_BYTES_MAX = 6;

    private final String label;
    private final byte[] magic;

    Container(String label, int... magic) {
        this.label = label;
        this.magic = new byte[magic.length];
        for (int index = 0; index < magic.length; index++) {
            this.magic[index] = (byte) magic[index];
        }
    }

    /** As in the usual file name: "gz". */
    public String label() {
        return label;
    }

    /** The container that starts with these bytes. */
    public static Optional<Container> of(byte[] head) {
        for (Container container : values()) {
            byte[] magic = container.magic;
            if (head.length >= magic.length
                    && Arrays.equals(head, 0, magic.length, magic, 0, magic.length)) {
                return Optional.of(container);
            }
        }
        return Optional.empty();
    }
}
