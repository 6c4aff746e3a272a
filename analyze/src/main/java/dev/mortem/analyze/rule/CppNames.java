package dev.mortem.analyze.rule;

import dev.mortem.stack.demangle.Demangler;

/** Names of C++ types as std::type_info keeps them: mangled, without the _Z of a symbol, or Microsoft's. */
final class CppNames {
    private static final String NAME_OF = "typeinfo name for ";

    private CppNames() {}

    /**
     * "std::runtime_error" of "St13runtime_error" and ".?AVruntime_error@std@@"; the mangled name itself where it cannot be
     * read.
     */
    static String type(String mangled) {
        if (mangled.startsWith(".")) {
            return new Demangler().typeOfDescriptor(mangled).orElse(mangled);
        }
        return new Demangler()
                .demangle("_ZTS" + mangled)
                .filter(name -> name.startsWith(NAME_OF))
                .map(name -> name.substring(NAME_OF.length()))
                .orElse(mangled);
    }
}
