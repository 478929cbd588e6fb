#pragma once
#include <cmath>
#include <neohebb/core/spikes.hpp>

namespace neohebb {

/// What a layer does over the steps it is observed in. The layer itself is not changed: not observing costs
/// nothing.
///
///     const auto& layer = std::get<0>(net.layers);       // of a tuple; net.layers[0] of a vector
///     LayerObserver observer(layer);
///     …
///     net.step(weights, state, spikes_in);
///     observer.observe(layer, std::get<0>(state), spikes_in);
///     …
///     const LayerReport report = observer.report();
struct LayerReport {
  double rate = 0;            // spikes per neuron and step
  double silent = 0;          // fraction of neurons that never spiked, in any sample
  double saturated = 0;       // fraction of neurons that spiked in more than `saturated_above` of all steps
  double potential_mean = 0;  // over neurons, samples, steps; 0 is the threshold
  double potential_deviation = 0;  // its standard deviation
  /// Per sample and step: additions that input spikes cause, each one at all outputs. Lateral spikes do not
  /// count, and a mask's missing synapses are not subtracted.
  double synaptic_operations = 0;
  double dense_operations = 0;  // per sample and step: multiplications of the dense product, inputs × outputs
};

/// Collects a LayerReport. saturated_above: fraction of steps.
class LayerObserver {
 public:
  explicit LayerObserver(const auto& layer, double saturated_above = 0.9)
      : counts_(Vector<double>::Zero(layer.projection.outputs())), saturated_above_(saturated_above) {}

  /// After the layer's step; input: the spikes it was given.
  void observe(const auto& layer, const auto& state, const auto& input) {
    const auto& u = state.neuron.potential;
    const auto& spikes = state.neuron.spikes;
    for (Index b = 0; b < spikes.batch(); ++b)
      for (const auto i : spikes.active(b)) ++counts_(i);
    sum_ += static_cast<double>(u.sum());
    squares_ += static_cast<double>(u.squaredNorm());
    input_spikes_ += static_cast<double>(input.count());
    columns_ += static_cast<double>(spikes.batch());
    fan_out_ = static_cast<double>(Index(layer.projection.outputs()));
    inputs_ = static_cast<double>(Index(layer.projection.inputs()));
  }
  LayerReport report() const {
    if (columns_ == 0) return {};
    const double n = static_cast<double>(counts_.size()), mean = sum_ / (n * columns_);
    return {.rate = counts_.sum() / (n * columns_),
            .silent = static_cast<double>((counts_.array() == 0).count()) / n,
            .saturated = static_cast<double>((counts_.array() > saturated_above_ * columns_).count()) / n,
            .potential_mean = mean,
            .potential_deviation = std::sqrt(std::max(0.0, squares_ / (n * columns_) - mean * mean)),
            .synaptic_operations = input_spikes_ * fan_out_ / columns_,
            .dense_operations = inputs_ * fan_out_};
  }

 private:
  Vector<double> counts_;
  double saturated_above_, sum_ = 0, squares_ = 0, input_spikes_ = 0, columns_ = 0, fan_out_ = 0, inputs_ = 0;
};

}  // namespace neohebb
