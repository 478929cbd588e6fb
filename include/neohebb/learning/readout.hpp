// Fixed random readouts: what each layer's own loss looks at. [Kaiser, Mostafa, Neftci 2020]
#pragma once
#include <neohebb/core/product.hpp>
#include <neohebb/core/random.hpp>
#include <neohebb/core/spikes.hpp>

namespace neohebb {

/// Y = G A + c, never trained.   weight G: classes × units, bias c: classes × 1, A: units × batch, Y: classes
/// × batch. G is stored by rows: G A and Gᵀ e both run along it.
template <class S, int Classes = Dynamic, int Units = Dynamic> struct Readout {
  Eigen::Matrix<S, Classes, Units, Units == 1 ? Eigen::ColMajor : Eigen::RowMajor> weight;
  Vector<S, Classes> bias;

  void operator()(const auto& activity, auto& output) const {
    product(weight, activity, output);
    output.colwise() += bias;
  }
  /// The same where A may be Spikes: a matrix of them is made in `dense`, units × batch.
  void operator()(const auto& activity, auto& dense, auto& output) const {
    if constexpr (requires { activity.lists(); }) {
      dense = activity.dense();
      (*this)(dense, output);
    } else {
      (*this)(activity, output);
    }
  }
  /// M = Gᵀ ∂L/∂Y: the modulatory factor of every unit.
  void transposed(const auto& output_error, auto& modulator) const {
    product(weight.transpose(), output_error, modulator);
  }

  friend bool operator==(const Readout& a, const Readout& b) {
    return a.weight == b.weight && a.bias == b.bias;
  }
  static void fields(auto& self, auto&& visit) {
    visit("weight", self.weight);
    visit("bias", self.bias);
  }
};

/// G, c ~ Uniform(−ℓ/√units, ℓ/√units). scale: ℓ > 0.
template <class S, int Classes, int Units>
Readout<S, Classes, Units> random_readout(Extent<Classes> classes, Extent<Units> units, S scale,
                                          Generator generator) {
  NEOHEBB_REQUIRE(scale > 0, "random_readout: scale is ", scale, ", must be positive");
  Readout<S, Classes, Units> readout{};
  readout.weight.resize(classes, units);
  readout.bias.resize(classes);
  const S bound = scale / std::sqrt(S(Index(units)));
  generator.uniform(readout.weight);
  generator.uniform(readout.bias);
  readout.weight.array() = bound * (2 * readout.weight.array() - 1);
  readout.bias.array() = bound * (2 * readout.bias.array() - 1);
  return readout;
}

/// A = S: the readout sees spikes (the published program). dA/dU is the surrogate.
struct ReadsSpikes {
  const auto& operator()(const auto&, const auto& spikes, const auto&, auto&) const { return spikes; }
};

/// A = σ(U): the readout sees the activity whose derivative the surrogate is (the paper's derivation).
struct ReadsActivation {
  const auto& operator()(const auto& potential, const auto&, const auto& surrogate, auto& activity) const {
    constexpr bool has_activation = requires { surrogate.activation(potential(0, 0)); };
    static_assert(has_activation,
                  "neohebb: ReadsActivation needs a surrogate with activation(u), the σ that it derives");
    if constexpr (has_activation)
      activity = potential.unaryExpr([&](auto u) { return surrogate.activation(u); });
    return activity;
  }
};

}  // namespace neohebb
