// Competing units against the formulas: currents, who learns, what is asked for.
#pragma once
#include "catch.hpp"
#include "reference/competing.hpp"
#include "support/competing.hpp"

namespace support {

template <class S> inline constexpr double tolerance = std::same_as<S, float> ? 2e-5 : 1e-12;

/// One step and credit of each batch in turn, before one update: as if they were one batch.
template <class Layer, int... B>
void check_formulas(const Layer& layer, double bright, double dense_above, Extent<B>... batches) {
  using S = typename Layer::Scalar;
  const Index all = (Index(batches) + ...), inputs = layer.inputs, units = layer.units;
  const Matrix<S> x = support::images<S>(inputs, all, bright);
  CAPTURE(inputs, units, all, layer.power, layer.radius, bright, dense_above);
  const auto w = layer.initial_weights(neohebb::Generator{.seed = 3}, S(0.4));
  auto credit = layer.zero_credit(Extent{std::max({Index(batches)...})}, Index(sizeof...(B)));
  Matrix<double> currents(units, all), g(units, all);
  Index first = 0;
  const auto show = [&](auto batch) {
    auto state = layer.zero_state(batch);
    if constexpr (requires { state.images.dense_above; }) state.images.dense_above = dense_above;
    const auto some = x.middleCols(first, batch);
    layer.step(w, state, some);
    layer.credit(w, state, some, credit);
    currents.middleCols(first, batch) = state.currents.template cast<double>();
    g.middleCols(first, batch) = support::factors_of<S>(layer, state).template cast<double>();
    first += batch;
  };
  (show(batches), ...);
  const auto wanted =
      reference::competing(layer, w.weight.template cast<double>(), x.template cast<double>(), currents);
  REQUIRE(laws::deviation(currents, wanted.currents) < tolerance<S>);
  REQUIRE(laws::deviation(g, wanted.g) < 1e-7);
  REQUIRE(laws::deviation(layer.change(credit), wanted.ds) < tolerance<S> * double(all + 10) / 10);
  REQUIRE(laws::deviation(layer.norms(w), wanted.norms) < tolerance<S>);
  for (Index r = 0; r < credit.rows; ++r)
    REQUIRE(credit.largest(r) == credit.change.row(r).cwiseAbs().maxCoeff());
}

}  // namespace support
