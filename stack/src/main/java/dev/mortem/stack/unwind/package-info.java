/**
 * From a thread's registers and memory to its call stack; knows no symbols.
 *
 * <p>Reading order: {@link dev.mortem.stack.unwind.UnwoundFrame}, {@link
 * dev.mortem.stack.unwind.FrameTrust}, {@link dev.mortem.stack.unwind.StackEnd}, {@link
 * dev.mortem.stack.unwind.CallStack}.
 */
package dev.mortem.stack.unwind;
