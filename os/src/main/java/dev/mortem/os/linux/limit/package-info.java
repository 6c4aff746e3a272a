/**
 * The limits of others that a snapshot must stay within: memory and tasks that a copy of the process
 * takes, and time that the process may stand.
 *
 * <p>A frozen copy lives in the target's own cgroup. {@link dev.mortem.os.linux.limit.CopyHeadroom} says
 * beforehand whether there is room, its answer is a {@link dev.mortem.os.linux.limit.CopyRoom};
 * {@link dev.mortem.os.linux.limit.MemoryWatch} says, while the copy is held, when it must go; both read
 * {@link dev.mortem.os.linux.limit.MemoryCgroups}. {@link dev.mortem.os.linux.limit.Watchdogs} knows who
 * kills the process when it stands too long, {@link dev.mortem.os.linux.limit.FrozenCgroup} whether it
 * stands already.
 *
 * <p>Only files are read, and their roots come in as arguments. Nothing is stopped, killed or changed
 * here, and no clock is read. What cannot be read is absent, and what is absent limits nothing.
 */
@NullMarked
package dev.mortem.os.linux.limit;

import org.jspecify.annotations.NullMarked;
