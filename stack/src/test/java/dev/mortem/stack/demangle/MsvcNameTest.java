package dev.mortem.stack.demangle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mortem.base.limit.Limits;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** One name of each construct: whole as llvm-undname writes it, and short. */
final class MsvcNameTest {
    private static final List<Case> CASES = List.of(
            new Case("?x@@3HA", "int x", "x"),
            new Case("?x@@3PEBHEB", "int const *x", "x"),
            new Case(
                    "?count@Cart@shop@@2HA",
                    "public: static int shop::Cart::count",
                    "shop::Cart::count"),
            new Case(
                    "?name@Cart@shop@@1PEBDEB",
                    "protected: static char const *shop::Cart::name",
                    "shop::Cart::name"),
            new Case("?p@@3P6AXH@ZEA", "void (__cdecl *p)(int)", "p"),
            new Case("?p@@3PEQA@@HEQ1@", "int A::*p", "p"),
            new Case("?p@@3P8A@@EAAXXZEQ1@", "void (__cdecl A::*p)(void)", "p"),
            new Case("?a@@3PAY01HA", "int (*a)[2]", "a"),
            new Case("?f@@YAXXZ", "void __cdecl f(void)", "f()"),
            new Case("?f@@YAXHZZ", "void __cdecl f(int, ...)", "f(int, ...)"),
            new Case("?f@@YAXXZ.cold", "void __cdecl f(void) [clone .cold]", "f() [clone .cold]"),
            new Case(
                    "?total@Cart@Shop@@QEAAHAEBV?$basic_string@DU?$char_traits@D@std@@V?$al"
                            + "locator@D@2@@std@@@Z",
                    "public: int __cdecl Shop::Cart::total(class std::basic_string<char, st"
                            + "ruct std::char_traits<char>, class std::allocator<char>> const &)",
                    "Shop::Cart::total(std::string const&)"),
            new Case(
                    "?f@A@@UEBAHHPEBD@Z",
                    "public: virtual int __cdecl A::f(int, char const *) const",
                    "A::f(int, char const*) const"),
            new Case("?f@A@@SAXXZ", "public: static void __cdecl A::f(void)", "A::f()"),
            new Case(
                    "?f@A@@QEHBAXXZ",
                    "public: void __cdecl A::f(void) const &&",
                    "A::f() const &&"),
            new Case("?f@@YAXX_E", "void __cdecl f(void) noexcept", "f()"),
            new Case("?f@@YQXH@Z", "void __vectorcall f(int)", "f(int)"),
            new Case("?f@@YIXH@Z", "void __fastcall f(int)", "f(int)"),
            new Case("?f@@YAXQEAY01H@Z", "void __cdecl f(int (*const)[2])", "f(int (* const)[2])"),
            new Case(
                    "?f@@YAXPEBQEBQEBH@Z",
                    "void __cdecl f(int const *const *const *)",
                    "f(int const* const* const*)"),
            new Case("?f@@YAXPEIAH@Z", "void __cdecl f(int *__restrict)", "f(int* __restrict)"),
            new Case(
                    "?f@@YAXP6AP6AXH@ZH@Z@Z",
                    "void __cdecl f(void (__cdecl * (__cdecl *)(int))(int))",
                    "f(void (* (*)(int))(int))"),
            new Case("?f@@YAPEAY01HXZ", "int (* __cdecl f(void))[2]", "f()"),
            new Case(
                    "?f@@YA?AV<lambda_1>@?0??1@YA?A?<auto>@@XZ@XZ",
                    "class `<auto> __cdecl <lambda_1>(void)'::`1'::<lambda_1> __cdecl f(voi" + "d)",
                    "f()"),
            new Case(
                    "?f@@YAX$$T$$QEAVA@@W4E@@TU@@@Z",
                    "void __cdecl f(std::nullptr_t, class A &&, enum E, union U)",
                    "f(std::nullptr_t, A&&, E, U)"),
            new Case("?f@@YAXPEAX0@Z", "void __cdecl f(void *, void *)", "f(void*, void*)"),
            new Case(
                    "?f@N@@YAXV?$A@VB@N@@@1@0@Z",
                    "void __cdecl N::f(class N::A<class N::B>, class N::A<class N::B>)",
                    "N::f(N::A<N::B>, N::A<N::B>)"),
            new Case(
                    "?f@?A0x1234@@YAXXZ",
                    "void __cdecl `anonymous namespace'::f(void)",
                    "(anonymous namespace)::f()"),
            new Case("?i@?1??f@@YAXXZ@4HA", "int `void __cdecl f(void)'::`2'::i", "f()::i"),
            new Case("?dtor$2@?0?main@4HA", "int `main'::`1'::dtor$2", "main::dtor$2"),
            new Case("?filt$0@0@main@@", "`main'::`1'::filt$0", "main::filt$0"),
            new Case("?fin$1@0@?f@@YAXXZ@@", "`void __cdecl f(void)'::`1'::fin$1", "f()::fin$1"),
            new Case("?f@@YA?A_PXZ", "auto __cdecl f(void)", "f()"),
            new Case("??0A@N@@QEAA@XZ", "public: __cdecl N::A::A(void)", "N::A::A()"),
            new Case("??1A@@UEAA@XZ", "public: virtual __cdecl A::~A(void)", "A::~A()"),
            new Case(
                    "??$?0H@?$A@H@@QEAA@H@Z",
                    "public: __cdecl A<int>::A<int><int>(int)",
                    "A<int>::A<int><int>(int)"),
            new Case(
                    "??BA@@QEBAPEAHXZ",
                    "public: int * __cdecl A::operator int *(void) const",
                    "A::operator int*() const"),
            new Case(
                    "??$?BJ@A@@QEAAPEAJXZ",
                    "public: long * __cdecl A::operator<long> long *(void)",
                    "A::operator<long> long*()"),
            new Case(
                    "??HA@@QEAA?AV0@V0@@Z",
                    "public: class A __cdecl A::operator+(class A)",
                    "A::operator+(A)"),
            new Case(
                    "??RA@@QEAAXXZ", "public: void __cdecl A::operator()(void)", "A::operator()()"),
            new Case(
                    "??__MA@@QEAA_NAEBU0@@Z",
                    "public: bool __cdecl A::operator<=>(struct A const &)",
                    "A::operator<=>(A const&)"),
            new Case(
                    "??__LA@@QEAAXXZ",
                    "public: void __cdecl A::operator co_await(void)",
                    "A::operator co_await()"),
            new Case(
                    "??__K_km@@YAX_K@Z",
                    "void __cdecl operator \"\"_km(unsigned __int64)",
                    "operator \"\"_km(unsigned __int64)"),
            new Case(
                    "??2@YAPEAX_K@Z",
                    "void * __cdecl operator new(unsigned __int64)",
                    "operator new(unsigned __int64)"),
            new Case(
                    "??_GA@@UEAAPEAXI@Z",
                    "public: virtual void * __cdecl A::`scalar deleting dtor'(unsigned int)",
                    "A::`scalar deleting dtor'(unsigned int)"),
            new Case(
                    "??_DA@@QEAAXXZ",
                    "public: void __cdecl A::`vbase dtor'(void)",
                    "A::`vbase dtor'()"),
            new Case("??_7A@@6B@", "const A::`vftable'", "A::`vftable'"),
            new Case(
                    "??_7A@@6BB@@C@@@",
                    "const A::`vftable'{for `B's `C'}",
                    "A::`vftable'{for `B's `C'}"),
            new Case("??_8A@@7B@", "const A::`vbtable'", "A::`vbtable'"),
            new Case("??_R0?AVA@@@8", "class A `RTTI Type Descriptor'", "A `RTTI Type Descriptor'"),
            new Case(
                    "??_R1A@?0A@EA@A@@8",
                    "A::`RTTI Base Class Descriptor at (0, -1, 0, 64)'",
                    "A::`RTTI Base Class Descriptor at (0, -1, 0, 64)'"),
            new Case(
                    "??_R3A@@8",
                    "A::`RTTI Class Hierarchy Descriptor'",
                    "A::`RTTI Class Hierarchy Descriptor'"),
            new Case(
                    "??_R4A@@6B@",
                    "const A::`RTTI Complete Object Locator'",
                    "A::`RTTI Complete Object Locator'"),
            new Case(
                    ".?AVbad_alloc@std@@",
                    "class std::bad_alloc `RTTI Type Descriptor Name'",
                    "std::bad_alloc"),
            new Case(
                    ".PEAVexception@std@@",
                    "class std::exception *`RTTI Type Descriptor Name'",
                    "std::exception*"),
            new Case(
                    "??_9A@@$BHA@AA",
                    "[thunk]: __cdecl A::`vcall'{112, {flat}}",
                    "A::`vcall'{112, {flat}}"),
            new Case(
                    "?f@A@@W7EAAXXZ",
                    "[thunk]: public: virtual void __cdecl A::f`adjustor{8}'(void)",
                    "A::f`adjustor{8}'()"),
            new Case(
                    "?f@A@@$4PPPPPPPM@A@EAAXXZ",
                    "[thunk]: public: virtual void __cdecl A::f`vtordisp{-4, 0}'(void)",
                    "A::f`vtordisp{-4, 0}'()"),
            new Case(
                    "?f@A@@$R477PPPPPPPM@7EAAXXZ",
                    "[thunk]: public: virtual void __cdecl A::f`vtordispex{8, 8, -4, 8}'(vo"
                            + "id)",
                    "A::f`vtordispex{8, 8, -4, 8}'()"),
            new Case(
                    "??__Ex@@YAXXZ",
                    "void __cdecl `dynamic initializer for 'x''(void)",
                    "`dynamic initializer for 'x''()"),
            new Case(
                    "??__E?x@A@@2HA@@YAXXZ",
                    "void __cdecl `dynamic initializer for `public: static int A::x''(void)",
                    "`dynamic initializer for `A::x''()"),
            new Case(
                    "??__F?i@?1??f@@YAXXZ@4HA@@YAXXZ",
                    "void __cdecl `dynamic atexit destructor for `int `void __cdecl f(void)"
                            + "'::`2'::i''(void)",
                    "`dynamic atexit destructor for `f()::i''()"),
            new Case(
                    "??_B?1??f@@YAXXZ@51",
                    "`void __cdecl f(void)'::`2'::`local static guard'{2}",
                    "f()::`local static guard'{2}"),
            new Case(
                    "??__J?1??f@@YAXXZ@51",
                    "`void __cdecl f(void)'::`2'::`local static thread guard'{2}",
                    "f()::`local static thread guard'{2}"),
            new Case("??_C@_02PCEFGMJL@hi?$AA@", "\"hi\"", "\"hi\""),
            new Case("??_C@_13IMODFHAA@?$AA?$AA@", "L\"\\0\"", "L\"\\0\""),
            new Case("??_C@_0CG@HJGBPLNO@lookAtMe@", "\"lookAtMe\"...", "\"lookAtMe\"..."),
            new Case(
                    "??@0123456789abcdef0123456789abcdef@",
                    "??@0123456789abcdef0123456789abcdef@",
                    "??@0123456789abcdef0123456789abcdef@"),
            new Case(
                    "__imp_?f@@YAXXZ",
                    "__declspec(dllimport) void __cdecl f(void)",
                    "__declspec(dllimport) f()"),
            new Case("??$f@$00$0?0@@YAXXZ", "void __cdecl f<1, -1>(void)", "f<1, -1>()"),
            new Case("??$f@$1?x@@3HA@@YAXXZ", "void __cdecl f<&int x>(void)", "f<&x>()"),
            new Case(
                    "??$f@$H?f@A@@QEAAXXZA@@@YAXXZ",
                    "void __cdecl f<{public: void __cdecl A::f(void), 0}>(void)",
                    "f<{A::f(), 0}>()"),
            new Case("??$f@$F7A@@@YAXXZ", "void __cdecl f<{8, 0}>(void)", "f<{8, 0}>()"),
            new Case(
                    "??$f@$$A6AHH@Z@@YAXXZ",
                    "void __cdecl f<int __cdecl(int)>(void)",
                    "f<int (int)>()"),
            new Case(
                    "??$f@$$BY01$$CBH@@YAXXZ",
                    "void __cdecl f<int const[2]>(void)",
                    "f<int const[2]>()"),
            new Case("??$f@$$YA@N@@@@YAXXZ", "void __cdecl f<N::A>(void)", "f<N::A>()"),
            new Case("??$f@$$V@@YAXXZ", "void __cdecl f<>(void)", "f<>()"),
            new Case("??$f@$MH00@@YAXXZ", "void __cdecl f<1>(void)", "f<1>()"),
            new Case(
                    "??$f@$2UNttp@@H00_N00@@@YAXXZ",
                    "void __cdecl f<struct Nttp{1, 1}>(void)",
                    "f<Nttp{1, 1}>()"),
            new Case("?f@@$$J0YAXXZ", "extern \"C\" void __cdecl f(void)", "f()"),
            new Case("?g@@9", "extern \"C\" g", "g"));

