/**
 * What writers of dumps have in common: the contract, its options and its result.
 *
 * <p>Knows no format. Read {@link dev.mortem.dump.write.DumpWriter}, then {@link
 * dev.mortem.dump.write.WriteOptions}, {@link dev.mortem.dump.write.WriteListener}, {@link
 * dev.mortem.dump.write.WrittenDump} and {@link dev.mortem.dump.write.Gap}; {@link
 * dev.mortem.dump.write.PartialFile} makes a dump appear under its name only when it is whole.
 */
@NullMarked
package dev.mortem.dump.write;

import org.jspecify.annotations.NullMarked;
