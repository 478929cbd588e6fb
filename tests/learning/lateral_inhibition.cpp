// Who learns from given currents: the steady state of lateral inhibition, and where it agrees with ranks.
#include <neohebb/learning/competition.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/message.hpp"
#include "support/competition.hpp"

using namespace neohebb;
using laws::deviation;
using reference::contains, reference::message_of;
using support::factors_of;

namespace {

using S = double;

Vector<S> steady_state(const LateralInhibition<S>& inhibition, const Vector<S>& currents) {
  auto state = inhibition.zero_state(Extent<>{currents.size()});
  inhibition.settle(state, currents);
  return state.h;
}
/// τ dh/dt
Vector<S> rate_of_change(S inhibition, const Vector<S>& currents, const Vector<S>& h) {
  Vector<S> change(h.size());
  for (Index u = 0; u < h.size(); ++u) {
    change(u) = currents(u) - h(u);
    for (Index v = 0; v < h.size(); ++v)
      if (v != u) change(u) -= inhibition * std::max(h(v), 0.0);
  }
  return change;
}
/// w_inh < 1: the m strongest stay active.
Vector<S> closed_form(S inhibition, const Vector<S>& currents) {
  Vector<S> sorted = currents;
  std::sort(sorted.begin(), sorted.end(), std::greater<>{});
  S total = 0, sum = 0;  // H
  for (Index m = 1; m <= sorted.size() && sorted(m - 1) > 0; ++m) {
    sum += sorted(m - 1);
    const S with = sum / (1 + static_cast<S>(m - 1) * inhibition);
    if (!(sorted(m - 1) > inhibition * with)) break;
    total = with;
  }
  return currents.unaryExpr([&](S current) {
    const S net = current - inhibition * total;
    return net > 0 ? net / (1 - inhibition) : net;
  });
}
Index strongest(const Vector<S>& x) {
  Index unit;
  x.maxCoeff(&unit);
  return unit;
}
Index winner(const Vector<S>& currents) { return strongest(factors_of<S>(Ranked<S>{}, currents)); }
Index active(const Vector<S>& h) { return (h.array() > 0).count(); }

constexpr S strengths[] = {0, 0.1, 0.5, 0.9, 1, 1.5, 4};

}  // namespace

static_assert(Competition<LateralInhibition<float>, float> && Competition<Uninhibited<double>, double>);

TEST_CASE("lateral inhibition settles where nothing changes any more", "[learning]") {
  for (const S w : strengths)
    for (const Index n : {1, 2, 10, 100})
      for (std::uint32_t draw = 0; draw < 3; ++draw) {
        const Vector<S> currents = laws::uniform<S>(n, 1, draw, -1, 3);
        const Vector<S> h = steady_state({.inhibition = w, .tolerance = 1e-9}, currents);
        CAPTURE(w, n, draw);
        CHECK(rate_of_change(w, currents, h).cwiseAbs().maxCoeff() <=
              1.001e-9 * currents.cwiseAbs().maxCoeff());
        // The order of currents is the order of h.
        for (Index u = 0; u < n; ++u)
          for (Index v = 0; v < n; ++v)
            if (currents(u) > currents(v)) REQUIRE(h(u) > h(v));
      }
}

TEST_CASE("weak lateral inhibition has the steady state of its closed form", "[learning]") {
  for (const S w : {0.0, 0.1, 0.5, 0.9})
    for (const Index n : {1, 2, 10, 100, 500})
      for (const S mean : {-0.5, 0.0, 1.0}) {
        const Vector<S> currents = laws::uniform<S>(n, 1, 3, mean - 1, mean + 1);
        CAPTURE(w, n, mean);
        CHECK(deviation(steady_state({.inhibition = w, .tolerance = 1e-11}, currents),
                        closed_form(w, currents)) < 1e-8);
      }
}

TEST_CASE("steady states do not depend on the step", "[learning]") {
  const Vector<S> currents = laws::uniform<S>(50, 1, 3, 0, 1);
  const Vector<S> h = steady_state({.tolerance = 1e-11}, currents);
  for (const S step : {0.01, 0.5, 1.0})
    CHECK(deviation(steady_state({.step = step, .tolerance = 1e-11}, currents), h) < 1e-9);
}

TEST_CASE("without inhibition the steady state is the current", "[learning]") {
  const Vector<S> currents = laws::uniform<S>(30, 1, 3);
  CHECK(deviation(steady_state({.inhibition = 0, .tolerance = 1e-12}, currents), currents) < 1e-11);
}

TEST_CASE("the strongest steady state is the unit that ranks first, for every strength of inhibition",
          "[learning]") {
  for (const S w : strengths)
    for (const Index n : {2, 10, 100, 1000})
      for (std::uint32_t draw = 0; draw < 5; ++draw) {
        const Vector<S> currents = laws::uniform<S>(n, 1, draw, -1, 1);
        CAPTURE(w, n, draw);
        CHECK(strongest(steady_state({.inhibition = w}, currents)) == winner(currents));
      }
}