    private final Demangler demangler = new Demangler();

    record Case(String mangled, String whole, String shortened) {}

    static List<Case> cases() {
        return CASES;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isWrittenWholeAndShort(Case each) {
        assertThat(demangler.demangle(each.mangled())).contains(each.whole());
        assertThat(demangler.demangleShort(each.mangled())).contains(each.shortened());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?",
                "??",
                "?f",
                "?f@@YAXX",
                "?f@@YAXXZ@",
                "?f@@YAXXZfoo",
                "?f@@YAX0@Z",
                "?f@@YAXV1@@Z",
                "?f@@YAXY0A@",
                "?f@@YQ",
                "??_7A@@6B",
                "??_R9A@@8",
                "??_C@_2A@A@",
                "??@0123@",
                "??$f@$1?@@YAXXZ",
                ".?AV",
                "?x@@5HA",
                "__imp_?f"
            })
    void whatDoesNotReadWholeIsNoName(String mangled) {
        assertThat(demangler.demangle(mangled)).isEmpty();
        assertThat(demangler.demangleShort(mangled)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        ".?AVbad_alloc@std@@,std::bad_alloc",
        ".?AUError@?A0x12@shop@@,shop::(anonymous namespace)::Error",
        ".PEAVexception@std@@,std::exception*",
        ".PEBD,char const*",
        ".H,int",
        "._J,__int64",
    })
    void aTypeDescriptorIsAboutAType(String mangled, String type) {
        assertThat(demangler.typeOfDescriptor(mangled)).contains(type);
    }

