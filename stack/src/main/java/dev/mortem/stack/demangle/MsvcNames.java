package dev.mortem.stack.demangle;

import dev.mortem.stack.demangle.MsvcNode.Address;
import dev.mortem.stack.demangle.MsvcNode.Aggregate;
import dev.mortem.stack.demangle.MsvcNode.Conversion;
import dev.mortem.stack.demangle.MsvcNode.Dynamic;
import dev.mortem.stack.demangle.MsvcNode.Name;
import dev.mortem.stack.demangle.MsvcNode.Part;
import dev.mortem.stack.demangle.MsvcNode.Plain;
import dev.mortem.stack.demangle.MsvcNode.Scope;
import dev.mortem.stack.demangle.MsvcNode.Structor;
import dev.mortem.stack.demangle.MsvcNode.Template;
import dev.mortem.stack.demangle.MsvcNode.Text;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads names with their scopes and template arguments. Belongs to one name. */
final class MsvcNames {
    /** In place of the class that a constructor is named after, until that is read. */
    private static final Part UNNAMED = new Plain("");

    private final MsvcGrammar grammar;
    private final MsvcText in;

    MsvcNames(MsvcGrammar grammar, MsvcText in) {
        this.grammar = grammar;
        this.in = in;
    }

    /** {@code SymbolName Scope* @}: of a function or variable. */
    Name symbolName() throws UnreadableNameException {
        List<Part> parts = new ArrayList<>();
        Part part = symbolPart();
        parts.add(part);
        if (part instanceof Dynamic dynamic && dynamic.variable() instanceof Name) {
            return new Name(parts); // which has taken the scopes
        }
        scopes(parts);
        parts.set(0, namedAfter(parts));
        return new Name(parts);
    }

    /**
     * {@code filt$0@0@main@@}: the filter or finally block of structured exception handling that clang
     * makes a function of.
     */
    Name handler() throws UnreadableNameException {
        Part handler = new Plain(in.upToAt());
        if (!in.take("0@")) {
            throw in.unreadable("0@ expected");
        }
        MsvcNode function = in.peek() == '?' ? grammar.symbol() : cFunction();
        in.expect('@');
        in.expect('@');
        return new Name(List.of(handler, new Scope(function, "1")));
    }

    /** {@code Name Scope* @}: of a type. */
    Name typeName() throws UnreadableNameException {
        List<Part> parts = new ArrayList<>();
        parts.add(simplePart());
        scopes(parts);
        return new Name(parts);
    }

    /** The scopes alone: what is made for the inside of a function. */
    Name scopeName() throws UnreadableNameException {
        List<Part> parts = new ArrayList<>();
        scopes(parts);
        if (parts.isEmpty()) {
            throw in.unreadable("a scope expected");
        }
        return new Name(parts);
    }

    private void scopes(List<Part> parts) throws UnreadableNameException {
        in.enter();
        while (!in.take('@')) {
            parts.add(scope());
        }
        in.leave();
    }

    private static Part namedAfter(List<Part> parts) {
        Part last = parts.getFirst();
        if (last instanceof Template template && template.base() instanceof Structor structor) {
            return new Template(structor(structor, parts), template.arguments());
        }
        return last instanceof Structor structor ? structor(structor, parts) : last;
    }

    private static Part structor(Structor structor, List<Part> parts) {
        Part ofClass = parts.size() > 1 ? parts.get(1) : UNNAMED;
        return new Structor(ofClass, structor.destroys());
    }

    private Part symbolPart() throws UnreadableNameException {
        if (in.atDigit()) {
            return grammar.references().name(in);
        }
        if (in.startsWith("?$")) {
            return template(false); // function templates are not among what digits stand for
        }
        return in.take('?') ? operator() : simplePart();
    }

    private Part simplePart() throws UnreadableNameException {
        if (in.atDigit()) {
            return grammar.references().name(in);
        }
        return in.startsWith("?$") ? template(true) : sourceName();
    }

    private Part sourceName() throws UnreadableNameException {
        int start = in.position();
        String name = in.upToAt();
        if (name.isEmpty() || name.indexOf('?') >= 0) {
            throw in.unreadable("a name expected");
        }
        Part part = new Plain(name);
        grammar.references().add(in.since(start), part);
        return part;
    }

    private Part scope() throws UnreadableNameException {
        if (in.startsWith("?$")) {
            return template(true);
        }
        int start = in.position();
        if (in.take("?A")) {
            if (in.peek() == '@' || in.startsWith("0x")) {
                in.upToAt();
                Part part = new Plain(MsvcPrinter.ANONYMOUS);
                grammar.references().add(in.since(start), part);
                return part;
            }
            in.moveTo(start);
        }
        return in.take('?') ? function() : simplePart();
    }

    /**
     * {@code ?} number {@code ?} symbol: the inside of a function. C functions are mangled by their bare
     * name alone there.
     */
    private Part function() throws UnreadableNameException {
        in.enter();
        String number = in.number().toString();
        in.expect('?');
        MsvcNode function;
        if (in.peek() == '?') {
            function = grammar.symbol();
        } else {
            function = cFunction();
        }
        in.leave();
        return new Scope(function, number);
    }

