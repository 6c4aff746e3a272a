/**
 * PE images: executables and libraries of Windows, in a file or as they lie in a process's memory
 * (Microsoft, "PE Format").
 *
 * <p>Reads; loads nothing, opens no file and knows no process. What lies outside of the bytes given is
 * absent, never zero. Reading order: {@link dev.mortem.format.pe.ImageBytes} gives bytes by rva, {@link
 * dev.mortem.format.pe.PeImage} holds {@link dev.mortem.format.pe.PeHeader} and {@link
 * dev.mortem.format.pe.PeSection}; then, each on its own, {@link dev.mortem.format.pe.PeExports}, {@link
 * dev.mortem.format.pe.PeDebugDirectory}, {@link dev.mortem.format.pe.CoffSymbols} and {@link
 * dev.mortem.format.pe.VersionResource}. Unwind data has a package of its own.
 */
package dev.mortem.format.pe;