    @Test
    void whatIsNoDescriptorIsAboutNoType() {
        assertThat(demangler.typeOfDescriptor(".text")).isEmpty();
        assertThat(demangler.typeOfDescriptor("?f@@YAXXZ")).isEmpty();
        assertThat(demangler.demangle(".text")).isEmpty();
        assertThat(demangler.demangle(".H")).as("a label").isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "_main,main",
        "_WinMain@16,WinMain",
        "@fast@8,fast",
        "vector@@32,vector",
        "__imp__f@4,_imp__f",
        "_@4x,@4x",
    })
    void decorationsOfCAreTakenOff(String decorated, String name) {
        assertThat(CDecoration.undecorated(decorated)).contains(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"main", "_", "@", "@8", "f@8", "?f@@YAXXZ", "f@@x", ""})
    void whatIsNotDecoratedStays(String name) {
        assertThat(CDecoration.undecorated(name)).isEmpty();
    }

    /** Each parameter stands for all before it, fifty times. */
    @Test
    void backReferencesDoNotGrowWithoutBound() {
        StringBuilder bomb = new StringBuilder("?f@@YAXPEAX");
        for (int index = 0; index < 9; index++) {
            bomb.append("P6AX").append(String.valueOf(index).repeat(50)).append("@Z");
        }
        Instant start = Instant.now();
        assertThat(demangler.demangle(bomb + "@Z")).isEmpty();
        assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void namesNestAsDeeplyAsAllowed() {
        int allowed = (int) Demangler.DEPTH.defaultMax();
        assertThat(demangler.demangle(pointers(allowed / 2))).isPresent();
        assertThat(demangler.demangle(pointers(allowed + 1))).isEmpty();
        String scopes = "?f@" + "?1??f@".repeat(5000) + "@YAXXZ@".repeat(5000) + "@YAXXZ";
        assertThat(demangler.demangle(scopes)).isEmpty();
        assertThat(new Demangler(Limits.defaults().with(Demangler.DEPTH, 4)).demangle(pointers(9)))
                .isEmpty();
    }

    private static String pointers(int depth) {
        return "?f@@YAX" + "PEA".repeat(depth) + "H@Z";
    }
}
