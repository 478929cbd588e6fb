// Convolutions learn by spikes what they learn by products: any optimizer, batch and window, with pauses and resets.
#include <neohebb/projection/convolution.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/twins.hpp"

using namespace neohebb;

namespace {
using Pair = support::Twins<DoubleExponential<double>, Convolution>;

Pair make(Index batch, Arithmetic arithmetic = Arithmetic::events) {
  return Pair({.connectivity = {9, 7, 18, 4, 5, 1, 2}, .trace = {.9, .8}, .arithmetic = arithmetic}, batch);
}
}  // namespace

TEST_CASE("a convolution's windows of spikes are those of its traces", "[projection]") {
  for (const double rate : {0.02, 0.5})
    for (const Index batch : {1, 3}) {
      Pair twins = make(batch, batch == 1 ? Arithmetic::events : Arithmetic::by_rate);
      support::Lessons<Pair, Adam<double>> lessons(twins, Adam<double>{.rate = 0.01}, 9);
      for (Index t = 0; t < 100; ++t) {
        if (t % 31 == 30) twins.reset();
        CHECK(twins.step(rate) < 1e-11);
        if (t % 17 != 16) lessons.note(twins.delta());
        if (t % 3 == 0) CHECK(lessons.gradients_apart() < 1e-10);
        if (t % 9 == 8) lessons.update();
      }
      CHECK(twins.weights_apart() < 1e-10);
    }
}

TEST_CASE("a convolution learns online, by any form of arithmetic", "[projection]") {
  for (const Arithmetic arithmetic : {Arithmetic::events, Arithmetic::by_rate, Arithmetic::dense}) {
    Pair twins = make(2, arithmetic);
    support::Lessons<Pair, Sgd<double>> lessons(twins, Sgd<double>{.rate = 1e-3}, 1);
    for (Index t = 0; t < 30; ++t) {
      CHECK(twins.step(0.1) < 1e-12);
      lessons.note(twins.delta());
      lessons.update();
    }
    CHECK(twins.weights_apart() < 1e-12);
  }
}

TEST_CASE("weights that somebody else has moved are laid out anew", "[projection]") {
  Pair twins = make(1);
  for (Index t = 0; t < 40; ++t) {
    if (t % 10 == 9) {
      twins.weights.edit([](auto& affine) { affine.weight *= 1.5; });
      twins.plain_weights.weight *= 1.5;
    }
    CHECK(twins.step(0.05) < 1e-12);
  }
}

TEST_CASE("an update's pieces are whole input channels, and together all of them", "[projection]") {
  const Pair twins = make(1);
  CHECK(twins.events.parts() == 3);  // 18 channels, at least 8 in a piece
  CHECK((Pair::Events{.connectivity = {9, 7, 100, 4, 5, 1, 2}}.parts()) == 4);
  CHECK((Pair::Events{.connectivity = {9, 7, 2, 4, 5, 1, 2}}.parts()) == 1);
}
