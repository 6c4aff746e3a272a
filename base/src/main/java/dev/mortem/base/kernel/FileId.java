package dev.mortem.base.kernel;

/**
 * Tells one file of a machine from another.
 *
 * @param device major and minor number in hex, as /proc/locks has them: "fe:00"
 */
public record FileId(String device, long inode) {}
