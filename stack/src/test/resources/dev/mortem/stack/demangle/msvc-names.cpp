// What Microsoft's scheme can mangle. msvc-names.txt has the names that clang 14 makes of it, for
// x86_64-pc-windows-msvc and i686-pc-windows-msvc.
typedef decltype(sizeof 0) size_t_;
namespace std { typedef decltype(nullptr) nullptr_t;
 template <class T> struct char_traits {}; template <class T> struct allocator {};
 template <class C, class T = char_traits<C>, class A = allocator<C>> struct basic_string { void
        append(const C*); };
 typedef basic_string<char> string; typedef basic_string<wchar_t> wstring;
 template <class T, class A = allocator<T>> struct vector { void push_back(const T&); };
 template <class A, class B> struct pair { A a; B b; };
 template <class T> struct less {};
 template <class K, class V, class C = less<K>, class A = allocator<pair<const K, V>>> struct map
        { V& operator[](const K&); };
 template <class T> struct default_delete {}; template <class T, class D = default_delete<T>>
        struct unique_ptr { T* get() const; };
 struct strong_ordering { int v; };
}
#define U __attribute__((used))
template <class T, class A> void std::vector<T,A>::push_back(const T&) {}
template <class C, class T, class A> void std::basic_string<C,T,A>::append(const C*) {}
template <class K, class V, class C, class A> V& std::map<K,V,C,A>::operator[](const K&) { static
    V v; return v; }
template struct std::vector<int>; template struct std::vector<std::string>; template struct
    std::basic_string<char>; template struct std::basic_string<wchar_t>;
template struct std::map<int, std::string>; template struct std::map<std::string,
    std::vector<int>>;
