/**
 * From a thread's registers and memory to its call stack; knows no symbols.
 *
 * <p>Reading order: {@link dev.mortem.stack.unwind.UnwoundFrame}, {@link
 * dev.mortem.stack.unwind.FrameTrust}, {@link dev.mortem.stack.unwind.StackEnd}, {@link
 * dev.mortem.stack.unwind.CallStack}. How: {@code StackWalk} asks {@code RuleFinder} for an {@code
 * UnwindRule} and has {@code RuleExecution} execute it; what a module tells is {@code ModuleCode}, of
 * Windows {@code WindowsCode} with {@code Epilogs}, executed by {@code WindowsExecution}.
 */
package dev.mortem.stack.unwind;
