// From values to spikes: each is the current into a neuron of its own.
#pragma once
#include <neohebb/core/spikes.hpp>

namespace neohebb {

/// Encoder neurons: leaky integrate-and-fire neurons that learn nothing, and that a value drives.
///
///     v ← λ v + gain·x + bias,   S = Θ(v − θ),   v ← v − θ where S
///
///     const CurrentEncoder<float> encoder{.channels = 40, .gain = 0.5f};
///     auto state = encoder.zero_state(Extent{batch});
///     encoder.step(state, values, spikes);                       // channels × batch, both
///
/// A current I = gain·x + bias that stays has no spikes up to (1 − λ) θ, above it about I/θ a step; from θ on
/// a neuron spikes in every step: values above are clipped, v stays at θ and below, and state.clipped counts
/// these steps. Throws std::invalid_argument for other shapes, and for values that are not finite.
///
///   parameter   default   symbol, meaning
///   channels    —
///   gain        1         factor of the values
///   bias        0
///   decay       0.9       λ = exp(−Δt/τ)
///   threshold   1         θ
template <class S> struct CurrentEncoder {
  using Scalar = S;
  Extent<> channels{};
  S gain = 1;
  S bias = 0;
  S decay = S(0.9);
  S threshold = 1;

  void validate() const {
    check_positive("CurrentEncoder.channels", Index(channels));
    NEOHEBB_REQUIRE(is_finite(gain) && is_finite(bias), "CurrentEncoder: gain ", gain, " and bias ", bias,
                    ", must be finite");
    check_range("CurrentEncoder.decay", decay, S(0), S(1));
    NEOHEBB_REQUIRE(is_finite(threshold) && threshold > 0, "CurrentEncoder.threshold is ", threshold,
                    ", must be positive");
  }
  Index neurons() const { return channels; }

  template <int B> struct State {
    Matrix<S, Dynamic, B> membrane;
    Matrix<std::uint8_t, Dynamic, B> fired;  // scratch
    Index clipped = 0;                       // steps in which a value was too large
    static void fields(auto& self, auto&& visit) {
      visit("membrane", self.membrane);
      visit("clipped", self.clipped);
    }
  };
  template <int B> State<B> zero_state(Extent<B> batch) const {
    validate();
    return {zeros<S>(channels, batch), zeros<std::uint8_t>(channels, batch)};
  }
  void step(auto& state, const auto& values, auto& spikes) const {
    check_shape("values given to CurrentEncoder", values, state.membrane.rows(), state.membrane.cols());
    check_shape("spikes of CurrentEncoder", spikes.dense(), state.membrane.rows(), state.membrane.cols());
    check_finite("values given to CurrentEncoder", values);
    for (Index b = 0; b < state.membrane.cols(); ++b)
      for (Index i = 0; i < state.membrane.rows(); ++i) {
        S& v = state.membrane(i, b);
        v = decay * v + gain * values(i, b) + bias;
        const bool fires = v >= threshold;
        if (fires) v -= threshold;
        state.clipped += v > threshold;
        v = std::min(v, threshold);
        state.fired(i, b) = fires;
      }
    spikes.assign(state.fired);
  }
};

}  // namespace neohebb
