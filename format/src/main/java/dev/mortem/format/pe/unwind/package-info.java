/**
 * The unwind data of PE images: {@code .pdata} and what it points at (Microsoft, "x64 exception
 * handling" and "ARM64 exception handling").
 *
 * <p>Gives unwind codes as data; executes nothing and knows no process. Of 32-bit ARM nothing is read,
 * and x86 has none. Reading order: {@link dev.mortem.format.pe.unwind.X64FunctionTable} finds a {@link
 * dev.mortem.format.pe.unwind.RuntimeFunction} and its {@link dev.mortem.format.pe.unwind.UnwindInfo}
 * of {@link dev.mortem.format.pe.unwind.UnwindCode}s; {@link
 * dev.mortem.format.pe.unwind.Arm64FunctionTable} finds an {@link
 * dev.mortem.format.pe.unwind.Arm64Function} and its {@link dev.mortem.format.pe.unwind.Arm64UnwindInfo}
 * of {@link dev.mortem.format.pe.unwind.Arm64UnwindCode}s.
 */
package dev.mortem.format.pe.unwind;
