/**
 * Program databases of Windows, PDB 7.0 (LLVM documentation, "The PDB File Format"; microsoft-pdb,
 * PDB/dbi): from the rva of an instruction to functions, inlined ones too, files and lines, and how
 * 32-bit x86 code keeps its frames.
 *
 * <p>Types are read as far as functions and classes need names. Of Portable PDBs and of the format before
 * 7.0 no more than the identity is read. Reading order: {@link dev.mortem.format.pdb.PdbFile}, {@link
 * dev.mortem.format.pdb.PdbFunction}, {@link dev.mortem.format.pdb.PdbFrame}; then the streams: {@code
 * InfoStream}, {@code DbiStream}, {@code ModuleInfo}, {@code SectionContributions}, {@code SectionTable},
 * {@code OmapTable}, {@code PublicsStream}, {@code ModuleStream}, {@code TypeStream}, {@code StringTable},
 * {@code X86Frames}; of other formats {@link dev.mortem.format.pdb.PdbKind}.
 */
package dev.mortem.format.pdb;
