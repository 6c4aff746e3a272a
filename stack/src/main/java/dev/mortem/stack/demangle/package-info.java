/**
 * Names of the source from the names that linkers see: C++ (Itanium C++ ABI, chapter 5.1), Rust (both
 * manglings), D, and Microsoft's C++.
 *
 * <p>Knows no symbol tables. Reading order: {@link
 * dev.mortem.stack.demangle.Demangler} is what others use. For C++, Grammar with NameGrammar,
 * TypeGrammar and ExpressionGrammar read; Node is what they make; NodePrinter with DeclaratorPrinter and
 * ExpressionPrinter write it, looking template parameters up in a TemplateScope. Of Microsoft's names,
 * MsvcGrammar with MsvcNames and MsvcTypes reads, MsvcNode is what they make, MsvcPrinter writes it; {@link
 * dev.mortem.stack.demangle.CDecoration} is what C names have there. RustV0Name,
 * RustLegacyName and DName read and write at once. NameText is what scanning is alike in all of them. All
 * write to an Output, whose marks ShortName reads.
 */
package dev.mortem.stack.demangle;
