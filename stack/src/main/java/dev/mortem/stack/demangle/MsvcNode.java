package dev.mortem.stack.demangle;

import java.util.List;
import java.util.Optional;

/** What a name of Microsoft's scheme says, before it is written. Immutable. */
sealed interface MsvcNode {
    int CONST = 1;
    int VOLATILE = 2;
    int RESTRICT = 4;
    int UNALIGNED = 8;

    /** A type; qualifiers are those of its outermost level. */
    sealed interface Type extends MsvcNode {
        /** The same with more qualifiers. */
        Type with(int more);
    }

    record Builtin(String name, int qualifiers) implements Type {
        @Override
        public Type with(int more) {
            return new Builtin(name, qualifiers | more);
        }
    }

    /** @param keyword {@code class}, {@code struct}, {@code union}, {@code enum}, or empty */
    record Tag(String keyword, Name name, int qualifiers) implements Type {
        @Override
        public Type with(int more) {
            return new Tag(keyword, name, qualifiers | more);
        }
    }

    /**
     * A pointer or reference.
     *
     * @param sign {@code *}, {@code &} or {@code &&}
     * @param owner the class, of a pointer to a member
     */
    record Pointer(String sign, Type target, Optional<Name> owner, int qualifiers) implements Type {
        @Override
        public Type with(int more) {
            return new Pointer(sign, target, owner, qualifiers | more);
        }
    }

    /** @param sizes outermost first; 0 where it is open */
    record Array(List<Long> sizes, Type element, int qualifiers) implements Type {
        @Override
        public Type with(int more) {
            return new Array(sizes, element, qualifiers | more);
        }
    }

    /**
     * @param convention {@code __cdecl}
     * @param result empty for constructors and destructors
     * @param parameters empty also where it has none: then {@code isVoid} tells
     * @param reference {@code &} or {@code &&} behind the parameters, else empty
     */
    record Function(
            String convention,
            Optional<Type> result,
            List<Type> parameters,
            boolean isVoid,
            boolean variadic,
            int qualifiers,
            String reference,
            boolean noexcept)
            implements Type {
        @Override
        public Type with(int more) {
            return new Function(
                    convention,
                    result,
                    parameters,
                    isVoid,
                    variadic,
                    qualifiers | more,
                    reference,
                    noexcept);
        }
    }

    /** One part of a qualified name. */
    sealed interface Part extends MsvcNode {}

    record Plain(String text) implements Part {}

    record Template(Part base, List<MsvcNode> arguments) implements Part {}

    /** A constructor or destructor: named like its class. */
    record Structor(Part ofClass, boolean destroys) implements Part {}

    /** {@code operator T}; what T is stands behind the name, as the result. */
    record Conversion(Optional<Type> target) implements Part {}

    /** The inside of a function: {@code `void f(void)'::`2'}. */
    record Scope(MsvcNode function, String number) implements Part {}

    /** {@code `dynamic initializer for 'x''}. */
    record Dynamic(String what, MsvcNode variable) implements Part {}

    /** @param parts innermost first, as they stand in mangled names */
    record Name(List<Part> parts) implements MsvcNode {}

    /** A template argument that is a value: the address of something, perhaps with offsets. */
    record Address(String before, Optional<MsvcNode> symbol, List<String> offsets, String after)
            implements MsvcNode {}

    /** A value of a structure, a union or an array. */
    record Aggregate(Optional<Type> type, List<MsvcNode> values) implements MsvcNode {}

    record Text(String text) implements MsvcNode {}

    /** @param access {@code private: static }, perhaps empty */
    record Variable(String access, Type type, Name name) implements MsvcNode {}

    /**
     * A function, or a thunk before it.
     *
     * @param adjustment {@code `adjustor{8}'}, else empty
     */
    record Routine(
            String before, Name name, Function type, String adjustment, boolean hasParameters)
            implements MsvcNode {}

    /** What compilers make for a class or function: {@code const A::`vftable'{for `B'}}. */
    record Special(String before, Name name, String what, List<Name> targets) implements MsvcNode {}

    /** A type as a name: {@code class A `RTTI Type Descriptor'}. */
    record TypeName(Type type, String what) implements MsvcNode {}

    /** What is imported from another module. */
    record Import(MsvcNode symbol) implements MsvcNode {}
}
