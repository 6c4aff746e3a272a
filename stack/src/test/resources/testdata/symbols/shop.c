#include "cart.h"

#include <stdio.h>

void cart_sort(struct cart *cart);

static int depth(int n) {
    return n <= 0 ? 0 : 1 + depth(n - 1) + (n & 1);
}

static long serve(int request) {
    struct cart cart;
    cart_fill(&cart, request);
    cart_sort(&cart);
    if (cart_check(&cart) < 0)
        return -1;
    return cart_total(&cart) + depth(request % 5);
}

int main(int argc, char **argv) {
    long sum = 0;
    (void) argv;
    for (int request = 0; request < 20 * argc; request++)
        sum += serve(request);
    printf("%ld\n", sum);
    return 0;
}
