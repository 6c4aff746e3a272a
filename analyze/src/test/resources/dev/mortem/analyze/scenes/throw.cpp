// Throws what nobody catches.
#include <stdexcept>

namespace shop {
struct out_of_stock : std::runtime_error {
    using std::runtime_error::runtime_error;
};
void reserve(int n) {
    if (n > 2) throw out_of_stock("only 2 items left");
}
struct cart {
    void checkout(int n) { reserve(n); }
};
}

int main(int count, char **) {
    shop::cart cart;
    cart.checkout(count + 2);
}
