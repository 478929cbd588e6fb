// What a layer above sees of competing units: their response, raised to a power.
#pragma once
#include <neohebb/core/power.hpp>
#include <neohebb/core/row_product.hpp>
#include <neohebb/core/tasks.hpp>

namespace neohebb {

/// Codes of images v by fixed features F: h = gain · relu(F v)ⁿ. [Krotov & Hopfield 2019, eq. 11]
///
///     F = W, rows scaled to unit length (unit_rows)     the paper's coding, for unit-length images a cosine
///     F = |W|^(p−1) sign(W)          (synaptic)         h of the current ⟨W, v⟩
///
///     PowerCoding<float> coding{.exponent = 4.5f};
///     const auto features = coding.features(weights.weight);          // units × inputs
///     auto state = coding.zero_state(Extent{784}, Extent{100});
///     coding.step(features, state, unit_length(images), h);           // h: units × 100
///     coding.gain = coding.normalising_gain(h);                       // from now on h² is 1 in the mean
///
/// A state holds lists, on the heap, whatever sizes the compiler knows.
///
///   parameter   default   symbol, meaning
///   exponent    4.5       n > 0; whole and half numbers are fast
///   synaptic    false     ⟨W, v⟩ in place of W·v
///   unit_rows   true      rows of F have length 1
///   gain        1         factor of h, positive
template <class S> struct PowerCoding {
  using Scalar = S;
  S exponent = S(4.5);
  bool synaptic = false;
  bool unit_rows = true;
  S gain = 1;

  void validate() const {
    NEOHEBB_REQUIRE(is_finite(exponent) && exponent > 0, "PowerCoding.exponent is ", exponent,
                    ", must be finite and positive");
    NEOHEBB_REQUIRE(is_finite(gain) && gain > 0, "PowerCoding.gain is ", gain,
                    ", must be finite and positive");
  }
  /// F of weights, units × inputs; p: of the rule that learned them, for `synaptic`. Throws
  /// std::invalid_argument for NaN and for a row that has no direction.
  template <class W>
  RowMatrix<S, W::RowsAtCompileTime, W::ColsAtCompileTime> features(const W& w, S p = 2) const {
    validate();
    check_finite("PowerCoding weights", w);
    RowMatrix<S, W::RowsAtCompileTime, W::ColsAtCompileTime> f = w;
    if (synaptic) {
      NEOHEBB_REQUIRE(is_finite(p) && p >= 2, "PowerCoding: p is ", p, ", must be finite and at least 2");
      f.array() *= raised(w.array().abs(), p - 2);
    }
    if (unit_rows)
      for (Index i = 0; i < f.rows(); ++i) {
        const S length = f.row(i).norm();
        NEOHEBB_REQUIRE(length > 0 && is_finite(length), "PowerCoding: unit ", i, " has weights of length ",
                        length, ", which cannot be made 1");
        f.row(i) /= length;
      }
    return f;
  }

  struct State {
    RightFactor<S> images;                // as the product takes them
    static void fields(auto&, auto&&) {}  // nothing outlasts a batch
  };
  State zero_state(Extent<> inputs, Extent<> batch) const {
    validate();
    return {RightFactor<S>(inputs, batch)};
  }
  /// images: inputs × at most the state's batch, h: units × as many. Throws std::invalid_argument for other
  /// shapes.
  template <class Team = OneThread>
  void step(const auto& features, auto& state, const auto& images, auto&& h, Team&& team = {}) const {
    check_shape("PowerCoding h", h, features.rows(), images.cols());
    check_shape("PowerCoding images", images, features.cols(), images.cols());
    constexpr Index at_once = 128;
    state.images.assign(images);
    team.run((features.rows() + at_once - 1) / at_once, [&](Index k) {
      const Index first = k * at_once, n = std::min(at_once, features.rows() - first);
      state.images.multiply(features, AsItIs{}, first, n, h);
      auto block = h.middleRows(first, n).array();
      block =
          gain * raised(S(0.5) * (block + block.abs()), exponent);  // relu that keeps NaN: max may drop it
    });
  }
  /// The gain that makes the mean of h² 1, given h by the gain of now. Throws std::invalid_argument where h
  /// is zero throughout, or not finite.
  S normalising_gain(const auto& h) const {
    const S square = h.squaredNorm() / S(h.size());
    NEOHEBB_REQUIRE(is_finite(square) && square > 0, "PowerCoding: the mean of h squared is ", square,
                    "; no gain can make it 1");
    return gain / std::sqrt(square);
  }
};

}  // namespace neohebb
