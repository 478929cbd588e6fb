// Who learns from given currents: ranks.
#include <neohebb/learning/competition.hpp>
#include <numeric>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/message.hpp"
#include "support/competition.hpp"

using namespace neohebb;
using reference::contains, reference::message_of;
using support::factors_of;

namespace {

/// g by a full sort, where the lower of equal units comes first.
template <class S> Vector<S> sorted_factors(const Ranked<S>& ranked, const Vector<S>& currents) {
  std::vector<Index> order(static_cast<std::size_t>(currents.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::sort(order.begin(), order.end(), [&](Index a, Index b) {
    return currents(a) > currents(b) || (currents(a) == currents(b) && a < b);
  });
  Vector<S> g = Vector<S>::Zero(currents.size());
  g(order[0]) = 1;
  g(order[static_cast<std::size_t>(ranked.rank - 1)]) = -ranked.anti_hebbian;
  return g;
}
template <class S> void check_all_ranks(const Vector<S>& currents, Index stride = 1) {
  for (Index k = 2; k <= currents.size(); k += k < 12 ? 1 : stride) {
    const Ranked<S> ranked{.rank = k};
    CAPTURE(currents.size(), k);
    REQUIRE(factors_of<S>(ranked, currents) == sorted_factors<S>(ranked, currents));
  }
}

}  // namespace

static_assert(Competition<Ranked<float>, float> && Competition<Ranked<double>, double>);

TEMPLATE_TEST_CASE("ranks are those of a full sort", "[learning]", float, double) {
  using S = TestType;
  for (const Index n : {2, 3, 15, 16, 17, 33, 64, 100})
    for (std::uint32_t draw = 0; draw < 5; ++draw) {
      const Vector<S> x = laws::uniform<S>(n, 1, draw);
      check_all_ranks<S>(x);
      check_all_ranks<S>(-x.cwiseAbs());
      check_all_ranks<S>((S(1e30) * x).eval());
    }
  for (const Index n : {511, 512, 513, 2000}) check_all_ranks<S>(laws::uniform<S>(n, 1, 9), 61);
}

TEMPLATE_TEST_CASE("of equal currents the lower unit comes first", "[learning]", float, double) {
  using S = TestType;
  for (const Index n : {2, 5, 16, 40, 100, 600}) {
    const Index stride = n < 200 ? 1 : 37;
    check_all_ranks<S>(Vector<S>::Zero(n), stride);
    check_all_ranks<S>(Vector<S>::Constant(n, S(-3)), stride);
    for (const int values : {2, 3, 7})  // a few values, many times each
      check_all_ranks<S>((laws::uniform<S>(n, 1, 3, 0, values).array().floor() - 1).matrix().eval(), stride);
    Vector<S> signs = Vector<S>::Zero(n);  // zeros of either sign are equal
    for (Index i = 0; i < n; i += 2) signs(i) = S(-0.0);
    check_all_ranks<S>(signs, stride);
  }
}

TEST_CASE("the winner is named first, and nobody else where there is no anti-Hebbian learning",
          "[learning]") {
  const Vector<float> currents{{0.5f, 3, -1, 2}};
  std::vector<std::pair<Index, float>> learn;
  const auto note = [&](Index unit, float g) { learn.emplace_back(unit, g); };
  auto state = Ranked<float>{}.zero_state(Extent{4});
  Ranked<float>{.rank = 3, .anti_hebbian = 0.2f}(state, currents, note);
  CHECK(learn == std::vector<std::pair<Index, float>>{{1, 1.f}, {0, -0.2f}});
  learn.clear();
  Ranked<float>{.rank = 3, .anti_hebbian = 0}(state, currents, note);
  CHECK(learn == std::vector<std::pair<Index, float>>{{1, 1.f}});
}

TEMPLATE_TEST_CASE("currents of a column, a block and an expression are ranked alike", "[learning]", float,
                   double) {
  using S = TestType;
  const Matrix<S> all = laws::uniform<S>(60, 3, 4);
  const Ranked<S> ranked{.rank = 4};
  const Vector<S> wanted = factors_of<S>(ranked, Vector<S>(all.col(1)));
  CHECK(factors_of<S>(ranked, all.col(1)) == wanted);
  CHECK(factors_of<S>(ranked, all.col(1).head(60)) == wanted);
  const Vector<S, 60> fixed = all.col(1);
  CHECK(factors_of<S>(ranked, fixed) == wanted);
}

TEMPLATE_TEST_CASE("ranks of currents that are not finite are refused", "[learning]", float, double) {
  using S = TestType;
  for (const Index n : {2, 15, 16, 17, 100, 512, 2000})
    for (const S bad : {std::numeric_limits<S>::quiet_NaN(), std::numeric_limits<S>::infinity(),
                        -std::numeric_limits<S>::infinity()})
      for (const Index place : {Index(0), n / 2, n - 1}) {
        Vector<S> currents = laws::uniform<S>(n, 1, 4);
        currents(place) = bad;
        CHECK(message_of([&] { factors_of<S>(Ranked<S>{}, currents); }) ==
              "neohebb: Ranked: currents are not finite; is there NaN in images or weights?");
      }
  Vector<S> both = Vector<S>::Zero(100);
  both(3) = std::numeric_limits<S>::infinity();
  both(4) = -both(3);
  CHECK(message_of([&] { factors_of<S>(Ranked<S>{}, both); }) != "accepted");
}

TEST_CASE("ranks that do not exist, and strengths without sense, are refused", "[learning]") {
  const auto refusal = [](const Ranked<float>& ranked, Index units) {
    return message_of([&] { ranked.validate(units); });
  };
  CHECK(refusal({.rank = 2}, 2) == "accepted");
  CHECK(refusal({.rank = 7}, 7) == "accepted");
  CHECK(refusal({.anti_hebbian = 0}, 2) == "accepted");
  CHECK(refusal({.rank = 8}, 7) == "neohebb: Ranked.rank is 8, must be from 2 to the 7 units that compete");
  CHECK(refusal({.rank = 1}, 7) == "neohebb: Ranked.rank is 1, must be from 2 to the 7 units that compete");
  CHECK(refusal({}, 1) == "neohebb: Ranked.rank is 2, must be from 2 to the 1 units that compete");
  CHECK(refusal({.anti_hebbian = -0.5f}, 7) ==
        "neohebb: Ranked.anti_hebbian is -0.5, must be finite and not negative: it is the strength of "
        "anti-Hebbian learning");
  for (const float bad : {NAN, INFINITY})
    CHECK(contains(refusal({.anti_hebbian = bad}, 7), "anti_hebbian is "));
}
