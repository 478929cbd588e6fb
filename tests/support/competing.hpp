// What tests of competing units share.
#pragma once
#include <neohebb/data/digits.hpp>
#include <neohebb/layer/competing.hpp>

#include "laws/material.hpp"

namespace support {

using neohebb::Extent, neohebb::Index, neohebb::Matrix;

/// Images, of which so many pixels are not dark; none is constant.
template <class S>
Matrix<S> images(Index inputs, Index batch, double bright = 0.2, std::uint32_t number = 1) {
  Matrix<S> x = laws::uniform<S>(inputs, batch, number, 0.1, 1)
                    .cwiseProduct(laws::zero_one<S>(inputs, batch, number + 1, bright));
  for (Index b = 0; b < batch; ++b) {
    x(b % inputs, b) = S(0.5);
    x((b + 1) % inputs, b) = 0;
  }
  return x;
}
template <class S> Matrix<S> digits(Index count, std::uint32_t stream = 0) {
  return neohebb::intensities<S>(
      neohebb::HandwrittenDigits{}.make(count, neohebb::Generator{.seed = 7, .stream = stream}).pixels);
}
/// g of every unit and sample.
template <class S> Matrix<S> factors_of(const auto& layer, const auto& state) {
  Matrix<S> g = Matrix<S>::Zero(Index(layer.units), state.batch());
  for (Index b = 0; b < state.batch(); ++b)
    for (Index n = 0; n < layer.learning(state, b).size(); ++n)
      g(layer.learning(state, b)(n), b) = layer.factors(state, b)(n);
  return g;
}

/// A layer that learns, with all it takes.
template <class Layer, class O> struct Lessons {
  using S = typename Layer::Scalar;
  Layer layer;
  typename Layer::Weights weights;
  typename Layer::Credit credit;
  typename Layer::template Learner<O> learner;
  Lessons(const Layer& l, const O& optimizer, S deviation = S(0.3), Index batch = 100)
      : layer(l),
        weights(l.initial_weights(neohebb::Generator{.seed = 3}, deviation)),
        credit(l.zero_credit(Extent{batch}, 2)),
        learner(l.learner(optimizer)) {}
  void show(auto& state, const auto& x, auto&&... team) {
    layer.step(weights, state, x, team...);
    layer.credit(weights, state, x, credit, team...);
    layer.update(weights, state, credit, learner, team...);
  }
  /// All samples in order, in batches; what remains of them is left out.
  void pass(auto& state, const auto& x) {
    for (Index first = 0; first + state.batch() <= x.cols(); first += state.batch())
      show(state, x.middleCols(first, state.batch()));
  }
  static void fields(auto& self, auto&& visit) {
    visit("weights", self.weights);
    visit("learner", self.learner);
  }
};

}  // namespace support
