package dev.mortem.format.breakpad;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.bytes.ByteSource;
import dev.mortem.base.diagnostic.DiagnosticLog;
import dev.mortem.base.limit.Limits;

import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;

class SymFileTest {
    static final String SHOP = """
            MODULE Linux x86_64 d3096ed481217fd4c16b29cd9bc208ba0 shop server
            INFO CODE_ID D46E09D32181D47FC16B29CD9BC208BA
            INFO GENERATOR writer 1.2
            INFO URL https://symbols.example/shop
            FILE 0 /srv/shop/main.cc
            FILE 7 /srv/shop/my cart.h
            INLINE_ORIGIN 3 shop::price(int)
            INLINE_ORIGIN 4 shop::tax(int)
            FUNC 1000 40 8 main
            INLINE 0 12 0 3 1010 20 1038 4
            INLINE 1 31 7 4 1018 8
            1000 10 11 0
            1010 8 30 7
            1018 8 50 7
            1020 10 32 7
            1030 10 13 0
            FUNC m 1100 20 0 shop::fold(std::vector<int, std::allocator<int> >)
            1100 20 60 0
            PUBLIC 1040 0 between
            PUBLIC m 2000 4 last
            PUBLIC ff0 0 before
            STACK CFI INIT 1000 40 .cfa: $rsp 8 + .ra: .cfa -8 + ^
            STACK CFI 1001 .cfa: $rsp 16 + $rbp: .cfa -16 + ^
            STACK CFI 1030 .cfa: $rsp 8 +
            STACK WIN 4 1000 40 1 2 8 4 c 0 1 $eip .raSearch ^ = $esp .raSearch 4 + =
            STACK WIN 0 1000 20 1 2 8 4 c 0 0 1
            STACK WIN 1 1000 20 1 2 8 4 c 0 0 1
            NEWKIND of record
            """;

    private final DiagnosticLog diagnostics = new DiagnosticLog();

