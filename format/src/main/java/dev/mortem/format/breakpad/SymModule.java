package dev.mortem.format.breakpad;

/**
 * The MODULE record: what the file is about.
 *
 * @param operatingSystem "Linux", "windows", "mac", in any case of letters
 * @param architecture "x86", "x86_64", "arm64"
 * @param debugId in upper case: of an ELF file its build id's first 16 bytes as a GUID, then "0"; of a
 *     PDB its GUID and age
 * @param name of the executable, library or PDB, without a folder
 */
public record SymModule(String operatingSystem, String architecture, String debugId, String name) {}
