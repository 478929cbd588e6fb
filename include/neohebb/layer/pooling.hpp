// What a layer shows of its neurons: all of them, or the largest of neighbours.
#pragma once
#include <algorithm>
#include <cstdint>
#include <neohebb/core/spikes.hpp>
#include <utility>

namespace neohebb {

/// A layer shows all of its neurons, as they are. A pooling says what is shown, and where an error on that
/// belongs. Θ is monotone, so a pooling may show the maximum of potentials and of spikes alike; δ is
/// un-pooled before it is credited.
struct NoPooling {
  auto units(auto neurons) const { return neurons; }
  struct State {};
  template <class S, int N, int B> State zero_state(Extent<N>, Extent<B>) const { return {}; }
  void step(State&, const auto&) const {}
  const auto& potential(const State&, const auto& neuron) const { return neuron.potential; }
  const auto& spikes(const State&, const auto& neuron) const { return neuron.spikes; }
  /// δ of the neurons, from δ of what is shown.
  const auto& unpool(State&, const auto& delta) const { return delta; }
};

/// The maximum over squares of size × size pixels, for each channel; a remainder at the right and lower edge
/// is dropped.
///
///     U'[r, c] = max U[size·r + i, size·c + j],  S'[r, c] = max S[size·r + i, size·c + j],  0 ≤ i, j < size
///     δ[arg max U] = δ',  0 elsewhere            (the first of equal maxima, row after row)
///
/// Images as in Convolution: channel fastest, then columns. The neuron's own S and R stay at full resolution.
/// [Kaiser, Mostafa, Neftci 2020] Throws std::invalid_argument for sizes without sense, and where height ×
/// width × channels is not the number of neurons.
///
///   parameter      default   meaning
///   height, width  —         of the image of neurons (Convolution's out_height, out_width)
///   channels       —
///   size           1         of a square; 1 shows every neuron
struct MaxPooling {
  Index height = 0, width = 0, channels = 0, size = 1;

  void validate() const {
    check_positive("MaxPooling.height", height);
    check_positive("MaxPooling.width", width);
    check_positive("MaxPooling.channels", channels);
    check_positive("MaxPooling.size", size);
    NEOHEBB_REQUIRE(size <= height && size <= width, "MaxPooling.size is ", size, ", more than the image of ",
                    height, " x ", width);
  }
  Index out_height() const { return height / size; }
  Index out_width() const { return width / size; }
  Extent<> units(Extent<> neurons) const {
    NEOHEBB_REQUIRE(height * width * channels == Index(neurons), "MaxPooling of ", height, " x ", width,
                    " x ", channels, " images for ", Index(neurons), " neurons");
    return out_height() * out_width() * channels;
  }

  /// Empty where size is 1.
  template <class S, int B> struct State {
    Matrix<S, Dynamic, B> potential, spread;  // potential: of what is shown; spread: δ of the neurons
    Matrix<std::int32_t, Dynamic, B> winner;  // the neuron whose potential is shown
    Vector<std::int32_t> unit;                // the square that a neuron belongs to, or units: none
    Vector<std::uint8_t> spiked;              // one sample's, and one for the remainder
    Spikes<S, Dynamic, B> spikes;
    static void fields(auto& self, auto&& visit) {
      visit("potential", self.potential);
      visit("winner", self.winner);
      visit("spikes", self.spikes);
      if constexpr (is_filled<decltype(self)>)
        for (Index k = 0; k < self.winner.size(); ++k)
          check_place_read("MaxPooling's winner", Index(self.winner.data()[k]), self.spread.rows());
    }
  };
  template <class S, int B> State<S, B> zero_state(Extent<> neurons, Extent<B> batch) const {
    validate();
    const Extent<> shown_units = units(neurons), n = size == 1 ? Extent<>{0} : shown_units;
    const auto square = [&](Index i) {
      const Index row = i / channels / width / size, column = i / channels % width / size;
      const bool shown = row < out_height() && column < out_width();
      return static_cast<std::int32_t>(shown ? (row * out_width() + column) * channels + i % channels
                                             : Index(n));
    };
    const Extent<> all = size == 1 ? Extent<>{0} : neurons;
    return {zeros<S>(n, batch),
            zeros<S>(all, batch),
            zeros<std::int32_t>(n, batch),
            Vector<std::int32_t>::NullaryExpr(Index(all), square),
            Vector<std::uint8_t>(n + 1),
            {n, batch}};
  }
  void step(auto& state, const auto& neuron) const {
    if (size == 1) return;
    for (Index b = 0; b < state.potential.cols(); ++b)
      find_largest(detail::column_of(neuron.potential, b), state.potential.col(b).data(),
                   state.winner.col(b).data());
    state.spikes.rewrite([&](Index b, Index first, Index n, std::uint8_t* fired) {
      if (first == 0) {
        state.spiked.setZero();
        for (const auto i : neuron.spikes.active(b)) state.spiked[state.unit[i]] = 1;
      }
      std::copy_n(state.spiked.data() + first, n, fired);
    });
  }
  const auto& potential(const auto& state, const auto& neuron) const {
    return size == 1 ? neuron.potential : state.potential;
  }
  const auto& spikes(const auto& state, const auto& neuron) const {
    return size == 1 ? neuron.spikes : state.spikes;
  }
  /// δ of the neurons, from δ of what is shown.
  const auto& unpool(auto& state, const auto& delta) const {
    if (size == 1) return delta;
    state.spread.setZero();
    for (Index b = 0; b < delta.cols(); ++b)
      for (Index k = 0; k < delta.rows(); ++k) state.spread(state.winner(k, b), b) = delta(k, b);
    return std::as_const(state.spread);
  }

 private:
  /// Of one sample. Equals a loop over the squares (tests/layer/pooling.cpp): channels side by side, and no
  /// branch.
  template <class S> void find_largest(const S* u, S* largest, std::int32_t* winner) const {
    const auto n = static_cast<std::int32_t>(channels);
    for (Index row = 0; row < out_height(); ++row)
      for (Index column = 0; column < out_width(); ++column, largest += channels, winner += channels)
        for (Index i = 0; i < size; ++i)
          for (Index j = 0; j < size; ++j) {
            const Index pixel = (row * size + i) * width + column * size + j;
            const auto first = static_cast<std::int32_t>(pixel * channels);
            const S* const here = u + pixel * channels;
            S* const __restrict best = largest;
            std::int32_t* const __restrict at = winner;
            if (i + j == 0) {
              for (std::int32_t c = 0; c < n; ++c) best[c] = here[c], at[c] = first + c;
              continue;
            }
            for (std::int32_t c = 0; c < n; ++c) {
              const bool more = here[c] > best[c];
              best[c] = more ? here[c] : best[c];
              at[c] = more ? first + c : at[c];
            }
          }
  }
};

}  // namespace neohebb
