// SPDX-License-Identifier: MIT
// What a compiler is given to chew on: a file heavy with standard templates.
#include <algorithm>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

struct Shape {
  virtual ~Shape() = default;
  virtual double area() const = 0;
};
template <int N>
struct Polygon : Shape {
  std::vector<std::pair<double, double>> points{N};
  double area() const override {
    return std::accumulate(points.begin(), points.end(), 0.0,
                           [](double sum, const auto& p) { return sum + p.first * p.second; });
  }
};

template <int N>
void fill(std::map<std::string, std::unique_ptr<Shape>>& shapes) {
  shapes["polygon " + std::to_string(N)] = std::make_unique<Polygon<N>>();
  if constexpr (N > 3) fill<N - 1>(shapes);
}

int main() {
  std::map<std::string, std::unique_ptr<Shape>> shapes;
  fill<16>(shapes);
  std::unordered_map<int, std::set<std::string>> by_size;
  for (const auto& [name, shape] : shapes) by_size[static_cast<int>(shape->area())].insert(name);
  std::vector<std::function<std::string(int)>> formatters;
  for (const auto& [size, names] : by_size) {
    formatters.emplace_back([size = size, &names = names](int width) {
      std::ostringstream out;
      out.width(width);
      for (const auto& name : names) out << size << ' ' << name << '\n';
      return out.str();
    });
  }
  std::sort(formatters.begin(), formatters.end(),
            [](const auto& a, const auto& b) { return a(3) < b(3); });
  for (const auto& formatter : formatters) std::cout << formatter(8);
}
