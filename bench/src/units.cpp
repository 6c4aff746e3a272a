// A unit with the debug information of everyday C++, for bench/dwarf-1g.sh: standard containers,
// algorithms, streams and futures of types that differ by UNIT, inlined many levels deep at -O2.
// KINDS: how many types each template is instantiated with.
#include <algorithm>
#include <deque>
#include <functional>
#include <future>
#include <iomanip>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

#ifndef UNIT
#define UNIT 0
#endif
#ifndef KINDS
#define KINDS 6
#endif

namespace orders {

template <int N> struct Item {
  std::string name;
  std::optional<double> price;
  std::variant<int, std::string, std::vector<short>> extra;
  int count = N;
  bool operator<(const Item &other) const {
    return std::tie(name, count) < std::tie(other.name, other.count);
  }
};

template <int N> class Stock {
public:
  void add(const std::string &name, int count) {
    Item<N> item;
    item.name = name;
    item.count = count;
    if (count % 3 == 0)
      item.extra = name;
    byName[name].push_back(item);
    names.insert(name);
    recent.push_front(item);
    index.emplace(count, std::make_shared<Item<N>>(item));
  }

  std::string report() const {
    std::ostringstream out;
    std::vector<Item<N>> all;
    for (const auto &entry : byName)
      std::copy(entry.second.begin(), entry.second.end(), std::back_inserter(all));
    std::sort(all.begin(), all.end());
    std::stable_sort(all.begin(), all.end(),
                     [](const Item<N> &a, const Item<N> &b) { return a.count > b.count; });
    for (const auto &item : all)
      out << std::setw(N + 4) << item.name << '\t' << item.count << '\t'
          << std::visit([](const auto &value) { return sizeof value; }, item.extra) << '\n';
    return out.str();
  }

  int total() const {
    auto sum = std::async(std::launch::deferred, [this] {
      return std::accumulate(recent.begin(), recent.end(), 0,
                             [](int left, const Item<N> &item) { return left + item.count; });
    });
    return sum.get() + static_cast<int>(names.size());
  }

  void prune(const std::function<bool(const Item<N> &)> &wanted) {
    for (auto entry = index.begin(); entry != index.end();)
      entry = wanted(*entry->second) ? std::next(entry) : index.erase(entry);
    recent.erase(std::remove_if(recent.begin(), recent.end(),
                                [&](const Item<N> &item) { return !wanted(item); }),
                 recent.end());
  }

private:
  std::map<std::string, std::vector<Item<N>>> byName;
  std::set<std::string> names;
  std::deque<Item<N>> recent;
  std::unordered_map<int, std::shared_ptr<Item<N>>> index;
};

template <int N> int work(int count) {
  Stock<N> stock;
  static const std::regex digits("item-([0-9]+)(-[a-z]*)?");
  for (int i = 0; i < count; i++) {
    std::string name = "item-" + std::to_string(i);
    std::smatch match;
    if (std::regex_match(name, match, digits))
      stock.add(match[1], i);
  }
  stock.prune([](const Item<N> &item) { return item.count % 2 == 0; });
  return stock.total() + static_cast<int>(stock.report().size());
}

template <int... N> int workAll(int count, std::integer_sequence<int, N...>) {
  return (work<UNIT * 100 + N>(count) + ... + 0);
}

} // namespace orders

int run(int count) {
  return orders::workAll(count, std::make_integer_sequence<int, KINDS>());
}
