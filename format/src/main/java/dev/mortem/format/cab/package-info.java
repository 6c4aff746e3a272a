/**
 * Cabinets, as far as symbol stores have files in them: stored, MSZIP and LZX (Microsoft, [MS-CAB]
 * "Cabinet File Format"; [MS-MCI] "Microsoft ZIP (MSZIP) Compression and Decompression Data Structure";
 * [MS-PATCH] "LZX DELTA Compression and Decompression", of which cabinets use what was there before the
 * delta). Cabinets of several parts and Quantum compression are not read.
 *
 * <p>Reading order: {@link dev.mortem.format.cab.CabFile}, {@link dev.mortem.format.cab.CabEntry}; then
 * how: {@code CabFolder}, {@code BlockDecoder}, {@code MsZipBlocks}, {@code LzxBlocks}, {@code LzxBits},
 * {@code LzxTree}, {@code LzxCallTargets}.
 */
package dev.mortem.format.cab;