    @Test
    void moduleAndFacts() {
        SymFile file = read(SHOP);
        SymModule module = new SymModule(
                "Linux", "x86_64", "D3096ED481217FD4C16B29CD9BC208BA0", "shop server");
        assertThat(file.module()).contains(module);
        assertThat(SymFile.moduleOf(source(SHOP))).contains(module);
        assertThat(SymFile.moduleOf(source("MODULE Linux x86_64 xyz name\n"))).isEmpty();
        assertThat(SymFile.moduleOf(source("FILE 0 a\n"))).isEmpty();
        assertThat(file.codeId()).contains("D46E09D32181D47FC16B29CD9BC208BA");
        assertThat(file.generator()).contains("writer 1.2");
        assertThat(file.url()).contains("https://symbols.example/shop");
        assertThat(file.hasLines()).isTrue();
        assertThat(file.functionCount()).isEqualTo(2);
        assertThat(file.publicCount()).isEqualTo(3);
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void functionsCoverTheirRangeAndSymbolsReachUpToTheNextFunction() {
        SymFile file = read(SHOP);
        assertThat(file.functionAt(0x1000))
                .contains(new SymFunction("main", 0x1000, OptionalLong.of(0x40), 8, false));
        assertThat(name(file, 0x103f)).isEqualTo("main");
        assertThat(name(file, 0xfef)).isEqualTo("none");
        assertThat(name(file, 0xff0)).isEqualTo("before");
        assertThat(name(file, 0x1040)).isEqualTo("between");
        assertThat(name(file, 0x10ff)).isEqualTo("between");
        assertThat(name(file, 0x111f)).startsWith("shop::fold(std::vector<int, std::allocator");
        assertThat(file.functionAt(0x1100).orElseThrow().shared()).isTrue();
        assertThat(name(file, 0x1120)).as("behind a function, across its start").isEqualTo("none");
        assertThat(file.functionAt(0x2fff))
                .contains(new SymFunction("last", 0x2000, OptionalLong.empty(), 4, true));
        assertThat(name(file, 1L << 40)).isEqualTo("last");
        assertThat(name(file, -1)).isEqualTo("none");
    }

    @Test
    void inlinedFunctionsAreTheInnermostOnesAndCallsHaveTheirLines() {
        SymFile file = read(SHOP);
        assertThat(chain(file, 0x1000)).containsExactly("main /srv/shop/main.cc:11");
        assertThat(chain(file, 0x1010))
                .containsExactly(
                        "[shop::price(int)] /srv/shop/my cart.h:30", "main /srv/shop/main.cc:12");
        assertThat(chain(file, 0x101f))
                .containsExactly(
                        "[shop::tax(int)] /srv/shop/my cart.h:50",
                        "[shop::price(int)] /srv/shop/my cart.h:31",
                        "main /srv/shop/main.cc:12");
        assertThat(chain(file, 0x1031)).containsExactly("main /srv/shop/main.cc:13");
        assertThat(chain(file, 0x103a))
                .as("the second range")
                .containsExactly(
                        "[shop::price(int)] /srv/shop/main.cc:13", "main /srv/shop/main.cc:12");
        assertThat(chain(file, 0x1050)).containsExactly("between");
        assertThat(file.lineAt(0x1018)).contains(new SymFrame.Source("/srv/shop/my cart.h", 50));
    }

    @Test
    void whatIsNotToldIsNotGuessed() {
        assertThat(chain(read("FUNC 10 10 0 f\nINLINE 1 3 0 1 10 10\n10 10 5 0\nFILE 0 a\n"), 0x10))
                .as("depth 0 is missing: the line may be of anything")
                .containsExactly("f");
        assertThat(chain(read("FUNC 10 10 0 f\n10 10 5 9\n"), 0x10)).containsExactly("f");
        assertThat(chain(read("FUNC 10 10 0 f\n10 10 0 0\nFILE 0 a\n"), 0x10)).containsExactly("f");
        assertThat(chain(read("FUNC 10 10 0\n"), 0x10)).containsExactly("?");
        String old =
                "FILE 0 a\nINLINE_ORIGIN 2 0 g\nFUNC 10 10 0 f\nINLINE 0 3 2 10 10\n10 10 5 0\n";
        assertThat(chain(read(old), 0x12))
                .as("no file of the call")
                .containsExactly("[g] a:5", "f");
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void ofOverlappingFunctionsTheInnermostIsTaken() {
        SymFile file = read("FUNC 120 10 0 inner\nFUNC 100 100 0 outer\nFUNC 100 80 0 twin\n");
        assertThat(name(file, 0x100)).isEqualTo("outer");
        assertThat(name(file, 0x125)).isEqualTo("inner");
        assertThat(name(file, 0x130)).isEqualTo("outer");
        assertThat(name(file, 0x1ff)).isEqualTo("outer");
        assertThat(name(file, 0x200)).isEqualTo("none");
        StringBuilder many = new StringBuilder("FUNC 1000 10000 0 all\n");
        for (int at = 0x1010; at < 0x1010 + 16 * 100; at += 16) {
            many.append("FUNC %x 8 0 f%x\n".formatted(at, at));
        }
        SymFile nested = read(many.toString());
        assertThat(name(nested, 0x1647)).isEqualTo("f1640");
        assertThat(name(nested, 0x1648)).isEqualTo("all");
        assertThat(name(nested, 0x9000)).isEqualTo("all");
    }

    @Test
    void cfiIsTheStartWithTheChangesUpToTheAddress() {
        SymFile file = read(SHOP);
        CfiRules first = file.cfiAt(0x1000).orElseThrow();
        assertThat(first.contains(0x1000)).isTrue();
        assertThat(first.contains(0x1001)).isFalse();
        assertThat(first.rules().keySet()).containsExactlyInAnyOrder(".cfa", ".ra");
        CfiRules second = file.cfiAt(0x102f).orElseThrow();
        assertThat(second.fromRva()).isEqualTo(0x1001);
        assertThat(second.toRva()).isEqualTo(0x1030);
        assertThat(second.rule(".cfa")).map(Object::toString).contains("$rsp 16 +");
        assertThat(second.rule("$rbp")).map(Object::toString).contains(".cfa -16 + ^");
        CfiRules third = file.cfiAt(0x103f).orElseThrow();
        assertThat(third.rule(".cfa")).map(Object::toString).contains("$rsp 8 +");
        assertThat(third.rule(".ra")).map(Object::toString).contains(".cfa -8 + ^");
        assertThat(file.cfiAt(0x1040)).isEmpty();
        assertThat(file.cfiAt(0xfff)).isEmpty();
    }

    @Test
    void aChangeMayHoldFromTheStart() {
        SymFile file = read(
                "STACK CFI INIT 100 40 .cfa: $rsp 8 + .ra: .cfa 8 - ^\nSTACK CFI 100 .cfa: $rsp 64 +\n");
        assertThat(file.cfiAt(0x100).orElseThrow().rule(".cfa"))
                .map(Object::toString)
                .contains("$rsp 64 +");
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void behindABrokenChangeNoRulesAreKnown() {
        SymFile file = read("""
                STACK CFI INIT 100 40 .cfa: $rsp 8 + .ra: .cfa -8 + ^
                STACK CFI 110 .cfa: $rsp 16 +
                STACK CFI 1x0 .cfa: $rsp 24 +
                STACK CFI 130 .cfa: $rsp 32 +
                STACK CFI INIT 200 zz .cfa: $rsp 8 +
                STACK CFI 210 .cfa: $rsp 16 +
                """);
        assertThat(file.cfiAt(0x100)).isPresent();
        assertThat(file.cfiAt(0x110)).isEmpty();
        assertThat(file.cfiAt(0x13f)).isEmpty();
        assertThat(file.cfiAt(0x210)).isEmpty();
        assertThat(diagnostics.entries())
                .extracting(entry -> entry.where())
                .containsExactly("x.sym: line 3", "x.sym: line 5", "x.sym: line 6");
    }

    @Test
    void windowsFrames() {
        SymFile file = read(SHOP);
        List<WinFrame> both = file.windowsFramesAt(0x1010);
        assertThat(both).hasSize(2);
        assertThat(both.getFirst().program())
                .map(Object::toString)
                .contains("$eip .raSearch ^ = $esp .raSearch 4 + =");
        WinFrame sizes = both.getLast();
        assertThat(List.of(sizes.parameterBytes(), sizes.savedRegisterBytes(), sizes.localBytes()))
                .containsExactly(8L, 4L, 12L);
        assertThat(sizes.usesFramePointer()).isTrue();
        assertThat(sizes.program()).isEmpty();
        assertThat(file.windowsFramesAt(0x1030)).hasSize(1);
        assertThat(file.windowsFramesAt(0x1040)).isEmpty();
        assertThat(file.parameterBytesAt(0x1030)).hasValue(8);
        assertThat(file.parameterBytesAt(0x2000)).hasValue(4);
        assertThat(file.parameterBytesAt(0x1130)).isEmpty();
    }

    @Test
    void endsOfLinesAndTheEndOfTheFile() {
        for (String text : List.of(
                SHOP.replace("\n", "\r\n"),
                SHOP.stripTrailing(),
                SHOP.replace("FUNC ", "FUNC  "))) {
            SymFile file = read(text);
            assertThat(name(file, 0x1000)).isEqualTo("main");
            assertThat(chain(file, 0x1018)).hasSize(3);
            assertThat(file.cfiAt(0x1030).orElseThrow().rule(".cfa"))
                    .map(Object::toString)
                    .contains("$rsp 8 +");
        }
        assertThat(diagnostics.entries()).isEmpty();
    }

    @Test
    void brokenLinesAreToldWithTheirNumbersUpToABound() {
        SymFile file = read("""
                10 10 1 0
                FUNC 100 10 0 good
                FUNC 100 0
                FUNC 10g 10 0 letter
                FUNC fffffff8 10 0 wraps
                FUNC 123456789 10 0 large
                100 10 1
                100 10 1 0 5
                FILE x y
                PUBLIC 100
                STACK WIN 4 zz
                INLINE 0 1 2
                MODULE a b c
                """ + "FUNC\n".repeat(50));
        assertThat(name(file, 0x100)).isEqualTo("good");
        assertThat(file.functionCount()).isEqualTo(1);
        assertThat(diagnostics.entries()).hasSize(17);
        assertThat(diagnostics.entries().get(1).where()).isEqualTo("x.sym: line 3");
        assertThat(diagnostics.entries().getLast().what()).startsWith("46 more lines");
    }

    @Test
    void limitsAreKeptAndSaid() {
        Limits three = Limits.defaults().with(SymFile.RECORDS_MAX, 3);
        assertThat(read("FUNC 1 1 0 a\nFUNC 2 1 0 b\nFILE 0 f\n", three).functionCount())
                .isEqualTo(2);
        assertThat(diagnostics.entries()).isEmpty();
        SymFile cut = read("FUNC 1 1 0 a\nFUNC 2 1 0 b\nFILE 0 f\nFUNC 3 1 0 c\n", three);
        assertThat(name(cut, 3)).isEqualTo("none");
        assertThat(diagnostics.entries().getLast().what()).isEqualTo("more than 3 records");

        Limits two = Limits.defaults().with(SymFile.FUNCTION_RECORDS_MAX, 2);
        String lines = "FILE 0 a\nFUNC 10 10 0 f\n10 8 5 0\n18 8 6 0\n";
        assertThat(chain(read(lines, two), 0x18))
                .as("the line may be another's")
                .containsExactly("f");
        assertThat(chain(read(lines), 0x18)).containsExactly("f a:6");

        Limits name = Limits.defaults().with(SymFile.NAME_BYTES, 3);
        assertThat(name(read("FUNC 1 1 0 abcd\n", name), 1)).isEqualTo("abc…");
        assertThat(name(read("FUNC 1 1 0 abc\n", name), 1)).isEqualTo("abc");

        Limits line = Limits.defaults().with(SymLines.LINE_BYTES, 16);
        SymFile longLines = read("FUNC 1 1 0 abcde\nFUNC 2 1 0 abcdef\n\nFUNC 3 1 0 c", line);
        assertThat(name(longLines, 1)).isEqualTo("abcde");
        assertThat(name(longLines, 2)).isEqualTo("abcde");
        assertThat(name(longLines, 3)).isEqualTo("c");
        SymFile huge = read("FUNC 2 1 0 " + "x".repeat(200_000) + "\nFUNC 3 1 0 c\n");
        assertThat(name(huge, 2)).hasSize(16 * 1024 + 1);
        assertThat(name(huge, 3)).isEqualTo("c");
    }

    @Test
    void everyTruncationIsRead() {
        byte[] whole = SHOP.getBytes(StandardCharsets.UTF_8);
        for (int size = 0; size <= whole.length; size++) {
            SymFile file = SymFile.read(
                    source(new String(whole, 0, size, StandardCharsets.UTF_8)),
                    Limits.defaults(),
                    new DiagnosticLog());
            for (long rva = 0xff0; rva < 0x1130; rva += 41) {
                askAll(file, rva);
            }
        }
        assertThat(name(read(SHOP), 0x1000)).isEqualTo("main");
    }

    @Test
    void damagedFilesDoNoHarm() {
        byte[] whole = SHOP.getBytes(StandardCharsets.UTF_8);
        SplittableRandom random = new SplittableRandom(20261126);
        String alphabet = "0123456789abcdef \n\r:.$^=+-@/%*mFUNCSTAKWIN~\0";
        int named = 0;
        for (int run = 0; run < 20_000; run++) {
            byte[] bytes = whole.clone();
            for (int change = random.nextInt(1, 8); change > 0; change--) {
                int at = random.nextInt(bytes.length);
                if (random.nextInt(4) == 0) {
                    int from = random.nextInt(bytes.length);
                    int size = Math.min(40, bytes.length - Math.max(at, from));
                    System.arraycopy(bytes, from, bytes, at, size);
                } else if (random.nextInt(8) == 0) {
                    bytes = Arrays.copyOf(bytes, Math.max(1, at));
                } else {
                    bytes[at] = (byte) alphabet.charAt(random.nextInt(alphabet.length()));
                }
            }
            SymFile file = SymFile.read(
                    ByteSource.ofBytes("x.sym", bytes, ByteOrder.LITTLE_ENDIAN),
                    Limits.defaults(),
                    new DiagnosticLog());
            for (long rva : new long[] {0x1000, 0x1018, 0x1030, 0x1045, 0x1108}) {
                askAll(file, rva);
            }
            named += name(file, 0x1000).equals("main") ? 1 : 0;
        }
        assertThat(named).as("damage is not all there is").isBetween(5_000, 19_999);
    }

    private static void askAll(SymFile file, long rva) {
        assertThat(file.functionAt(rva).isPresent())
                .isEqualTo(!file.framesAt(rva).isEmpty());
        file.cfiAt(rva).ifPresent(rules -> assertThat(rules.contains(rva)).isTrue());
        assertThat(file.windowsFramesAt(rva)).hasSizeLessThanOrEqualTo(2);
    }

    private static String name(SymFile file, long rva) {
        return file.functionAt(rva).map(SymFunction::name).orElse("none");
    }

    static List<String> chain(SymFile file, long rva) {
        return file.framesAt(rva).stream()
                .map(frame ->
                        (frame.inlined() ? "[%s]" : "%s").formatted(frame.name().orElse("?"))
                                + frame.source()
                                        .map(source -> " " + source.file() + ":" + source.line())
                                        .orElse(""))
                .toList();
    }

    private SymFile read(String text) {
        return read(text, Limits.defaults());
    }

    private SymFile read(String text, Limits limits) {
        return SymFile.read(source(text), limits, diagnostics);
    }

    private static ByteSource source(String text) {
        return ByteSource.ofBytes(
                "x.sym", text.getBytes(StandardCharsets.UTF_8), ByteOrder.LITTLE_ENDIAN);
    }
}
