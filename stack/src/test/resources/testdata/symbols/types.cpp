// Classes with member functions that are inlined and that are not.
#include <stdlib.h>

namespace shop {

struct Cart {
  struct Inner {
    int x;
    int deep(int a);
  };

  int items;
  int total(int price);
  template <class T> T as(T other);
  virtual ~Cart();
};

inline int Cart::Inner::deep(int a) {
  x += a * rand();
  return rand() * x;
}

inline int Cart::total(int price) { return items * price + rand(); }

template <class T> inline T Cart::as(T other) { return other * rand() + items * rand(); }

Cart::~Cart() { items = rand(); }

__attribute__((noinline)) int shop(Cart &cart, int count) {
  Cart::Inner inner{count};
  return cart.total(count) + inner.deep(3) + cart.as<int>(7);
}

}  // namespace shop

int main(int argc, char **) {
  shop::Cart cart;
  cart.items = argc;
  return shop::shop(cart, argc);
}