typedef void (*VoidFn)();
namespace shop {
 struct Item { int a; virtual ~Item(); virtual void price() const; };
 Item::~Item() {} void Item::price() const {}
 struct Base2 { virtual void second(); }; void Base2::second() {}
 struct Virtual : virtual Item { Virtual(); ~Virtual(); virtual void price() const; };
 Virtual::Virtual() {} Virtual::~Virtual() {} void Virtual::price() const {}
 struct Multi : Item, Base2, virtual Virtual { void second(); Multi(int); ~Multi(); }; void
        Multi::second() {} Multi::Multi(int) {} Multi::~Multi() {}
 class Cart { public: int total(const std::string&); static int count; protected: static const
        char* name; int prot(); private: int priv(); volatile int v; public:
   void cv() const volatile; void l() &; void r() &&; void cl() const &; void ne() noexcept;
        static void st(); virtual void vi(); operator int() const; operator const char*();
        operator VoidFn();
   Cart& operator=(const Cart&); bool operator==(const Cart&) const; bool operator!=(const Cart&)
        const; bool operator<(const Cart&) const; int operator[](int); void operator()(); Cart*
        operator->(); Cart operator+(Cart) ; Cart& operator+=(int); Cart operator++(); Cart
        operator++(int); bool operator!(); Cart operator~(); void* operator new(size_t_); void
        operator delete(void*); void* operator new[](size_t_); void operator delete[](void*);
   int operator->*(int); Cart operator,(Cart); Cart operator<<(int); Cart operator>>(int); Cart
        operator&(int); Cart operator|(int); Cart operator^(int); Cart operator%(int); Cart
        operator/(int); Cart operator*(int); Cart operator-(int); bool operator&&(int); bool
        operator||(int); Cart& operator<<=(int); Cart& operator>>=(int); Cart& operator%=(int);
        Cart& operator/=(int); Cart& operator*=(int); Cart& operator-=(int); Cart&
        operator&=(int); Cart& operator|=(int); Cart& operator^=(int); bool operator>(int); bool
        operator<=(int); bool operator>=(int);
   template <class T> Cart(T); Cart(); ~Cart(); template <class T> operator T*(); template <class
        T> T get(T); int x; };
 int Cart::count; const char* Cart::name;
 int Cart::total(const std::string&) { struct Local { int f() { static int seen = 1; return
        seen++; } }; Local l; auto lam = [](int a) { static int q; return a + q++; }; return
        lam(l.f()); }
 int Cart::prot() { return 1; } int Cart::priv() { return 2; } void Cart::cv() const volatile {}
        void Cart::l() & {} void Cart::r() && {} void Cart::cl() const & {} void Cart::ne()
        noexcept {} void Cart::st() {} void Cart::vi() {}
 Cart::operator int() const { return 1; } Cart::operator const char*() { return 0; }
        Cart::operator VoidFn() { return 0; }
 Cart& Cart::operator=(const Cart&) { return *this; } bool Cart::operator==(const Cart&) const
        {return 0;} bool Cart::operator!=(const Cart&) const {return 0;} bool
        Cart::operator<(const Cart&) const {return 0;} int Cart::operator[](int) {return 0;} void
        Cart::operator()() {} Cart* Cart::operator->() {return this;} Cart Cart::operator+(Cart)
        {return Cart();} Cart& Cart::operator+=(int) {return *this;} Cart Cart::operator++()
        {return Cart();} Cart Cart::operator++(int) {return Cart();} bool Cart::operator!()
        {return 0;} Cart Cart::operator~() {return Cart();}
 void* Cart::operator new(size_t_) {return 0;} void Cart::operator delete(void*) {} void*
        Cart::operator new[](size_t_) {return 0;} void Cart::operator delete[](void*) {}
 int Cart::operator->*(int) {return 0;} Cart Cart::operator,(Cart) {return Cart();} Cart
        Cart::operator<<(int) {return Cart();} Cart Cart::operator>>(int) {return Cart();} Cart
        Cart::operator&(int) {return Cart();} Cart Cart::operator|(int) {return Cart();} Cart
        Cart::operator^(int) {return Cart();} Cart Cart::operator%(int) {return Cart();} Cart
        Cart::operator/(int) {return Cart();} Cart Cart::operator*(int) {return Cart();} Cart
        Cart::operator-(int) {return Cart();} bool Cart::operator&&(int) {return 0;} bool
        Cart::operator||(int) {return 0;} Cart& Cart::operator<<=(int) {return *this;} Cart&
        Cart::operator>>=(int) {return *this;} Cart& Cart::operator%=(int) {return *this;} Cart&
        Cart::operator/=(int) {return *this;} Cart& Cart::operator*=(int) {return *this;} Cart&
        Cart::operator-=(int) {return *this;} Cart& Cart::operator&=(int) {return *this;} Cart&
        Cart::operator|=(int) {return *this;} Cart& Cart::operator^=(int) {return *this;} bool
        Cart::operator>(int) {return 0;} bool Cart::operator<=(int) {return 0;} bool
        Cart::operator>=(int) {return 0;}
 template <class T> Cart::Cart(T) {} Cart::Cart() {} Cart::~Cart() {} template <class T>
        Cart::operator T*() { return 0; } template <class T> T Cart::get(T t) { return t; }
 template Cart::Cart(int); template Cart::Cart(std::string); template Cart::operator long*();
        template int Cart::get(int); template std::string Cart::get(std::string);
}
using namespace shop;
namespace { struct Hidden { int a; virtual void h(); }; void Hidden::h() {} U void inAnon(Hidden*)
    {} Cart hiddenCart; }
enum Plain { A1 }; enum class Scoped : char { B1 }; union Uni { int a; float b; };
void basics(bool, char, signed char, unsigned char, short, unsigned short, int, unsigned, long,
    unsigned long, long long, unsigned long long, float, double, long double, wchar_t, char16_t,
    char32_t) {}
void tags(Plain, Scoped, Uni, Item*, Cart&, const Cart&, Cart&&, const Cart&&, volatile Cart&) {}
void ptrs(int*, const int*, volatile int*, const volatile int*, int* const, int**, const int*
    const*, int* __restrict, void*, const void*, std::nullptr_t) {}
