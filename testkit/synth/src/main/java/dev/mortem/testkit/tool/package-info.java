/**
 * What tests need of the machine: {@link dev.mortem.testkit.tool.Corpus} finds the corpus, {@link
 * dev.mortem.testkit.tool.Tool} finds and runs other programs. What is not there skips a test by name.
 */
@NullMarked
package dev.mortem.testkit.tool;

import org.jspecify.annotations.NullMarked;
