#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace shop {
template <typename T>
class Queue {
  public:
    T take() {
        std::unique_lock<std::mutex> guard(lock_);
        filled_.wait(guard, [this] { return !items_.empty(); });
        T item = std::move(items_.front());
        items_.pop_front();
        return item;
    }

  private:
    std::mutex lock_;
    std::condition_variable filled_;
    std::deque<T> items_;
};

static Queue<std::string> orders;
static std::mutex stock;
static std::shared_mutex prices;
static std::promise<int> never;

struct Waiter {
    virtual ~Waiter() = default;
    virtual void wait() = 0;
};

struct InQueue final : Waiter {
    void wait() override { orders.take(); }
};

struct InLock final : Waiter {
    void wait() override { std::lock_guard<std::mutex> guard(stock); }
};

struct InShared final : Waiter {
    void wait() override { std::unique_lock<std::shared_mutex> guard(prices); }
};

struct InFuture final : Waiter {
    void wait() override { never.get_future().wait(); }
};

struct InSleep final : Waiter {
    void wait() override { std::this_thread::sleep_for(std::chrono::hours(24)); }
};

struct InSort final : Waiter {
    void wait() override {
        std::vector<int> numbers{5, 3, 4, 1, 2};
        std::sort(numbers.begin(), numbers.end(), [](int one, int other) {
            std::lock_guard<std::mutex> guard(stock);
            return one < other;
        });
    }
};
}  // namespace shop

int main() {
    std::vector<std::unique_ptr<shop::Waiter>> waiters;
    waiters.push_back(std::make_unique<shop::InQueue>());
    waiters.push_back(std::make_unique<shop::InLock>());
    waiters.push_back(std::make_unique<shop::InShared>());
    waiters.push_back(std::make_unique<shop::InFuture>());
    waiters.push_back(std::make_unique<shop::InSleep>());
    waiters.push_back(std::make_unique<shop::InSort>());
    std::lock_guard<std::mutex> held(shop::stock);
    std::shared_lock<std::shared_mutex> read(shop::prices);
    std::vector<std::thread> threads;
    for (auto &waiter : waiters) threads.emplace_back([&waiter] { waiter->wait(); });
    for (;;) pause();
}
