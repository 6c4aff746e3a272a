package dev.mortem.stack.demangle;

import dev.mortem.stack.demangle.MsvcNode.Array;
import dev.mortem.stack.demangle.MsvcNode.Builtin;
import dev.mortem.stack.demangle.MsvcNode.Function;
import dev.mortem.stack.demangle.MsvcNode.Name;
import dev.mortem.stack.demangle.MsvcNode.Pointer;
import dev.mortem.stack.demangle.MsvcNode.Tag;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads types. Belongs to one name. */
final class MsvcTypes {
    /** More dimensions than any program has; each is a number in the name. */
    private static final int DIMENSIONS_MAX = 64;

    private final MsvcGrammar grammar;
    private final MsvcText in;

    MsvcTypes(MsvcGrammar grammar, MsvcText in) {
        this.grammar = grammar;
        this.in = in;
    }

    /** @param ofMember whether they are of something that a pointer to a member points to */
    record Qualifiers(int bits, boolean ofMember) {}

    /** {@code A} to {@code D}: const is 1 from A, volatile 2; {@code Q} to {@code T} of members. */
    Qualifiers qualifiers() throws UnreadableNameException {
        char letter = in.next();
        boolean ofMember = letter >= 'Q' && letter <= 'T';
        int bits = letter - (ofMember ? 'Q' : 'A');
        if (bits < 0 || bits > 3) {
            throw in.unreadable("qualifiers expected");
        }
        return new Qualifiers(bits, ofMember);
    }

    /** What a function returns or a descriptor describes: qualifiers stand behind a {@code ?}. */
    MsvcNode.Type result() throws UnreadableNameException {
        char qualifier = in.peek(1);
        if (in.peek() != '?' || qualifier < 'A' || qualifier > 'D') {
            return type();
        }
        in.skip(1);
        int qualifiers = qualifiers().bits();
        return type().with(qualifiers);
    }

    MsvcNode.Type type() throws UnreadableNameException {
        in.enter();
        MsvcNode.Type type = unbounded();
        in.leave();
        return type;
    }

    private MsvcNode.Type unbounded() throws UnreadableNameException {
        if (in.take("$$T")) {
            return new Builtin("std::nullptr_t", 0);
        }
        if (in.take("$$A6")) {
            return function(false);
        }
        if (in.take("$$A8@@")) {
            return function(true);
        }
        if (in.take("$$Q")) {
            return pointer("&&", 0);
        }
        if (in.take("$$R")) {
            return pointer("&&", MsvcNode.VOLATILE);
        }
        char first = in.next();
        return switch (first) {
            case 'T' -> new Tag("union", grammar.names.typeName(), 0);
            case 'U' -> new Tag("struct", grammar.names.typeName(), 0);
            case 'V' -> new Tag("class", grammar.names.typeName(), 0);
            case 'W' -> enumeration();
            case 'A' -> pointer("&", 0);
            case 'B' -> pointer("&", MsvcNode.VOLATILE);
            case 'P', 'Q', 'R', 'S' -> pointer("*", first - 'P');
            case 'Y' -> array();
            case '?' -> // such as <auto>
                new Tag("", grammar.names.typeName(), 0);
            case '_' -> new Builtin(longBuiltin(in.next()), 0);
            default -> new Builtin(builtin(first), 0);
        };
    }

    /** The digit is the size of its values, which are always those of an int today. */
    private MsvcNode.Type enumeration() throws UnreadableNameException {
        in.expect('4');
        return new Tag("enum", grammar.names.typeName(), 0);
    }

    private MsvcNode.Type pointer(String sign, int qualifiers) throws UnreadableNameException {
        if (in.take('6') || in.take("A6")) {
            return new Pointer(sign, function(false), Optional.empty(), qualifiers);
        }
        int all = qualifiers | extension();
        if (in.take('8')) {
            Name owner = grammar.names.typeName();
            return new Pointer(sign, function(true), Optional.of(owner), all);
        }
        Qualifiers target = qualifiers();
        Optional<Name> owner =
                target.ofMember() ? Optional.of(grammar.names.typeName()) : Optional.empty();
        if (owner.isEmpty() && in.take('6')) {
            return new Pointer(sign, function(false).with(target.bits()), owner, all);
        }
        return new Pointer(sign, type().with(target.bits()), owner, all);
    }

