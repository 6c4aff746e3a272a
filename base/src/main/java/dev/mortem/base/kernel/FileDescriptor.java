package dev.mortem.base.kernel;

import java.util.OptionalLong;

/**
 * One open descriptor.
 *
 * @param number from 0, as the program knows it
 * @param access what it was opened for
 * @param inode of what stands behind it; tells pipes and sockets from others of their kind
 */
public record FileDescriptor(
        int number, Access access, OptionalLong inode, DescriptorTarget target) {

    /** O_RDONLY, O_WRONLY, O_RDWR (open(2)); the names of documents. */
    public enum Access {
        READ("read"),
        WRITE("write"),
        READ_WRITE("readWrite"),
        UNKNOWN("unknown");

        private final String label;

        Access(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }
}
