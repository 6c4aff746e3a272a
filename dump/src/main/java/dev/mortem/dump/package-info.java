/**
 * Opens a dump file, whatever it is: finds out the container and the format and hands out the
 * snapshot.
 *
 * <p>Here are only the way in and its errors. Compressed containers are unpacked in {@code
 * container}, cores are read and written in {@code core}, what all writers have in common is in
 * {@code write}, and what a core has no room for in {@code sidecar}.
 *
 * <p>Read {@link dev.mortem.dump.DumpFiles}, then {@link dev.mortem.dump.OpenDump} and {@link
 * dev.mortem.dump.UnreadableDumpException}.
 */
@NullMarked
package dev.mortem.dump;

import org.jspecify.annotations.NullMarked;