    /** {@code E} for 64 bits, {@code I} for restrict, {@code F} for unaligned, in any order. */
    int extension() {
        int bits = 0;
        while (true) {
            if (in.take('I')) {
                bits |= MsvcNode.RESTRICT;
            } else if (in.take('F')) {
                bits |= MsvcNode.UNALIGNED;
            } else if (!in.take('E')) {
                return bits;
            }
        }
    }

    private MsvcNode.Type array() throws UnreadableNameException {
        long rank = in.count();
        if (rank < 1 || rank > DIMENSIONS_MAX) {
            throw in.unreadable("1 to " + DIMENSIONS_MAX + " dimensions expected");
        }
        List<Long> sizes = new ArrayList<>();
        for (int index = 0; index < rank; index++) {
            sizes.add(in.count());
        }
        int qualifiers = in.take("$$C") ? qualifiers().bits() : 0;
        return new Array(sizes, type().with(qualifiers), 0);
    }

    /** @param ofMember whether what it may do to its object stands in front */
    Function function(boolean ofMember) throws UnreadableNameException {
        int qualifiers = 0;
        String reference = "";
        if (ofMember) {
            qualifiers = extension();
            reference = in.take('G') ? "&" : in.take('H') ? "&&" : "";
            qualifiers |= qualifiers().bits();
        }
        String convention = convention(in.next());
        Optional<MsvcNode.Type> result = in.take('@') ? Optional.empty() : Optional.of(result());
        List<MsvcNode.Type> parameters = new ArrayList<>();
        boolean isVoid = in.take('X');
        boolean variadic = !isVoid && parameters(parameters);
        boolean noexcept = in.take("_E");
        if (!noexcept) {
            in.expect('Z');
        }
        return new Function(
                convention, result, parameters, isVoid, variadic, qualifiers, reference, noexcept);
    }

    /** Whether there may be more than those named. */
    private boolean parameters(List<MsvcNode.Type> parameters) throws UnreadableNameException {
        while (true) {
            if (in.take('@')) {
                return false;
            }
            if (in.take('Z')) {
                return true;
            }
            if (in.atDigit()) {
                parameters.add(grammar.references().type(in));
                continue;
            }
            int start = in.position();
            MsvcNode.Type type = type();
            parameters.add(type);
            if (in.position() - start > 1) {
                grammar.references().add(type);
            }
        }
    }

    private String convention(char letter) throws UnreadableNameException {
        return switch (letter) {
            case 'A', 'B' -> "__cdecl";
            case 'C', 'D' -> "__pascal";
            case 'E', 'F' -> "__thiscall";
            case 'G', 'H' -> "__stdcall";
            case 'I', 'J' -> "__fastcall";
            case 'M', 'N' -> "__clrcall";
            case 'O', 'P' -> "__eabi";
            case 'Q' -> "__vectorcall";
            case 'S' -> "__attribute__((__swiftcall__))";
            case 'W' -> "__attribute__((__swiftasynccall__))";
            case 'w' -> "__regcall";
            default -> throw in.unreadable("a calling convention expected");
        };
    }

    private String builtin(char letter) throws UnreadableNameException {
        return switch (letter) {
            case 'X' -> "void";
            case 'D' -> "char";
            case 'C' -> "signed char";
            case 'E' -> "unsigned char";
            case 'F' -> "short";
            case 'G' -> "unsigned short";
            case 'H' -> "int";
            case 'I' -> "unsigned int";
            case 'J' -> "long";
            case 'K' -> "unsigned long";
            case 'M' -> "float";
            case 'N' -> "double";
            case 'O' -> "long double";
            default -> throw in.unreadable("a type expected");
        };
    }

    private String longBuiltin(char letter) throws UnreadableNameException {
        return switch (letter) {
            case 'J' -> "__int64";
            case 'K' -> "unsigned __int64";
            case 'L' -> "__int128";
            case 'M' -> "unsigned __int128";
            case 'N' -> "bool";
            case 'P' -> "auto";
            case 'Q' -> "char8_t";
            case 'S' -> "char16_t";
            case 'T' -> "decltype(auto)";
            case 'U' -> "char32_t";
            case 'W' -> "wchar_t";
            default -> throw in.unreadable("a type expected");
        };
    }
}
