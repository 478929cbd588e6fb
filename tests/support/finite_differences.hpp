// The local gradient of a DECOLLE layer against central differences of the loss of one step.
#pragma once
#include <algorithm>
#include <neohebb/layer/decolle.hpp>
#include <vector>

#include "support/layers.hpp"

namespace support {

/// Every number of a projection's weights (an Affine, or several of them), in a fixed order.
void each_number(auto& weights, auto&& visit) {
  if constexpr (requires { weights.data(); })
    for (Index k = 0; k < weights.size(); ++k) visit(weights.data()[k]);
  else
    std::decay_t<decltype(weights)>::fields(weights,
                                            [&](const char*, auto& part) { each_number(part, visit); });
}

/// W P + b with the traces held.
Matrix<double> drive_of(const auto& w, const auto& projection, const auto& state) {
  if constexpr (requires { w.lateral; })
    return drive_of(w.forward, projection.forward, state.forward) +
           drive_of(w.lateral, projection.lateral, state.lateral);
  else {
    const Matrix<double> trace = projection.trace.value(state.pre);
    Matrix<double> drive(Index(projection.outputs()), trace.cols());
    auto workspace = projection.connectivity.template workspace<double>();
    projection.connectivity.forward(w.weight, trace, drive, workspace);
    projection.connectivity.add_bias(w.bias, drive);
    return drive;
  }
}
/// What the layer's pooling shows of u, its arg-max held.
Matrix<double> shown(const Matrix<double>& u, const auto& pooling) {
  if constexpr (requires { pooling.winner; })
    return Matrix<double>::NullaryExpr(pooling.winner.rows(), u.cols(),
                                       [&](Index k, Index b) { return u(pooling.winner(k, b), b); });
  else
    return u;
}

/// L of the step that `state` was credited for last, as a function of the weights alone: P, R, the spikes and
/// dropout's mask stand still. Spikes stand for σ(U) up to a constant: S + σ(U) − σ(U of the step).
template <class Layer>
double local_loss(const Layer& layer, const typename Layer::Weights& frozen, const auto& weights,
                  const auto& state, const Matrix<double>& target) {
  const Matrix<double> before = shown(state.neuron.potential, state.pooling);
  const Matrix<double> u =
      before + shown(drive_of(weights, layer.projection, state.projection) - state.drive, state.pooling);
  const auto activation = [&](double x) { return layer.surrogate.activation(x); };
  Matrix<double> a = u.unaryExpr(activation);
  if constexpr (std::same_as<decltype(layer.signal.reads), neohebb::ReadsSpikes>)
    a += layer.spikes(state).dense() - before.unaryExpr(activation);
  if (layer.signal.dropout > 0) a = a.cwiseProduct(state.signal_state.kept).eval();
  const Matrix<double> y = (frozen.signal.weight * a).colwise() + frozen.signal.bias;
  Matrix<double> unused(y.rows(), y.cols());
  const double high = (u.array() + 0.01).max(0).mean();
  const double low = std::max(0.0, 0.1 - (1 / (1 + (-u.array()).exp())).mean());
  return layer.signal.loss(y, target, unused) + layer.rate.strength * (high + 0.003 * low);
}

/// Credits the step that `state` has just made, and returns how far its gradient is from the central
/// differences, relative to the largest component. A gradient that vanishes, or a loss that is not
/// local_loss's, gives infinity.
template <class Layer>
double gradient_error(const Layer& layer, const typename Layer::Weights& weights, auto& state,
                      const Matrix<double>& target) {
  constexpr double none = std::numeric_limits<double>::infinity(), h = 1e-5;
  auto credit = layer.zero_credit(neohebb::Extent<>{target.cols()}, 1);
  const double loss = layer.credit(weights, state, target, credit);
  auto w = weights.projection;
  if (std::abs(loss - local_loss(layer, weights, w, state, target)) > 1e-12) return none;
  auto gradient = layer.projection.gradient(credit.projection);
  std::vector<double> numbers;
  each_number(gradient, [&](double& g) { numbers.push_back(g); });
  double worst = 0, largest = 0;
  std::size_t k = 0;
  each_number(w, [&](double& x) {
    const double at = x;
    x = at + h;
    const double above = local_loss(layer, weights, w, state, target);
    x = at - h;
    const double below = local_loss(layer, weights, w, state, target);
    x = at;
    worst = std::max(worst, std::abs((above - below) / (2 * h) - numbers[k]));
    largest = std::max(largest, std::abs(numbers[k++]));
  });
  return largest > 0 && worst == worst ? worst / largest : none;
}

/// The worst gradient_error of some steps, for every loss and surrogate; `change` may set up the layer.
template <class Layer> double worst_gradient_error(Layer layer, double bias) {
  constexpr Index batch = 3, steps = 8;
  double worst = 0;
  auto weights = layer.initial_weights(
      [](auto& w, const neohebb::Generator& generator) {
        neohebb::Generator(generator).normal(w);
        w *= 1.5;
      },
      neohebb::Generator{.seed = 3});
  if constexpr (requires { weights.projection.bias; })
    weights.projection.bias.setConstant(bias);
  else
    weights.projection.forward.bias.setConstant(bias);
  const auto target = labels(layer.signal.classes, batch);
  for (int loss = 0; loss < AnyLoss<double>::count; ++loss)
    for (int surrogate = 0; surrogate < AnySurrogate<double>::count; ++surrogate) {
      layer.signal.loss.which = loss;
      layer.surrogate.which = surrogate;
      auto state = layer.zero_state(neohebb::Extent<>{batch}, neohebb::Generator{.seed = 4});
      neohebb::Spikes<double> in(neohebb::Extent<>{layer.inputs()}, neohebb::Extent<>{batch});
      for (Index t = 0; t < steps; ++t) {
        NoisyInput{}(t, 0, in);
        layer.step(weights, state, in);
        if (t >= 4) worst = std::max(worst, gradient_error(layer, weights, state, target));
      }
    }
  return worst;
}

}  // namespace support