    private Text cFunction() throws UnreadableNameException {
        int start = in.position();
        while (in.peek() != '@') {
            in.next();
        }
        return new Text(in.since(start));
    }

    private Part operator() throws UnreadableNameException {
        if (in.take('0')) {
            return new Structor(UNNAMED, false);
        }
        if (in.take('1')) {
            return new Structor(UNNAMED, true);
        }
        if (in.take('B')) {
            return new Conversion(Optional.empty());
        }
        if (in.take("__K")) {
            return new Plain("operator \"\"" + in.upToAt());
        }
        if (in.take("__E")) {
            return dynamic("dynamic initializer");
        }
        if (in.take("__F")) {
            return dynamic("dynamic atexit destructor");
        }
        return new Plain(
                MsvcOperators.take(in).orElseThrow(() -> in.unreadable("an operator expected")));
    }

    /** Of a variable by its whole symbol where that is a member or inside a function, else by its name. */
    private Part dynamic(String what) throws UnreadableNameException {
        int start = in.position();
        if (in.peek() == '?') {
            try {
                MsvcNode variable = grammar.symbol();
                in.expect('@');
                return new Dynamic(what, variable);
            } catch (UnreadableNameException aTemplatesName) {
                in.moveTo(start);
            }
        }
        return new Dynamic(what, symbolName());
    }

    private Part template(boolean memorised) throws UnreadableNameException {
        int start = in.position();
        in.skip(2);
        in.enter();
        MsvcBackReferences outer = grammar.enterTemplate();
        Part base = in.take('?') ? operator() : simplePart();
        List<MsvcNode> arguments = new ArrayList<>();
        while (!in.take('@')) {
            argument().ifPresent(arguments::add);
        }
        grammar.leaveTemplate(outer);
        in.leave();
        Part part = new Template(base, arguments);
        if (memorised) {
            grammar.references().add(in.since(start), part);
        }
        return part;
    }

    /** One argument; empty for a pack that is, and for what ends one. */
    private Optional<MsvcNode> argument() throws UnreadableNameException {
        if (in.take("$S") || in.take("$$V") || in.take("$$Z") || in.take("$$$V")) {
            return Optional.empty();
        }
        if (in.take("$$Y")) {
            return Optional.of(typeName());
        }
        if (in.take("$$B")) {
            return Optional.of(grammar.types.type());
        }
        if (in.take("$$C")) {
            int qualifiers = grammar.types.qualifiers().bits();
            return Optional.of(grammar.types.type().with(qualifiers));
        }
        if (in.take("$M")) {
            grammar.types.type(); // of a parameter declared auto: the value tells enough
            return Optional.of(value());
        }
        if (in.startsWith("$$")) {
            return Optional.of(grammar.types.type());
        }
        return Optional.of(in.take('$') ? value() : grammar.types.type());
    }

    private MsvcNode value() throws UnreadableNameException {
        in.enter();
        char kind = in.next();
        MsvcNode value = switch (kind) {
            case '0' -> new Text(in.number().toString());
            case '1' -> address("&", "", 0);
            case 'E' -> address("", "", 0);
            case 'H', 'I', 'J' -> address("{", "}", kind - 'G');
            case 'F' -> offsets(2);
            case 'G' -> offsets(3);
            case '2' -> aggregate(Optional.of(grammar.types.type()));
            case '3' -> array();
            case '7' -> union();
            default -> throw in.unreadable("a value expected");
        };
        in.leave();
        return value;
    }

    private Address address(String before, String after, int offsetCount)
            throws UnreadableNameException {
        Optional<MsvcNode> symbol =
                in.peek() == '?' ? Optional.of(grammar.symbol()) : Optional.empty();
        return new Address(before, symbol, numbers(offsetCount), after);
    }

    private Address offsets(int count) throws UnreadableNameException {
        return new Address("{", Optional.empty(), numbers(count), "}");
    }

    private List<String> numbers(int count) throws UnreadableNameException {
        List<String> numbers = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            numbers.add(in.number().toString());
        }
        return numbers;
    }

    private Aggregate array() throws UnreadableNameException {
        grammar.types.type(); // of the elements
        return aggregate(Optional.empty());
    }

    private Aggregate aggregate(Optional<MsvcNode.Type> type) throws UnreadableNameException {
        List<MsvcNode> values = new ArrayList<>();
        while (!in.take('@')) {
            values.add(typedValue());
        }
        return new Aggregate(type, values);
    }

    private Aggregate union() throws UnreadableNameException {
        MsvcNode.Type type = grammar.types.type();
        List<MsvcNode> values = new ArrayList<>();
        if (!in.take('@')) {
            in.upToAt(); // the member's name
            values.add(typedValue());
            in.expect('@');
        }
        return new Aggregate(Optional.of(type), values);
    }

    /** Numbers and addresses have their type in front, nested values have it inside. */
    private MsvcNode typedValue() throws UnreadableNameException {
        if ("237".indexOf(in.peek()) < 0) {
            grammar.types.type();
        }
        return value();
    }
}
