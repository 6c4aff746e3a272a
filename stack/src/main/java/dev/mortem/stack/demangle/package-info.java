/**
 * Names of the source from the names that linkers see: C++ (Itanium C++ ABI, chapter 5.1), Rust (both
 * manglings) and D.
 *
 * <p>Knows no symbol tables and no Microsoft names. Reading order: {@link
 * dev.mortem.stack.demangle.Demangler} is what others use. For C++, Grammar with NameGrammar,
 * TypeGrammar and ExpressionGrammar read; Node is what they make; NodePrinter with DeclaratorPrinter and
 * ExpressionPrinter write it, looking template parameters up in a TemplateScope. RustV0Name,
 * RustLegacyName and DName read and write at once. NameText is what scanning is alike in all of them. All
 * write to an Output, whose marks ShortName reads.
 */
package dev.mortem.stack.demangle;