TEST_CASE("full dynamics and ranks learn alike where two units stay active, one of them above threshold",
          "[learning]") {
  const Ranked<S> ranked{.rank = 2, .anti_hebbian = 0.3};
  int found = 0;
  for (const S w : {0.3, 0.5, 0.8, 0.95})
    for (const Index n : {2, 5, 20, 200})
      for (std::uint32_t draw = 0; draw < 40; ++draw) {
        const Vector<S> currents = laws::uniform<S>(n, 1, draw, -1, 1);
        Vector<S> h = closed_form(w, currents);
        if (active(h) != 2) continue;
        ++found;
        std::sort(h.begin(), h.end(), std::greater<>{});
        if (h(1) < 1e-3 || h(0) - h(1) < 1e-3 || (n > 2 && h(2) > -1e-3)) continue;  // far from any border
        const LateralInhibition<S> inhibition{
            .inhibition = w, .threshold = (h(0) + h(1)) / 2, .anti_hebbian = 0.3, .tolerance = 1e-7};
        CAPTURE(w, n, draw);
        CHECK(factors_of<S>(inhibition, currents) == factors_of<S>(ranked, currents));
      }
  CHECK(found > 50);
}

TEST_CASE("with strong inhibition the winner takes all, and nobody learns with the other sign",
          "[learning]") {
  for (const S w : {1.0, 1.2, 3.0})
    for (const Index n : {2, 5, 100}) {
      Vector<S> currents = laws::uniform<S>(n, 1, 6, -1, 1);
      currents(n / 2) = 1.1;
      const LateralInhibition<S> inhibition{.inhibition = w, .threshold = 1, .tolerance = 1e-9};
      const Vector<S> h = steady_state(inhibition, currents);
      CAPTURE(w, n);
      CHECK(active(h) == 1);
      CHECK(std::abs(h(n / 2) - 1.1) < 1e-7);
      CHECK(factors_of<S>(inhibition, currents) == factors_of<S>(Ranked<S>{.anti_hebbian = 0}, currents));
    }
}

TEST_CASE("full dynamics and ranks differ where more or fewer units are active, or pass the threshold",
          "[learning]") {
  const Vector<S> currents{{3, 2.9, 2, -5}};
  const auto factors = [&](S w, S threshold) {
    return factors_of<S>(LateralInhibition<S>{.inhibition = w, .threshold = threshold, .anti_hebbian = 0.25},
                         currents);
  };
  using V = Vector<S>;
  CHECK(closed_form(0.1, currents).head(3).minCoeff() > 1);
  CHECK(factors(0.1, 0.5) == V{{1, 1, 1, 0}});             // several Hebbian units
  CHECK(factors(0.1, 2.3) == V{{1, 1, -0.25, 0}});         // …
  CHECK(factors(0.1, 2.55) == V{{1, -0.25, -0.25, 0}});    // several anti-Hebbian ones
  CHECK(factors(0.1, 10) == V{{-0.25, -0.25, -0.25, 0}});  // nobody passes the threshold
  CHECK(factors(2, 2) == V{{1, 0, 0, 0}});                 // no second unit
  CHECK(factors_of<S>(Ranked<S>{.anti_hebbian = 0.25}, currents) == V{{1, -0.25, 0, 0}});
  CHECK(factors_of<S>(Ranked<S>{.rank = 4, .anti_hebbian = 0.25}, currents) == V{{1, 0, 0, -0.25}});
  // Without any current all are at h = 0, below the threshold; of equal currents none is preferred.
  CHECK(factors_of<S>(LateralInhibition<S>{}, V{{0, 0}}) == V{{-0.4, -0.4}});
  CHECK(factors_of<S>(LateralInhibition<S>{}, V{{3, 3}}) == V{{1, 1}});
  CHECK(factors_of<S>(LateralInhibition<S>{.anti_hebbian = 0}, V{{0, 0}}) == V{{0, 0}});
}

TEST_CASE("nearly equal currents part under strong inhibition, slowly where it is just strong enough",
          "[learning]") {
  const Vector<S> currents{{1, 1 - 1e-4, 0.5}};
  for (const S w : {1.1, 1.5, 4.0}) CHECK(active(steady_state({.inhibition = w}, currents)) == 1);
  const auto steady = [&](const LateralInhibition<S>& inhibition) {
    try {
      return active(steady_state(inhibition, currents)) == 1;
    } catch (const std::runtime_error&) {
      return false;
    }
  };
  CHECK(!steady({.inhibition = 1, .most_steps = 10000}));  // 1e4 τ are needed
  CHECK(steady({.inhibition = 1, .most_steps = 200000}));
  // Those that differ by less than the tolerance stay side by side.
  CHECK(active(steady_state({.inhibition = 1.5}, Vector<S>{{1, 1 - 1e-12, 0.2}})) == 2);
}

