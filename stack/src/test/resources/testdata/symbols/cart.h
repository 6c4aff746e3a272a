#ifndef CART_H
#define CART_H

struct item {
    int price;
    int count;
};

struct cart {
    int items;
    struct item item[16];
};

static inline int line_total(const struct item *item) {
    int total = item->price * item->count;
    if (total > 1000)
        total -= total / 10;
    return total;
}

long cart_total(const struct cart *cart);
void cart_fill(struct cart *cart, int seed);
int cart_check(const struct cart *cart);

#endif
