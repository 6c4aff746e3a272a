/**
 * Processes of this machine: found, stopped, read and let go, whatever the operating system.
 *
 * <p>This package holds the contracts and what is the same everywhere; but for {@link
 * dev.mortem.os.SystemLog} it makes no native call, and it knows nothing of dump files. What
 * differs between systems is a {@link dev.mortem.os.Platform}. Read
 * {@link dev.mortem.os.ProcessControl} and {@link dev.mortem.os.LiveSnapshot} first, then {@link
 * dev.mortem.os.SnapshotOptions}, {@link dev.mortem.os.TargetException}, {@link
 * dev.mortem.os.ProcessList} with {@link dev.mortem.os.ProcessEntry}, {@link dev.mortem.os.Target}
 * with {@link dev.mortem.os.TargetResolver}, {@link
 * dev.mortem.os.ProcessSampler} with {@link dev.mortem.os.ProcessSample} and {@link
 * dev.mortem.os.Figure}, {@link dev.mortem.os.ProcessEvents} with {@link dev.mortem.os.ProcessEvent},
 * {@link dev.mortem.os.EventOptions} and {@link dev.mortem.os.EventFilter},
 * {@link dev.mortem.os.ProcessArrivals}, {@link dev.mortem.os.Doctor} and {@link
 * dev.mortem.os.Launcher}.
 */
@NullMarked
package dev.mortem.os;

import org.jspecify.annotations.NullMarked;
