/**
 * What only a process of Windows has, as a dump tells it: {@link dev.mortem.base.windows.WindowsFacts}
 * and its parts. Values only: how a dump spells them is the minidump format's part, what they mean the
 * analysis's.
 */
package dev.mortem.base.windows;
