/**
 * The kernel's objects that a process of Linux holds and waits at: open descriptors with what stands
 * behind them, file locks, child processes. A core has none of this; it is read from the running system
 * when a dump is taken.
 *
 * <p>Values only: nothing here reads or judges. Read {@link dev.mortem.base.kernel.KernelObjects}, then
 * {@link dev.mortem.base.kernel.FileDescriptor} with its sealed {@link
 * dev.mortem.base.kernel.DescriptorTarget}, {@link dev.mortem.base.kernel.FileLock} and {@link
 * dev.mortem.base.kernel.ChildProcess}.
 */
package dev.mortem.base.kernel;