void unal(int __unaligned *) {}
void arrays(int (*)[3], int (&)[2][3], const int (*)[4], int[5], char* (*)[6]) {}
void fps(void (*)(), int (*)(int, char), void (&)(int), void (**)(), int (*(*)(int))(char), void
    (*)(...), void (* const)()) {}
void mps(int Cart::*, void (Cart::*)(), void (Cart::*)() const, void (Cart::*)(int) volatile, int
    (Cart::* Cart::*)(), void (Cart::*)() &, void (Cart::*)() const &&, const int Item::*, int
    Cart::* const *) {}
void noex(void (*)() noexcept) {}
int (*retfp(int))(char) { return 0; } int (*retarr())[3] { return 0; } void (Cart::*retmp())(int)
    { return 0; } const Cart retc() { return Cart(); } int* const retpc() { return 0; }
void va(int, ...) {} void __vectorcall vec(int) {} void __stdcall std_(int) {} void __fastcall
    fast(int) {} __attribute__((regcall)) void reg(int) {}
extern "C" void cfun(int) { static int inC; inC++; struct L { static int g() { static int z;
    return z++; } }; inC += L::g(); }
int gi; const int* gp; int* const gcp = &gi; extern const int gci; const int gci = 2; int ga[3];
    int (*gpa)[3]; void (*gfp)(int); int Cart::*gmp; void (Cart::*gmf)(int); Cart gcart; const
    volatile int gcv = 1; extern const int gca[2]; const int gca[2] = {1}; int& gr = gi; volatile
    int gv; int** gpp; void (*gfa[2])(); int (*(*gfpp)(int))(char);
const char* lits[] = {"hello", "a \"quoted\" \\ text\n", "\x80\xff\x01", "",
    "a rather long literal which does not fit into the name of itself for sure", "\t,/:.-'"};
const wchar_t* wl[] = {L"wide", L"", L"\x3042\xe4",
    L"a rather long wide literal which does not fit into the name"}; const char16_t* u16[] =
    {u"u16", u"odd", u"something longer than sixteen"}; const char32_t* u32[] = {U"u32", U"x",
    U"something longer than sixteen"};
template <class T> U void t1() {} template <int N> void t2() {} template <class... T> void
    t3(T...) {} template <auto V> void t4() {} template <template <class, class> class T> void
    t5() {} template <class T, T V> void t6() {} template <bool B> void t7() {} template <long
    long L> void t8() {}
template <const char* P> void t9() {} template <void (*F)(int)> void t10() {} template <int
    Cart::*M> void t11() {} template <void (Cart::*M)()> void t12() {} template <int& R> void
    t13() {} template <class T, class... R> struct Tup { void m() {} }; template <int... N> void
    t14() {} template <class... A, class... B> void t15(Tup<A...>, Tup<B...>) {} template <void
    (Multi::*M)()> void t16() {} template <int Multi::*M> void t17() {} template <void
    (Virtual::*M)() const> void t18() {}
template <std::nullptr_t N> void t19() {} template <unsigned char C> void t20() {} template
    <Scoped S> void t21() {} template <class T> using Alias = std::vector<T>; template <template
    <class> class T> void t22() {}
struct Nttp { int a; bool b; }; template <Nttp N> void t23() {}
template void t1<int>(); template void t1<const int>(); template void t1<int*>(); template void
    t1<int&>(); template void t1<int&&>(); template void t1<int[3]>(); template void t1<const
    int[3]>(); template void t1<int[]>(); template void t1<void()>(); template void t1<int(char,
    ...)>(); template void t1<void (*)(int)>(); template void t1<void (Cart::*)()>(); template
    void t1<int Cart::*>(); template void t1<Plain>(); template void t1<Scoped>(); template void
    t1<Uni>(); template void t1<std::string>(); template void t1<const std::string>(); template
    void t1<std::vector<std::vector<int>>>(); template void t1<std::map<int, std::map<std::string,
    Cart>>>(); template void t1<Hidden>(); template void t1<decltype(nullptr)>(); template void
    t1<volatile int*const>(); template void t1<void() const>(); template void t1<void() &&>();
    template void t1<void() noexcept>(); template void t1<std::string()>();
