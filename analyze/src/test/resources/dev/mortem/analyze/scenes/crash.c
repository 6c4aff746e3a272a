/* Crashes in the way that its argument names. Each way has a function of its own. */
#define _GNU_SOURCE
#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct item { long id; long stock; int price; };
struct order { int count; struct item *items; };

volatile int zero;
struct item *volatile nothing;

static int shop_total(struct order *o) {
    int sum = 0;
    for (int i = 0; i < o->count; i++) sum += o->items[i].price;
    return sum;
}
static int handle_request(struct order *o) { return shop_total(o) + 1; }
static void null_read(void) { struct order o = {3, nothing}; printf("%d\n", handle_request(&o)); }

static void wild_write(void) { volatile int *p = (int *)0x123456789000; *p = 1; }
static void not_canonical(void) {
    struct item *volatile p = (struct item *)0x4141414141414141;
    printf("%d", p->price);
}
static void call_null(void) { void (*volatile f)(void) = 0; f(); }
static void call_data(void) {
    static char data[8];
    void (*volatile f)(void) = (void (*)(void))data;
    f();
}
static void write_constant(void) { char *volatile s = "constant"; s[0] = 'x'; }
static size_t measure(const char *volatile name) { return strlen(name) + 1; }

int parse_factor(int depth);
int parse_term(int depth);
__attribute__((noinline)) int parse_expr(int depth) {
    char b[64];
    memset(b, depth, sizeof b);
    return parse_term(depth + 1) + b[3];
}
__attribute__((noinline)) int parse_term(int depth) {
    char b[256];
    memset(b, depth, sizeof b);
    return parse_factor(depth + 1) + b[2];
}
__attribute__((noinline)) int parse_factor(int depth) {
    char b[4000];
    memset(b, depth, sizeof b);
    return parse_expr(depth + 1) + b[1];
}

static void *parse_in_thread(void *depth) { return (void *)(long)parse_expr((int)(long)depth); }
static void give_up(void) { abort(); }
static void check_cart(int items) { assert(items > 0 && "cart must not be empty"); }
static void drop_twice(void) {
    void *volatile p = malloc(100);
    free(p);
    free(p);
}
static int average(int sum, int count) { return sum / count; }
static void unreachable_code(void) { __builtin_trap(); }
static void write_cut_file(void) {
    int file = open("mapped", O_RDWR | O_CREAT | O_TRUNC, 0600);
    (void)!ftruncate(file, 8192);
    volatile char *m = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    (void)!ftruncate(file, 0);
    m[4096] = 1;
}

int main(int argc, char **argv) {
    const char *way = argc > 1 ? argv[1] : "";
#define WAY(name) if (!strcmp(way, name))
    WAY("null") null_read();
    WAY("wild") wild_write();
    WAY("canonical") not_canonical();
    WAY("call-null") call_null();
    WAY("call-data") call_data();
    WAY("constant") write_constant();
    WAY("strlen") printf("%zu", measure(nothing ? "x" : (char *)nothing));
    WAY("overflow") printf("%d", parse_expr(1));
    WAY("overflow-thread") {
        pthread_t thread;
        pthread_create(&thread, 0, parse_in_thread, (void *)1);
        pthread_join(thread, 0);
    }
    WAY("abort") give_up();
    WAY("assert") check_cart(zero);
    WAY("double-free") drop_twice();
    WAY("divide") printf("%d", average(10, zero));
    WAY("illegal") unreachable_code();
    WAY("bus") write_cut_file();
    WAY("sent") kill(getpid(), SIGSEGV);
    return 0;
}
