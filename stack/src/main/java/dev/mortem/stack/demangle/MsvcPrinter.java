package dev.mortem.stack.demangle;

import dev.mortem.stack.demangle.MsvcNode.Address;
import dev.mortem.stack.demangle.MsvcNode.Aggregate;
import dev.mortem.stack.demangle.MsvcNode.Array;
import dev.mortem.stack.demangle.MsvcNode.Builtin;
import dev.mortem.stack.demangle.MsvcNode.Conversion;
import dev.mortem.stack.demangle.MsvcNode.Dynamic;
import dev.mortem.stack.demangle.MsvcNode.Function;
import dev.mortem.stack.demangle.MsvcNode.Import;
import dev.mortem.stack.demangle.MsvcNode.Name;
import dev.mortem.stack.demangle.MsvcNode.Part;
import dev.mortem.stack.demangle.MsvcNode.Plain;
import dev.mortem.stack.demangle.MsvcNode.Pointer;
import dev.mortem.stack.demangle.MsvcNode.Routine;
import dev.mortem.stack.demangle.MsvcNode.Scope;
import dev.mortem.stack.demangle.MsvcNode.Special;
import dev.mortem.stack.demangle.MsvcNode.Structor;
import dev.mortem.stack.demangle.MsvcNode.Tag;
import dev.mortem.stack.demangle.MsvcNode.Template;
import dev.mortem.stack.demangle.MsvcNode.Text;
import dev.mortem.stack.demangle.MsvcNode.TypeName;
import dev.mortem.stack.demangle.MsvcNode.Variable;

import java.util.List;

/**
 * Writes names as LLVM's {@code llvm-undname} does. What a short name leaves out is marked as noise:
 * access, calling conventions, {@code class}, what the function returns, and the space before a {@code *}.
 * Belongs to one name.
 */
final class MsvcPrinter {
    static final String ANONYMOUS = "`anonymous namespace'";

    private final Output out;

    MsvcPrinter(Output out) {
        this.out = out;
    }

    /** Qualifiers as words, each with a space behind. */
    static String words(int qualifiers) {
        return ((qualifiers & MsvcNode.CONST) != 0 ? "const " : "")
                + ((qualifiers & MsvcNode.VOLATILE) != 0 ? "volatile " : "");
    }

    void print(MsvcNode node) throws UnreadableNameException {
        out.enter();
        switch (node) {
            case MsvcNode.Type type -> {
                before(type);
                after(type);
            }
            case Part part -> part(part);
            case Name name -> name(name);
            case Address address -> address(address);
            case Aggregate aggregate -> aggregate(aggregate);
            case Text text -> out.append(text.text());
            case Variable variable -> variable(variable);
            case Routine routine -> routine(routine);
            case Special special -> special(special);
            case TypeName typeName -> typeName(typeName);
            case Import imported -> {
                out.append("__declspec(dllimport) ");
                print(imported.symbol());
            }
        }
        out.leave();
    }

    private void variable(Variable variable) throws UnreadableNameException {
        noise(variable.access());
        out.open(Output.Part.NOISE);
        before(variable.type());
        space();
        out.close(Output.Part.NOISE);
        name(variable.name());
        out.open(Output.Part.NOISE);
        after(variable.type());
        out.close(Output.Part.NOISE);
    }

    private void routine(Routine routine) throws UnreadableNameException {
        Function type = routine.type();
        noise(routine.before());
        if (type.result().isPresent()) {
            out.open(Output.Part.NOISE);
            before(type.result().get());
            out.append(' ');
            out.close(Output.Part.NOISE);
        }
        convention(type);
        name(routine.name());
        out.append(routine.adjustment());
        if (routine.hasParameters()) {
            parameters(type);
        }
        if (type.result().isPresent()) {
            out.open(Output.Part.NOISE);
            after(type.result().get());
            out.close(Output.Part.NOISE);
        }
    }

    private void special(Special special) throws UnreadableNameException {
        noise(special.before());
        name(special.name());
        out.append("::" + special.what());
        if (special.targets().isEmpty()) {
            return;
        }
        String next = "{for `";
        for (Name target : special.targets()) {
            out.append(next);
            name(target);
            next = "'s `";
        }
        out.append("'}");
    }

