/**
 * The unwinding tables of 32-bit Arm: Exception Handling ABI for the Arm Architecture (IHI 0038),
 * {@code .ARM.exidx} and {@code .ARM.extab}.
 *
 * <p>Executes nothing and knows no process. Reading order: {@link
 * dev.mortem.format.ehabi.ExceptionIndex} finds the entry of a function, {@link
 * dev.mortem.format.ehabi.UnwindEntry} is what it says, {@link
 * dev.mortem.format.ehabi.UnwindInstruction} its steps.
 */
package dev.mortem.format.ehabi;
