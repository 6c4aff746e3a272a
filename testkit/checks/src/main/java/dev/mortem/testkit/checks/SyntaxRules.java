package dev.mortem.testkit.checks;

import com.sun.source.tree.CatchTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import javax.tools.JavaCompiler;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Rules about the shape of the code: it is parsed by javac, not compiled. */
final class SyntaxRules {
    private static final int METHOD_LINES_MAX = 70;

    /** One case for each group of opcodes, in the order of the opcode map: a table in code. */
    private static final Set<String> OPCODE_MAPS = Set.of("X86Decoder.java oneByte");

    private SyntaxRules() {}

    static List<TidyRule> all() {
        return List.of(
                new TidyRule(
                        "methods have at most " + METHOD_LINES_MAX + " lines",
                        "class Bad { void one() {" + "\n".repeat(METHOD_LINES_MAX) + "} }",
                        unit -> scan(unit, new LongMethods(unit))),
                new TidyRule(
                        "no exception is swallowed",
                        "class Bad { void f() { try { f(); } catch (RuntimeException e) {} } }",
                        unit -> scan(unit, new EmptyCatches(unit))));
    }

    private static Stream<Violation> scan(SourceUnit unit, Scan scan) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        JavacTask task = (JavacTask)
                compiler.getTask(null, null, problem -> {}, null, null, List.of(new Text(unit)));
        try {
            SourcePositions positions = Trees.instance(task).getSourcePositions();
            for (CompilationUnitTree tree : task.parse()) {
                scan.begin(tree, positions);
                tree.accept(scan, null);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return scan.found.stream();
    }

    private static final class Text extends SimpleJavaFileObject {
        private final SourceUnit unit;

        Text(SourceUnit unit) {
            super(URI.create("string:///" + unit.fileName()), Kind.SOURCE);
            this.unit = unit;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return unit.text();
        }
    }

    /** Collects violations over the tree of one source. */
    private abstract static class Scan extends TreeScanner<Void, Void> {
        final SourceUnit unit;
        final List<Violation> found = new ArrayList<>();
        private CompilationUnitTree file;
        private SourcePositions positions;

        @SuppressWarnings("NullAway.Init") // begin() comes before any visit
        Scan(SourceUnit unit) {
            this.unit = unit;
        }

        void begin(CompilationUnitTree tree, SourcePositions known) {
            file = tree;
            positions = known;
        }

        long firstLine(Tree tree) {
            return file.getLineMap().getLineNumber(positions.getStartPosition(file, tree));
        }

        long lastLine(Tree tree) {
            return file.getLineMap().getLineNumber(positions.getEndPosition(file, tree));
        }

        String textOf(Tree tree) {
            long from = positions.getStartPosition(file, tree);
            return unit.text().substring((int) from, (int) positions.getEndPosition(file, tree));
        }
    }

    private static final class LongMethods extends Scan {
        LongMethods(SourceUnit unit) {
            super(unit);
        }

        @Override
        public Void visitMethod(MethodTree method, Void none) {
            if (method.getBody() == null) {
                return super.visitMethod(method, null);
            }
            // Annotations may hold a table of cases: the body is what has to be understood.
            long lines = lastLine(method) - firstLine(method.getBody()) + 1;
            if (lines > METHOD_LINES_MAX && !isTable(method)) {
                found.add(new Violation(
                        unit.place(firstLine(method)),
                        method.getName() + " has " + lines + " lines",
                        "give its parts names of their own"));
            }
            return super.visitMethod(method, null);
        }

        private boolean isTable(MethodTree method) {
            return unit.isTable() || OPCODE_MAPS.contains(unit.fileName() + " " + method.getName());
        }
    }

    private static final class EmptyCatches extends Scan {
        EmptyCatches(SourceUnit unit) {
            super(unit);
        }

        @Override
        public Void visitCatch(CatchTree clause, Void none) {
            boolean isEmpty = clause.getBlock().getStatements().isEmpty();
            if (isEmpty && !textOf(clause.getBlock()).contains("//")) {
                found.add(new Violation(
                        unit.place(firstLine(clause)),
                        "nothing is done about " + clause.getParameter().getType(),
                        "handle it, or say in a comment why nothing needs to be done"));
            }
            return super.visitCatch(clause, null);
        }
    }
}
