/**
 * The multi-stream file, MSF 7.00: the container of a PDB (LLVM documentation, "The MSF File Format";
 * microsoft-pdb, PDB/msf/msf.cpp). A file of blocks, in which numbered streams lie scattered.
 *
 * <p>Knows nothing of what the streams hold. Reading order: {@link dev.mortem.format.msf.MsfFile}, {@link
 * dev.mortem.format.msf.MsfStream}.
 */
package dev.mortem.format.msf;
