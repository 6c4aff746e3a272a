package dev.mortem.testkit.checks;

import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.reflect.AccessFlag;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Rules about what compiled code refers to: names are resolved, so no spelling hides a call. */
final class ClassRules {
    /**
     * Inflating, and copying memory into dumps, go through memory outside of the heap, whose life an
     * Arena bounds.
     */
    private static final Set<String> FOREIGN_MEMORY = Set.of(
            "CompressedSection.java",
            "MiniDebugInfo.java",
            "MemoryReader.java",
            "PageBuffer.java",
            "ReducedMemory.java",
            "SparseOutput.java",
            "ZeroPages.java");

    /** A use of a method or field: "java/lang/Thread.sleep(J)V". */
    private record Ban(Predicate<String> uses, Predicate<SourceUnit> scope, String remedy) {}

    private ClassRules() {}

    static List<TidyRule> all() {
        return Stream.of(timeAndChance(), processAndConsole(), text(), nativeAccess())
                .flatMap(List::stream)
                .toList();
    }

    private static List<TidyRule> timeAndChance() {
        return List.of(
                ban(
                        "no sleeping",
                        "void f() throws Exception { Thread.sleep(1); }",
                        use -> use.startsWith("java/lang/Thread.sleep"),
                        unit -> true,
                        "wait for the condition with a deadline: Object.wait, CountDownLatch,"
                                + " LockSupport.parkNanos"),
                ban(
                        "randomness has a seed",
                        "int f() { return new java.util.Random().nextInt(); }",
                        use -> use.equals("java/util/Random.<init>()V")
                                || use.equals("java/util/SplittableRandom.<init>()V")
                                || use.startsWith("java/lang/Math.random")
                                || use.startsWith("java/util/concurrent/ThreadLocalRandom."),
                        unit -> true,
                        "take a seeded SplittableRandom as an argument"),
                ban(
                        "the clock comes in as an argument",
                        "Object f() { return java.time.Instant.now(); }",
                        use -> use.startsWith("java/lang/System.currentTimeMillis")
                                || use.matches("java/time/\\w+\\.now\\(\\).*")
                                || use.matches("java/util/Date\\.<init>\\(\\)V")
                                || use.startsWith("java/time/Clock.system"),
                        unit -> isProduct(unit)
                                && !unit.isIn("dev.mortem.cli")
                                && !unit.isIn("dev.mortem.os"),
                        "take a java.time.InstantSource or an Instant as an argument"));
    }

    private static List<TidyRule> processAndConsole() {
        return List.of(
                ban(
                        "only the command ends the process",
                        "void f() { System.exit(1); }",
                        use -> use.startsWith("java/lang/System.exit")
                                || use.startsWith("java/lang/Runtime.exit")
                                || use.startsWith("java/lang/Runtime.halt"),
                        unit -> !unit.path().endsWith("dev/mortem/cli/Main.java"),
                        "return an exit code to dev.mortem.cli.Main, or throw"),
                ban(
                        "only the command writes to the console",
                        "void f() { System.out.println(1); }",
                        use -> use.startsWith("java/lang/System.out")
                                || use.startsWith("java/lang/System.err"),
                        unit -> isProduct(unit) && !unit.isIn("dev.mortem.cli"),
                        "write to an Appendable or PrintWriter that comes in as an argument"),
                ban(
                        "no stack trace is printed",
                        "void f() { new Throwable().printStackTrace(); }",
                        use -> use.contains(".printStackTrace("),
                        unit -> true,
                        "throw it, or record a Diagnostic that says the consequence"));
    }

    private static List<TidyRule> text() {
        return List.of(ban(
                "text is converted with a named charset",
                "byte[] f() { return \"x\".getBytes(); }",
                use -> use.equals("java/lang/String.getBytes()[B")
                        || use.equals("java/lang/String.<init>([B)V")
                        || use.equals("java/lang/String.<init>([BII)V")
                        || use.startsWith("java/io/FileReader.<init>(Ljava/lang/String;)")
                        || use.startsWith("java/io/FileReader.<init>(Ljava/io/File;)")
                        || use.startsWith("java/io/FileWriter.<init>(Ljava/lang/String;)")
                        || use.startsWith("java/io/FileWriter.<init>(Ljava/io/File;)")
                        || use.equals("java/io/InputStreamReader.<init>(Ljava/io/InputStream;)V")
                        || use.equals("java/io/OutputStreamWriter.<init>(Ljava/io/OutputStream;)V"),
                unit -> true,
                "name StandardCharsets.UTF_8"));
    }

