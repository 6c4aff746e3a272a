package dev.mortem.testkit.checks;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Compiles a canary as if it stood in a package of the product. */
final class InMemoryCompiler {
    private InMemoryCompiler() {}

    static SourceUnit compile(String source) {
        String text = "package dev.mortem.stack.bad;\n" + source;
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        Files files =
                new Files(compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8));
        boolean done = compiler.getTask(
                        null,
                        files,
                        problem -> {},
                        List.of("-proc:none", "-XDrawDiagnostics"),
                        null,
                        List.of(new Source(text)))
                .call();
        // A canary may show text that is no code of its own: then only the text is judged.
        List<ClassModel> classes = done ? files.models() : List.of();
        return new SourceUnit(
                "stack", false, "stack/src/main/java/dev/mortem/stack/bad/Bad.java", text, classes);
    }

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(String text) {
            super(URI.create("string:///dev/mortem/stack/bad/Bad.java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    private static final class Compiled extends SimpleJavaFileObject {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Compiled(String name) {
            super(URI.create("mem:///" + name.replace('.', '/') + ".class"), Kind.CLASS);
        }

        @Override
        public OutputStream openOutputStream() {
            return bytes;
        }
    }

    private static final class Files extends ForwardingJavaFileManager<JavaFileManager> {
        private final List<Compiled> compiled = new ArrayList<>();

        Files(JavaFileManager standard) {
            super(standard);
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
            Compiled file = new Compiled(name);
            compiled.add(file);
            return file;
        }

        List<ClassModel> models() {
            return compiled.stream()
                    .map(file -> ClassFile.of().parse(file.bytes.toByteArray()))
                    .toList();
        }
    }
}
