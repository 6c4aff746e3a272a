#include <algorithm>
#include <atomic>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace shop {
namespace {
std::mutex lock;
std::map<std::string, int> stock;

int weight(const std::string &name) {
    return std::accumulate(name.begin(), name.end(), 0, [](int sum, char c) { return sum + c; });
}
}  // namespace

template <typename T>
class Pool {
  public:
    explicit Pool(std::size_t most) : most_(most) {}

    template <typename... Arguments>
    T &add(Arguments &&...arguments) {
        if (items_.size() >= most_) throw std::length_error("the pool is full");
        items_.push_back(std::make_unique<T>(std::forward<Arguments>(arguments)...));
        return *items_.back();
    }

    template <typename Function>
    void each(Function function) const {
        for (const auto &item : items_) function(*item);
    }

  private:
    std::size_t most_;
    std::vector<std::unique_ptr<T>> items_;
};

struct Job {
    Job(std::string name, int cost) : name(std::move(name)), cost(cost) {}
    virtual ~Job() = default;
    virtual int run() const { return cost + weight(name); }
    std::string name;
    int cost;
};

struct LongJob final : Job {
    using Job::Job;
    int run() const override {
        int sum = 0;
        for (int at = 0; at < cost; at++) sum += Job::run() ^ at;
        return sum;
    }
};

static inline void note(const Job &job) {
    std::lock_guard<std::mutex> guard(lock);
    stock[job.name] += job.run();
}
}  // namespace shop

int main(int argc, char **) {
    shop::Pool<shop::LongJob> pool(64);
    for (int at = 0; at < 8 * argc; at++) pool.add("job " + std::to_string(at), at);
    std::vector<int> costs;
    pool.each([&costs](const shop::LongJob &job) {
        shop::note(job);
        costs.push_back(job.run());
    });
    std::sort(costs.begin(), costs.end(), std::greater<>());
    std::function<int(int)> twice = [](int n) { return 2 * n; };
    std::atomic<int> total{0};
    for (int cost : costs) total += twice(cost);
    std::printf("%d\n", total.load());
    return 0;
}
