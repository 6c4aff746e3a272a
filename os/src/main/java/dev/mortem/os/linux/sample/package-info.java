/**
 * What the kernel counts of processes, read again and again at a small cost. Stops and changes nothing.
 * Read {@link dev.mortem.os.linux.sample.LinuxSampler} first.
 */
@NullMarked
package dev.mortem.os.linux.sample;

import org.jspecify.annotations.NullMarked;
