/**
 * Bytes of files, read within bounds: the only code that turns an offset into a value.
 *
 * <p>{@link dev.mortem.base.bytes.MappedFile} maps a file of any size; {@link
 * dev.mortem.base.bytes.ByteSource} is a bounded view of it (or of an array) that reads a field by name
 * and offset and can be sliced; {@link dev.mortem.base.bytes.ByteCursor} reads one value after the
 * other. What lies outside throws {@link dev.mortem.base.bytes.MalformedException}, which names the
 * file, the structure, the offset, what was found and what is allowed. Nothing here knows a format.
 */
package dev.mortem.base.bytes;