    private void typeName(TypeName typeName) throws UnreadableNameException {
        boolean isData = typeName.what().equals("`RTTI Type Descriptor'");
        before(typeName.type());
        if (!isData) {
            out.open(Output.Part.NOISE);
        }
        space();
        out.append(typeName.what());
        if (!isData) {
            out.close(Output.Part.NOISE);
        }
        after(typeName.type());
    }

    private void address(Address address) throws UnreadableNameException {
        out.append(address.before());
        boolean first = true;
        if (address.symbol().isPresent()) {
            print(address.symbol().get());
            first = false;
        }
        for (String offset : address.offsets()) {
            out.append(first ? offset : ", " + offset);
            first = false;
        }
        out.append(address.after());
    }

    private void aggregate(Aggregate aggregate) throws UnreadableNameException {
        if (aggregate.type().isPresent()) {
            print(aggregate.type().get());
        }
        out.append('{');
        boolean first = true;
        for (MsvcNode value : aggregate.values()) {
            out.append(first ? "" : ", ");
            first = false;
            print(value);
        }
        out.append('}');
    }

    private void name(Name name) throws UnreadableNameException {
        out.enter();
        // a template is one instance with the scopes before it: std::vector
        for (Part part : name.parts()) {
            if (part instanceof Template) {
                out.open(Output.Part.INSTANCE);
            }
        }
        for (int index = name.parts().size() - 1; index >= 0; index--) {
            part(name.parts().get(index));
            if (name.parts().get(index) instanceof Template) {
                out.close(Output.Part.INSTANCE);
            }
            out.append(index > 0 ? "::" : "");
        }
        out.leave();
    }

    private void part(Part part) throws UnreadableNameException {
        out.enter();
        switch (part) {
            case Plain plain -> plain(plain);
            case Template template -> template(template);
            case Structor structor -> {
                out.append(structor.destroys() ? "~" : "");
                part(structor.ofClass());
            }
            case Conversion conversion -> {
                out.append("operator");
                target(conversion);
            }
            case Scope scope -> {
                noise("`");
                print(scope.function());
                noise("'::`" + scope.number() + "'");
            }
            case Dynamic dynamic -> {
                out.append("`" + dynamic.what() + " for "
                        + (dynamic.variable() instanceof Name ? "'" : "`"));
                print(dynamic.variable());
                out.append("''");
            }
        }
        out.leave();
    }

    private void plain(Plain plain) throws UnreadableNameException {
        boolean anonymous = plain.text().equals(ANONYMOUS);
        if (anonymous) {
            out.openAlias("(anonymous namespace)");
        }
        out.append(plain.text());
        if (anonymous) {
            out.close(Output.Part.ALIAS);
        }
    }

    private void target(Conversion conversion) throws UnreadableNameException {
        if (conversion.target().isPresent()) {
            out.append(' ');
            print(conversion.target().get());
        }
    }

    private void template(Template template) throws UnreadableNameException {
        boolean converts = template.base() instanceof Conversion;
        if (converts) {
            out.append("operator");
        } else {
            part(template.base());
        }
        out.open(Output.Part.ARGUMENTS);
        out.append('<');
        boolean first = true;
        for (MsvcNode argument : template.arguments()) {
            out.append(first ? "" : ", ");
            first = false;
            out.open(Output.Part.ARGUMENT);
            print(argument);
            out.close(Output.Part.ARGUMENT);
        }
        out.append('>');
        out.close(Output.Part.ARGUMENTS);
        if (template.base() instanceof Conversion conversion) {
            target(conversion);
        }
    }

    /** What of a type stands before the name that it is the type of. */
    private void before(MsvcNode.Type type) throws UnreadableNameException {
        out.enter();
        switch (type) {
            case Builtin builtin -> {
                out.append(builtin.name());
                qualifiers(builtin.qualifiers());
            }
            case Tag tag -> {
                noise(tag.keyword().isEmpty() ? "" : tag.keyword() + " ");
                name(tag.name());
                qualifiers(tag.qualifiers());
            }
            case Pointer pointer -> beforePointer(pointer);
            case Array array -> before(array.element());
            case Function function -> {
                result(function);
                noise(function.convention());
            }
        }
        out.leave();
    }

    private void result(Function function) throws UnreadableNameException {
        if (function.result().isPresent()) {
            before(function.result().get());
            out.append(' ');
        }
    }

