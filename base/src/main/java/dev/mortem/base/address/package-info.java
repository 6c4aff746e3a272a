/**
 * Addresses are unsigned 64-bit numbers kept in a {@code long}.
 *
 * <p>Four kinds occur, and a name always says which: {@code address} (in the process), {@code rva}
 * (from the module's start), {@code svma} (as linked) and {@code fileOffset}. This package compares
 * and prints them; it reads no memory. Read {@link dev.mortem.base.address.AddressRange} first, then
 * {@link dev.mortem.base.address.AddressMap}.
 */
package dev.mortem.base.address;
