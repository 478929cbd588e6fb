#include <algorithm>
#include <limits>
#include <neohebb/core/nonzeros.hpp>
#include <vector>

#include "catch.hpp"
#include "laws/material.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("lists of a column's entries are those a loop would find, and nothing is written beyond",
                   "[core]", float, double) {
  using S = TestType;
  using Limits = std::numeric_limits<S>;
  for (const Index n : {0, 1, 7, 8, 9, 15, 16, 17, 31, 64, 255, 256, 257, 784})
    for (const double rate : {0.0, 0.02, 0.2, 0.7, 1.0}) {
      Matrix<S> x = laws::uniform<S>(n, 1, 1, 0.1, 1).cwiseProduct(laws::zero_one<S>(n, 1, 2, rate));
      for (Index i = 0; i < n; ++i) {
        if (i % 5 == 0 && x(i) == 0) x(i) = S(-0.0);
        if (i % 41 == 40) x(i) = Limits::quiet_NaN();
        if (i % 43 == 42) x(i) = -Limits::infinity();
        if (i % 47 == 46) x(i) = Limits::denorm_min();
      }
      const auto room = static_cast<std::size_t>(n + detail::nonzeros_beyond);
      std::vector<S> values(room + 1, S(77));
      std::vector<std::int32_t> places(room + 1, 77);
      const Index count = detail::list_nonzeros(x.data(), n, values.data(), places.data());
      CAPTURE(n, rate, count);
      Index wanted = 0;
      for (Index i = 0; i < n; ++i)
        if (x(i) != 0) {  // true of NaN
          const auto at = static_cast<std::size_t>(wanted++);
          REQUIRE(places[at] == i);
          REQUIRE((values[at] == x(i) || (std::isnan(values[at]) && std::isnan(x(i)))));
        }
      REQUIRE(count == wanted);
      REQUIRE(values[room] == S(77));
      REQUIRE(places[room] == 77);
    }
}

TEMPLATE_TEST_CASE("a list may end where its column ends", "[core]", float, double) {
  using S = TestType;  // a sanitizer sees reads beyond the column
  for (const Index n : {1, 15, 16, 17, 33}) {
    const std::vector<S> column(static_cast<std::size_t>(n), S(2));
    std::vector<S> values(column.size() + detail::nonzeros_beyond);
    std::vector<std::int32_t> places(values.size());
    CHECK(detail::list_nonzeros(column.data(), n, values.data(), places.data()) == n);
  }
}
