/**
 * A process as a file holds it, whatever the file's format: {@link
 * dev.mortem.dump.memory.FileSnapshot}, and its memory, {@link dev.mortem.dump.memory.FileMemory}.
 */
package dev.mortem.dump.memory;
