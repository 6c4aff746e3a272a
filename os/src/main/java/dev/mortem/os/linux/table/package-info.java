/**
 * Tables of numbers that Linux gives to things: system calls, signals, and the layout of register sets.
 * Nothing here calls the system.
 */
@NullMarked
package dev.mortem.os.linux.table;

import org.jspecify.annotations.NullMarked;
