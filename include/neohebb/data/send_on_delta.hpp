// From values that change to spikes: a spike for every change by so much.
#pragma once
#include <cmath>
#include <limits>
#include <neohebb/core/spikes.hpp>

namespace neohebb {

/// Send-on-delta: a channel sends a spike when its value has moved by θ since its last one, as pixels of
/// event cameras do. [Miskowicz 2006]
///
///     n = ⌊|x − r|/θ⌋,   r ← r + sign(x − r)·n·θ              r: what was sent
///     neuron (k, channel) fires if x ≥ r + (k + 1) θ          k < levels; ON neurons
///     neuron (levels + k, channel) if x ≤ r − (k + 1) θ       OFF neurons
///
///     const SendOnDelta<float> encoder{.channels = 40, .threshold = 0.1f};
///     auto state = encoder.zero_state(Extent{batch});
///     encoder.step(state, values, spikes);      // channels × batch → 2·levels·channels × batch
///
/// A step has one spike of a neuron, so a jump of more than levels·θ is clipped: state.clipped counts the θ
/// that were not said. Neuron (k, channel) is number k·channels + channel. Throws std::invalid_argument for
/// other shapes, and for values that are not finite.
///
///   parameter    default   meaning
///   channels     —
///   threshold    0.1       θ, in the units of the values
///   levels       1         neurons of a channel for each direction
///   from_first   false     r begins with the first value; otherwise with 0
template <class S> struct SendOnDelta {
  using Scalar = S;
  Extent<> channels{};
  S threshold = S(0.1);
  Index levels = 1;
  bool from_first = false;

  void validate() const {
    check_positive("SendOnDelta.channels", Index(channels));
    check_positive("SendOnDelta.levels", levels);
    NEOHEBB_REQUIRE(is_finite(threshold) && threshold > 0, "SendOnDelta.threshold is ", threshold,
                    ", must be positive");
  }
  Index neurons() const { return 2 * levels * Index(channels); }

  template <int B> struct State {
    Matrix<S, Dynamic, B> sent;              // the values that the spikes so far add up to
    Matrix<std::int32_t, Dynamic, B> moved;  // scratch: n, with its sign
    Index clipped = 0;                       // θ that were lost
    bool begun = false;                      // whether a first value was seen
    static void fields(auto& self, auto&& visit) {
      visit("sent", self.sent);
      visit("clipped", self.clipped);
      visit("begun", self.begun);
    }
  };
  template <int B> State<B> zero_state(Extent<B> batch) const {
    validate();
    return {zeros<S>(channels, batch), zeros<std::int32_t>(channels, batch)};
  }
  void step(auto& state, const auto& values, auto& spikes) const {
    const Index n = channels, batch = state.sent.cols();
    check_shape("values given to SendOnDelta", values, n, batch);
    check_shape("spikes of SendOnDelta", spikes.dense(), neurons(), batch);
    check_finite("values given to SendOnDelta", values);
    if (from_first && !state.begun) state.sent = values;
    state.begun = true;
    for (Index b = 0; b < batch; ++b)
      for (Index c = 0; c < n; ++c) {
        S& sent = state.sent(c, b);
        // A value that moved by exactly θ counts, though rounding may say otherwise.
        const S jump = std::floor(std::abs(values(c, b) - sent) / threshold * (1 + few_roundings));
        const auto size = static_cast<std::int32_t>(std::min(jump, S(1 << 20)));
        const bool up = values(c, b) > sent;
        sent += up ? S(size) * threshold : -S(size) * threshold;
        state.moved(c, b) = up ? size : -size;
        state.clipped += std::max<Index>(0, Index(size) - levels);
      }
    spikes.assign(Fires{*this, state.moved.data(), batch});
  }

 private:
  static constexpr S few_roundings = 8 * std::numeric_limits<S>::epsilon();
  struct Fires {
    const SendOnDelta& code;
    const std::int32_t* moved;
    Index batch;
    Index rows() const { return code.neurons(); }
    Index cols() const { return batch; }
    bool coeff(Index i, Index b) const {
      const Index n = code.channels, level = i / n % code.levels;
      const std::int32_t by = moved[b * n + i % n];
      return i < n * code.levels ? by > level : -by > level;
    }
  };
};

}  // namespace neohebb
