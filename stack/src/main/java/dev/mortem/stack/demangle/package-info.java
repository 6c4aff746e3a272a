/**
 * C++ names from the names that linkers see: the Itanium C++ ABI, chapter 5.1.
 *
 * <p>Knows no symbol tables, no Microsoft names and of Rust's only the legacy ones. Reading order:
 * {@link dev.mortem.stack.demangle.Demangler} is what others use; Grammar with NameGrammar,
 * TypeGrammar and ExpressionGrammar read; Node is what they make; NodePrinter with
 * DeclaratorPrinter and ExpressionPrinter write it, looking template parameters up in a
 * TemplateScope.
 */
package dev.mortem.stack.demangle;
