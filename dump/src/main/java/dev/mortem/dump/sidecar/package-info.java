/**
 * The document beside a dump: who took it, when, of whom, why, and what a core file has no room for.
 *
 * <p>{@link dev.mortem.dump.sidecar.DumpSidecar} is the document ({@code mortem.dump/1}), written and
 * read; {@link dev.mortem.dump.sidecar.SidecarSnapshot} is a snapshot that knows what its sidecar says.
 */
package dev.mortem.dump.sidecar;
