#include "cart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int mix(int seed) {
    return (seed * 1103515245 + 12345) & 0x7fff;
}

static inline void fill_one(struct item *item, int seed) {
    item->price = mix(seed) % 100;
    item->count = 1 + mix(seed + 1) % 9;
}

__attribute__((cold, noinline)) static void complain(const char *what, int where) {
    fprintf(stderr, "%s at %d\n", what, where);
    if (where > 1000)
        abort();
}

void cart_fill(struct cart *cart, int seed) {
    memset(cart, 0, sizeof *cart);
    cart->items = 1 + mix(seed) % 16;
    for (int at = 0; at < cart->items; at++)
        fill_one(&cart->item[at], seed + at);
}

long cart_total(const struct cart *cart) {
    long total = 0;
    for (int at = 0; at < cart->items; at++)
        total += line_total(&cart->item[at]);
    return total;
}

int cart_check(const struct cart *cart) {
    int bad = 0;
    for (int at = 0; at < cart->items; at++) {
        if (__builtin_expect(cart->item[at].count <= 0, 0)) {
            complain("no items", at);
            bad++;
        }
        if (__builtin_expect(line_total(&cart->item[at]) < 0, 0)) {
            complain("negative", at);
            bad++;
        }
    }
    switch (bad) {
    case 0: return 0;
    case 1: return -1;
    case 2: complain("two", 2); return -2;
    default: return -bad;
    }
}

static int by_price(const void *one, const void *other) {
    const struct item *a = one;
    const struct item *b = other;
    return (a->price > b->price) - (a->price < b->price);
}

void cart_sort(struct cart *cart) {
    qsort(cart->item, cart->items, sizeof cart->item[0], by_price);
}