TEST_CASE("thousands of units settle in single precision", "[learning]") {
  Vector<float> currents = laws::uniform<float>(2000, 1, 3, 0, 1);
  const LateralInhibition<float> inhibition{};
  auto state = inhibition.zero_state(Extent{2000});
  const auto largest = [](const auto& x) {
    Index unit;
    x.maxCoeff(&unit);
    return unit;
  };
  inhibition.settle(state, currents);
  CHECK(largest(state.h) == largest(currents));
  CHECK(deviation(state.h, closed_form(0.5, currents.cast<double>())) < 1e-3);
  currents = (0.9f + 0.1f * currents.array()).matrix();  // nearly equal
  inhibition.settle(state, currents);
  CHECK(largest(state.h) == largest(currents));
  CHECK(deviation(state.h, closed_form(0.5, currents.cast<double>())) < 1e-3);
}

TEST_CASE("inhibition without a steady state in time is an error that says so", "[learning]") {
  const auto error = [](const LateralInhibition<S>& inhibition) {
    try {
      steady_state(inhibition, Vector<S>{{1, 0.5}});
    } catch (const std::runtime_error& e) {
      return std::string(e.what());
    }
    return std::string("settled");
  };
  CHECK(contains(error({.most_steps = 3}), "LateralInhibition: no steady state after 3 steps"));
  CHECK(contains(error({.most_steps = 3}), "allow more steps or a wider tolerance"));
  CHECK(error({}) == "settled");
}

TEST_CASE("parameters of inhibition without sense, and currents that are not finite, are refused",
          "[learning]") {
  using L = LateralInhibition<S>;
  const auto refusal = [](const L& inhibition, Index units = 3) {
    return message_of([&] { inhibition.validate(units); });
  };
  CHECK(refusal({}) == "accepted");
  CHECK(refusal({.inhibition = 0}) == "accepted");
  CHECK(refusal({}, 1) == "accepted");
  CHECK(refusal({}, 0) == "neohebb: units that compete is 0, must be at least 1");
  CHECK(refusal({.inhibition = -1}) ==
        "neohebb: LateralInhibition.inhibition is -1, must be finite and not negative");
  CHECK(refusal({.threshold = 0}) ==
        "neohebb: LateralInhibition.threshold is 0, must be finite and positive");
  CHECK(contains(refusal({.anti_hebbian = -1}), "LateralInhibition.anti_hebbian is -1"));
  CHECK(refusal({.step = 0}) == "neohebb: LateralInhibition.step is 0, must be in (0, 1]");
  CHECK(refusal({.step = 1.5}) == "neohebb: LateralInhibition.step is 1.5, must be in (0, 1]");
  CHECK(refusal({.tolerance = 0}) == "neohebb: LateralInhibition.tolerance is 0, must be positive");
  CHECK(refusal({.most_steps = 0}) == "neohebb: LateralInhibition.most_steps is 0, must be at least 1");
  for (const L& bad : {L{.inhibition = NAN}, L{.inhibition = INFINITY}, L{.threshold = NAN},
                       L{.threshold = INFINITY}, L{.anti_hebbian = NAN}, L{.step = NAN}, L{.tolerance = NAN}})
    CHECK(refusal(bad) != "accepted");
  for (const S bad : {S(NAN), S(INFINITY), -S(INFINITY)})
    for (const Index place : {0, 1, 19}) {
      Vector<S> currents = Vector<S>::Ones(20);
      currents(place) = bad;
      CHECK(message_of([&] { steady_state({}, currents); }) ==
            "neohebb: LateralInhibition: currents are not finite; is there NaN in images or weights?");
      CHECK(contains(message_of([&] { factors_of<S>(Uninhibited<S>{}, currents); }),
                     "Uninhibited: currents are not finite"));
    }
}

TEST_CASE("uninhibited units learn each by its own response", "[learning]") {
  using V = Vector<S>;
  const Uninhibited<S> rule{.threshold = 0.8, .anti_hebbian = 0.25};
  CHECK(Uninhibited<S>::by_norm);
  CHECK(factors_of<S>(rule, V{{0.8, 0.79, 0, -0.1, 5}}) == V{{1, -0.25, -0.25, 0, 1}});
  CHECK(factors_of<S>(Uninhibited<S>{.threshold = 0.8, .anti_hebbian = 0}, V{{0.8, 0.79, 0, -0.1, 5}}) ==
        V{{1, 0, 0, 0, 1}});
  const auto refusal = [](const Uninhibited<S>& u, Index units = 3) {
    return message_of([&] { u.validate(units); });
  };
  CHECK(refusal({}) == "accepted");
  CHECK(refusal({}, 0) == "neohebb: units that compete is 0, must be at least 1");
  CHECK(refusal({.threshold = -1}) == "neohebb: Uninhibited.threshold is -1, must be finite and positive");
  CHECK(contains(refusal({.threshold = NAN}), "Uninhibited.threshold is"));
  CHECK(contains(refusal({.anti_hebbian = NAN}), "Uninhibited.anti_hebbian is"));
}

TEST_CASE("currents of another population are refused by lateral inhibition", "[learning]") {
  const LateralInhibition<S> competition;
  auto state = competition.zero_state(Extent{4});
  CHECK(contains(message_of([&] { competition.settle(state, Vector<S>::Ones(5).eval()); }),
                 "is 5 x 1, expected 4 x 1"));
}
