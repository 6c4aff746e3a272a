/** What ProcDump's arguments come to, on literals. */
@org.jspecify.annotations.NullMarked
package dev.mortem.cli.procdump;