template void t2<0>(); template void t2<1>(); template void t2<10>(); template void t2<11>();
    template void t2<-1>(); template void t2<-100>(); template void t2<2147483647>(); template
    void t3<>(); template void t3<int, char>(int, char); template void t3<std::string,
    std::string, int>(std::string, std::string, int); template void t4<1>(); template void
    t4<'c'>(); template void t4<true>(); template void t4<&gi>(); template void t4<nullptr>();
    template void t4<&Cart::x>(); template void t5<std::vector>(); template void t6<long, -5L>();
    template void t6<int*, &gi>(); template void t6<int*, nullptr>(); template void t7<true>();
    template void t8<-9223372036854775807LL - 1>();
extern const char lit9[] = "abc"; template void t9<lit9>(); void ft(int) {} template void
    t10<ft>(); template void t10<nullptr>(); template void t11<&Cart::x>(); template void
    t11<nullptr>();
void (Cart::*dummy)(); template void t12<nullptr>(); template void t12<&Cart::vi>(); template void
    t12<&Cart::operator()>(); template void t13<gi>(); template struct Tup<int, char,
    std::string>; template void t14<>(); template void t14<1, 2, 3>(); template void t15<int,
    char>(Tup<int, char>, Tup<long>); template void t16<&Multi::second>(); template void
    t17<nullptr>(); template void t16<nullptr>(); template void t18<&Virtual::price>(); template
    void t19<nullptr>(); template void t20<200>(); template void t21<Scoped::B1>(); template void
    t1<Alias<int>>(); template void t22<std::less>(); template void t23<Nttp{1, true}>(); template
    void t23<Nttp{}>();
template <class T> T var = T(); template int var<int>; template Cart var<Cart>; template <class T>
    struct SM { static T s; struct In { void f() {} }; template <class V> void m(V) {} }; template
    <class T> T SM<T>::s = T(); template struct SM<int>; template struct SM<Cart>; template void
    SM<int>::m(std::string); template void SM<std::vector<Cart>>::m(SM<int>::In);
void operator""_km(unsigned long long) {} void operator""_s(const char*, size_t_) {} bool
    operator<(Nttp, Nttp) { return 0; } void* operator new(size_t_, int) { return 0; }
auto deduced() { return 1; } decltype(auto) deduced2() { return 1; } auto lambdaRet() { return
    [](auto x) { return x; }; } U auto useLambda() { return lambdaRet()(1) + lambdaRet()('a'); }
inline int& staticLocal() { static Cart c; static int n = gi; thread_local int t = gi; return
    c.total(std::string()) ? n : t; } int useStatic() { return staticLocal(); }
void nested() { struct A { struct B { void f() { struct C { void g() {} }; C().g(); } }; };
    A::B().f(); { struct A { void h() {} }; A().h(); } [] { [](int) { gi++; }(1); }(); try { throw
    Cart(); } catch (Cart& c) { gi++; } catch (int) { gi--; } try { throw 5; } catch (...) {}
    const char* s = "x"; throw s; }
thread_local Cart tls; Cart* useTls() { return &tls; }
namespace a { namespace b { inline namespace v1 { struct S { void same(S, S*, std::vector<S>, S&)
    {} }; void g(S s, std::vector<S> v) { s.same(s, &s, v, s); } void many(Cart, Item*, S, Plain,
    Scoped, Uni, Nttp, Hidden*, std::string, std::wstring, std::vector<int>, Cart, Item*, S,
    Plain, Scoped, Uni, std::string, std::wstring, std::vector<int>) {} } } }
struct M128 {}; typedef float v4 __attribute__((vector_size(16))); void vecs(v4) {} void
    cplx(_Complex float, _Complex double) {}
#ifdef _WIN64
void i128(__int128, unsigned __int128) {}
#endif
typedef void (*Callback)(int, void*); void cbs(Callback, Callback, const char*, const char*) {}
    struct Fwd; void fwd(Fwd*, Fwd&, Fwd* const*) {}
