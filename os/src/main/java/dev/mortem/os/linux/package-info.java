/**
 * Live processes on Linux: what {@link dev.mortem.os.Platform} promises, made of the packages below.
 *
 * <p>{@code call} makes the system calls, {@code proc} reads /proc, {@code table} names numbers, {@code
 * stop} stops and reads a process, {@code limit} knows how much memory and time others leave for that.
 * Here they are put together: {@link dev.mortem.os.linux.LinuxPlatform} is what the rest of the product
 * finds.
 */
@NullMarked
package dev.mortem.os.linux;

import org.jspecify.annotations.NullMarked;
