/**
 * Processes as they begin: told by the kernel ({@link dev.mortem.os.linux.arrive.ProcConnector}), or looked
 * for ({@link dev.mortem.os.linux.arrive.PolledArrivals}). Touches none of them.
 */
@NullMarked
package dev.mortem.os.linux.arrive;

import org.jspecify.annotations.NullMarked;
