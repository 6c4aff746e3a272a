/**
 * The units of {@code .debug_info} as far as their first entry tells: name, directory, line table and
 * the addresses they cover (DWARF 5, sections 3.1, 6.1.2 and 7.5).
 *
 * <p>It does not read the entries below a unit's first (functions, types, inlined calls), does not look
 * for files and keeps no index. Reading order: {@link dev.mortem.format.dwarf.info.DwarfSections},
 * {@link dev.mortem.format.dwarf.info.UnitHeader}, {@link dev.mortem.format.dwarf.info.UnitDie}, {@link
 * dev.mortem.format.dwarf.info.FormReader}, {@link dev.mortem.format.dwarf.info.UnitRanges}, {@link
 * dev.mortem.format.dwarf.info.AddressRangeTable}.
 */
package dev.mortem.format.dwarf.info;