    private static List<TidyRule> nativeAccess() {
        Set<String> callers = Set.of("java/lang/foreign/Linker", "java/lang/foreign/SymbolLookup");
        return List.of(
                new TidyRule(
                        "only os calls native code",
                        "class Bad { Object f() { return java.lang.foreign.Linker.nativeLinker(); } }",
                        unit -> unit.isIn("dev.mortem.os") || unit.isTest()
                                ? Stream.of()
                                : references(unit)
                                        .filter(name -> callers.stream()
                                                .anyMatch(one -> isOrIsIn(name, one)))
                                        .map(name -> new Violation(
                                                unit.path(), name, "ask os for what is needed"))),
                new TidyRule(
                        "only os has native methods",
                        "class Bad { native void f(); }",
                        unit -> unit.isIn("dev.mortem.os")
                                ? Stream.of()
                                : unit.classes().stream()
                                        .flatMap(model -> model.methods().stream())
                                        .filter(method -> method.flags().has(AccessFlag.NATIVE))
                                        .map(method -> new Violation(
                                                unit.path(),
                                                "native " + method.methodName().stringValue(),
                                                "bind it in os with java.lang.foreign"))),
                new TidyRule(
                        "only base.bytes and os see foreign memory",
                        "class Bad { java.lang.foreign.MemorySegment bytes; }",
                        unit -> unit.isIn("dev.mortem.base.bytes")
                                        || unit.isIn("dev.mortem.os")
                                        || FOREIGN_MEMORY.contains(unit.fileName())
                                        || unit.isTest()
                                ? Stream.of()
                                : references(unit)
                                        .filter(name -> name.startsWith("java/lang/foreign/"))
                                        .map(name -> new Violation(
                                                unit.path(), name, "read through a ByteSource"))));
    }

    private static boolean isProduct(SourceUnit unit) {
        return !unit.isTest() && !unit.isIn("dev.mortem.testkit");
    }

    private static boolean isOrIsIn(String name, String outer) {
        return name.equals(outer) || name.startsWith(outer + "$");
    }

    private static TidyRule ban(
            String name,
            String method,
            Predicate<String> uses,
            Predicate<SourceUnit> scope,
            String remedy) {
        Ban ban = new Ban(uses, scope, remedy);
        return new TidyRule(name, "class Bad { " + method + " }", unit -> broken(unit, ban));
    }

    private static Stream<Violation> broken(SourceUnit unit, Ban ban) {
        if (!ban.scope().test(unit)) {
            return Stream.of();
        }
        return unit.classes().stream()
                .flatMap(ClassRules::uses)
                .distinct()
                .filter(ban.uses())
                .map(use -> new Violation(unit.path(), use.replace('/', '.'), ban.remedy()));
    }

    /** Every method and field that a class refers to, through method handles too. */
    private static Stream<String> uses(ClassModel model) {
        return StreamSupport.stream(model.constantPool().spliterator(), false)
                .filter(MemberRefEntry.class::isInstance)
                .map(MemberRefEntry.class::cast)
                .map(use -> use.owner().asInternalName()
                        + "."
                        + use.name().stringValue()
                        + use.type().stringValue());
    }

    /** Internal names of every class that these refer to, in code and in signatures. */
    static Stream<String> references(SourceUnit unit) {
        return unit.classes().stream().flatMap(ClassRules::references).distinct();
    }

    static Stream<String> references(ClassModel model) {
        Stream<String> inCode = StreamSupport.stream(model.constantPool().spliterator(), false)
                .filter(ClassEntry.class::isInstance)
                .map(entry -> elementName(((ClassEntry) entry).asInternalName()));
        Stream<String> inFields =
                model.fields().stream().map(field -> field.fieldType().stringValue());
        Stream<String> inMethods =
                model.methods().stream().map(method -> method.methodType().stringValue());
        return Stream.concat(inCode, Stream.concat(inFields, inMethods).flatMap(ClassRules::named));
    }

    /** "[Ldev/mortem/A;" is an array of dev/mortem/A. */
    private static String elementName(String name) {
        return name.startsWith("[") ? named(name).findFirst().orElse("") : name;
    }

    /** The classes in a descriptor. */
    private static Stream<String> named(String descriptor) {
        return Stream.of(descriptor.split(";", -1))
                .filter(part -> part.contains("L"))
                .map(part -> part.substring(part.indexOf('L') + 1));
    }
}
