// No heap allocation inside step, credit, update and present of competing units and step of a power coding once
// their values exist, and none at all where the units' sizes are fixed.
//
//     competing_heap        prints a line per case; exits 0 only if none allocates
#include <cstdio>

#include "support/count_allocations.hpp"

#ifdef COUNTS_ALLOCATIONS  // else that header has the main of a program that is skipped

#include <neohebb/core/parallel.hpp>
#include <neohebb/layer/competing.hpp>
#include <neohebb/layer/power_coding.hpp>

#include "support/layers.hpp"

using namespace neohebb;
using S = float;
using support::allocations_in;

namespace {

int failures = 0;

void report(const char* what, const char* how, Index units, Index batch, long found) {
  std::printf("%-19s %-13s %4ld units batch %3ld: %ld allocations%s\n", what, how, long(units), long(batch),
              found, found ? "  FAILED" : "");
  failures += found != 0;
}

/// Images with dark pixels, or without: lists of entries, or tiles.
Matrix<S> images(Index pixels, Index batch, bool dark) {
  Matrix<S> x = support::random_matrix<S>(pixels, batch, 1).cwiseAbs();
  if (dark)
    for (Index b = 0; b < batch; ++b)
      for (Index i = 0; i < pixels; ++i)
        if ((i * 7 + b) % 5 != 0) x(i, b) = 0;
  return x;
}

void units_allocate_nothing(const char* what, const auto& layer, const char* how, const auto& optimizer,
                            Index batch) {
  auto weights = layer.initial_weights(Generator{.seed = 1}, S(0.1));
  auto state = layer.zero_state(Extent{batch});
  auto credit = layer.zero_credit(Extent{batch}, 2);
  auto learner = layer.learner(optimizer);
  ThreadTeam two(2);
  for (const bool dark : {true, false}) {
    const auto x = images(layer.inputs, batch, dark);
    const auto learn = [&](auto&&... team) {
      for (int k = 0; k < 2; ++k) {
        layer.step(weights, state, x, team...);
        layer.credit(weights, state, x, credit, team...);
      }
      layer.update(weights, state, credit, learner, team...);
      if (batch == 1) layer.present(weights, state, x, credit, S(0.02), S(0.01), S(1));
    };
    report(what, how, layer.units, batch, allocations_in([&] { learn(); }));
    report(what, how, layer.units, batch, allocations_in([&] { learn(two); }));
  }
}

/// From the making of its values on.
template <int B, class Competes> void fixed_units_allocate_nothing(const char* how, const auto& optimizer) {
  report("fixed units", how, 8, B, allocations_in([&] {
           const CompetingUnits<S, Competes, 24, 8> layer{.power = 3};
           auto weights = layer.initial_weights(Generator{.seed = 1}, S(0.1));
           auto state = layer.zero_state(Extent<B>{});
           auto credit = layer.zero_credit(Extent<B>{}, 2);
           auto learner = layer.learner(optimizer);
           Matrix<S, 24, B> x = Matrix<S, 24, B>::Identity();
           x.row(5).setConstant(S(0.5));
           const auto start = weights;
           for (int k = 0; k < 3; ++k) {
             layer.step(weights, state, x);
             layer.credit(weights, state, x, credit);
             layer.update(weights, state, credit, learner);
           }
           if constexpr (B == 1) layer.present(weights, state, x, credit, S(0.02), S(0.01), S(1));
           if (layer.converged(weights) < 0 || layer.norms(weights).minCoeff() < 0 || weights == start)
             ++failures;
           auto kept = state;
           state = layer.zero_state(Extent<B>{});
           state = kept;
         }));
}

void coding_allocates_nothing(S exponent, Index batch) {
  const PowerCoding<S> coding{.exponent = exponent};
  const auto features = coding.features(support::random_matrix<S>(500, 784, 1));
  auto state = coding.zero_state(Extent{784}, Extent{batch});
  ThreadTeam two(2);
  for (const bool dark : {true, false}) {
    const auto x = images(784, batch, dark);
    Matrix<S> h(500, batch);
    report("PowerCoding", "", 500, batch, allocations_in([&] {
             coding.step(features, state, x, h);
             coding.step(features, state, x, h, two);
           }));
  }
}

}  // namespace

int main() {
  volatile Index size = 3;
  if (allocations_in([&] { size = Matrix<S>::Zero(size, size).eval().cols(); }) != 1) {
    std::puts("the hook on malloc does not see a matrix");
    return 1;
  }
  const auto each_optimizer = [](auto&& use) {
    use("LargestEntry", LargestEntry<S>{});
    use("Sgd", Sgd<S>{});
    use("Adam", Adam<S>{});
  };
  each_optimizer([](const char* how, const auto& optimizer) {
    for (const Index batch : {1, 100})
      for (const Index units : {17, 600})
        for (const S p : {S(2), S(2.7), S(3)}) {
          const CompetingUnits<S> ranked{
              .inputs = 784, .units = units, .competition = {.rank = 7}, .power = p};
          units_allocate_nothing("Ranked", ranked, how, optimizer, batch);
        }
    units_allocate_nothing("LateralInhibition",
                           CompetingUnits<S, LateralInhibition<S> >{
                               .inputs = 784, .units = 40, .competition = {.tolerance = S(1e-3)}},
                           how, optimizer, 20);
    units_allocate_nothing("Uninhibited", CompetingUnits<S, Uninhibited<S> >{.inputs = 784, .units = 40}, how,
                           optimizer, 20);
    fixed_units_allocate_nothing<1, Ranked<S> >(how, optimizer);
    fixed_units_allocate_nothing<5, Ranked<S> >(how, optimizer);
    fixed_units_allocate_nothing<1, LateralInhibition<S> >(how, optimizer);
    fixed_units_allocate_nothing<5, Uninhibited<S> >(how, optimizer);
  });
  for (const Index batch : {1, 100})
    for (const S exponent : {S(4.5), S(2.3)}) coding_allocates_nothing(exponent, batch);
  std::puts(failures ? "FAILED" : "no allocations");
  return failures ? 1 : 0;
}

#endif