    private void beforePointer(Pointer pointer) throws UnreadableNameException {
        switch (pointer.target()) {
            case Function function -> {
                result(function);
                out.append('(');
                convention(function);
            }
            case Array array -> {
                before(array);
                space();
                out.append('(');
            }
            case MsvcNode.Type other -> {
                before(other);
                if (pointer.owner().isEmpty()) {
                    noiseSpace();
                } else {
                    space();
                }
            }
        }
        if ((pointer.qualifiers() & MsvcNode.UNALIGNED) != 0) {
            out.append("__unaligned ");
        }
        if (pointer.owner().isPresent()) {
            name(pointer.owner().get());
            out.append("::");
        }
        out.append(pointer.sign());
        ofPointer(pointer.qualifiers() & MsvcNode.CONST, "const");
        ofPointer(pointer.qualifiers() & MsvcNode.VOLATILE, "volatile");
        ofPointer(pointer.qualifiers() & MsvcNode.RESTRICT, "__restrict");
    }

    /** People put a space between the sign and the word. */
    private void ofPointer(int present, String qualifier) throws UnreadableNameException {
        if (present != 0) {
            space();
            boolean behindSign = !Character.isLetter(out.last()) && out.last() != ' ';
            if (behindSign) {
                out.openAlias(" " + qualifier);
            }
            out.append(qualifier);
            if (behindSign) {
                out.close(Output.Part.ALIAS);
            }
        }
    }

    private void append(int present, String qualifier) throws UnreadableNameException {
        if (present != 0) {
            space();
            out.append(qualifier);
        }
    }

    private void qualifiers(int qualifiers) throws UnreadableNameException {
        append(qualifiers & MsvcNode.CONST, "const");
        append(qualifiers & MsvcNode.VOLATILE, "volatile");
        append(qualifiers & MsvcNode.RESTRICT, "__restrict");
    }

    /** What of a type stands behind the name. */
    private void after(MsvcNode.Type type) throws UnreadableNameException {
        out.enter();
        switch (type) {
            case Builtin _, Tag _ -> {}
            case Pointer pointer -> {
                boolean bracketed =
                        pointer.target() instanceof Function || pointer.target() instanceof Array;
                out.append(bracketed ? ")" : "");
                after(pointer.target());
            }
            case Array array -> {
                for (long size : array.sizes()) {
                    out.append(size == 0 ? "[]" : "[" + size + "]");
                }
                after(array.element());
            }
            case Function function -> {
                parameters(function);
                if (function.result().isPresent()) {
                    after(function.result().get());
                }
            }
        }
        out.leave();
    }

    private void parameters(Function function) throws UnreadableNameException {
        out.append('(');
        if (function.isVoid()) {
            noise("void");
        }
        List<MsvcNode.Type> parameters = function.parameters();
        for (int index = 0; index < parameters.size(); index++) {
            out.append(index == 0 ? "" : ", ");
            print(parameters.get(index));
        }
        if (function.variadic()) {
            out.append(parameters.isEmpty() ? "..." : ", ...");
        }
        out.append(')');
        int qualifiers = function.qualifiers();
        out.append((qualifiers & MsvcNode.CONST) == 0 ? "" : " const");
        out.append((qualifiers & MsvcNode.VOLATILE) == 0 ? "" : " volatile");
        out.append((qualifiers & MsvcNode.RESTRICT) == 0 ? "" : " __restrict");
        out.append((qualifiers & MsvcNode.UNALIGNED) == 0 ? "" : " __unaligned");
        out.append(function.reference().isEmpty() ? "" : " " + function.reference());
        if (function.noexcept()) {
            noise(" noexcept");
        }
    }

    private void convention(Function function) throws UnreadableNameException {
        noise(function.convention().isEmpty() ? "" : function.convention() + " ");
    }

    private void noise(String text) throws UnreadableNameException {
        if (!text.isEmpty()) {
            out.open(Output.Part.NOISE);
            out.append(text);
            out.close(Output.Part.NOISE);
        }
    }

    private void noiseSpace() throws UnreadableNameException {
        out.open(Output.Part.NOISE);
        space();
        out.close(Output.Part.NOISE);
    }

    /** Two words are kept apart. */
    private void space() throws UnreadableNameException {
        char last = out.last();
        if (out.length() > 0 && last < 0x80 && (Character.isLetterOrDigit(last) || last == '>')) {
            out.append(' ');
        }
    }
}
