// Fixed random readouts: what each layer's own loss looks at. [Kaiser, Mostafa, Neftci 2020]
#pragma once
#include <array>
#include <neohebb/core/product.hpp>
#include <neohebb/core/random.hpp>
#include <neohebb/core/spikes.hpp>

namespace neohebb {

/// Y = G A + c, never trained.   weight G: classes × units, bias c: classes × 1, A: units × batch, Y: classes
/// × batch. G is stored by rows: G A and Gᵀ e both run along it. Results are resized where they are matrices.
/// Throws std::invalid_argument for Spikes, errors and potentials of other shapes.
template <class S, int Classes = Dynamic, int Units = Dynamic> struct Readout {
  Eigen::Matrix<S, Classes, Units, Units == 1 ? Eigen::ColMajor : Eigen::RowMajor> weight;
  Vector<S, Classes> bias;

  void operator()(const auto& activity, auto& output) const {
    product(weight, activity, output);
    output.colwise() += bias;
  }
  /// The same where A may be Spikes, whose cost is per spike in a sample where a tenth of the units spike or
  /// fewer. `dense`: scratch, units × batch.
  void operator()(const auto& activity, auto& dense, auto& output) const {
    if constexpr (requires { activity.active(Index{}); }) {
      check_shape("the activity of a readout", activity.dense(), weight.cols(), activity.batch());
      shape_output("the scratch of a readout", dense, weight.cols(), activity.batch());
      shape_output("the output of a readout", output, weight.rows(), activity.batch());
      for (Index b = 0; b < activity.batch(); ++b) {
        if (10 * static_cast<Index>(activity.active(b).size()) <= activity.neurons()) {
          add_columns(activity.active(b), output.col(b));
        } else {
          dense.col(b) = activity.dense().col(b);
          product(weight, dense.col(b), output.col(b));
          output.col(b) += bias;
        }
      }
    } else {
      (*this)(activity, output);
    }
  }
  /// M = Gᵀ ∂L/∂Y: the modulatory factor of every unit.
  void transposed(const auto& output_error, auto& modulator) const {
    product(weight.transpose(), output_error, modulator);
  }
  /// Equals M of the function above times σ'(U) (tests/learning/readout.cpp): δ = M ∘ σ'(U). potential,
  /// delta: units × batch. Each number is read and written once; a sample without error costs next to
  /// nothing.
  void transposed(const auto& output_error, const auto& potential, const auto& surrogate, auto& delta) const {
    check_shape("the error of a readout", output_error, weight.rows(), output_error.cols());
    check_shape("the potential of a readout", potential, weight.cols(), output_error.cols());
    shape_output("delta of a readout", delta, weight.cols(), output_error.cols());
    const simd::Evaluator<decltype(potential)> u(potential);
    const auto derivative = surrogate;
    constexpr int packets = 8;  // the division of a surrogate is done beside the next block's product
    constexpr Index block = packets * simd::packet_size<S>;
    for (Index b = 0, units = delta.rows(); b < delta.cols(); ++b) {
      const auto error = [&](Index c) -> S { return output_error(c, b); };
      bool silent = true;
      for (Index c = 0; c < weight.rows(); ++c) silent &= error(c) == 0;
      if (silent) {
        delta.col(b).setZero();
        continue;
      }
      S* const __restrict d = detail::column_of(delta, b);
      Index first = 0;
      const auto times_derivative = [&](auto n) {
        for (Index i = first; i < first + n; ++i) d[i] *= derivative(u.coeff(i, b));
      };
      if constexpr (Units == Dynamic || Units >= block)
        for (; first + block <= units; first += block) {
          weigh_rows<packets>(error, first, d + first);
          times_derivative(std::integral_constant<Index, block>{});
        }
      for (Index i = first; i < units; ++i) d[i] = 0;
      for (Index c = 0; first < units && c < weight.rows(); ++c) {
        const S* const __restrict row = weight.data() + c * weight.rowStride();
        for (Index i = first; i < units; ++i) d[i] += error(c) * row[i];
      }
      times_derivative(units - first);
    }
  }

  friend bool operator==(const Readout& a, const Readout& b) {
    return a.weight == b.weight && a.bias == b.bias;
  }
  static void fields(auto& self, auto&& visit) {
    visit("weight", self.weight);
    visit("bias", self.bias);
  }

 private:
  /// Σ_c error(c)·G_ci for `Packets` packets of columns i, from column `first` on. Equals a loop over the
  /// classes (tests/learning/readout.cpp); the sums stay in registers meanwhile.
  template <int Packets> void weigh_rows(const auto& error, Index first, S* sums) const {
    using Packet = simd::Packet<S>;
    constexpr int n = simd::packet_size<S>;
    Packet total[Packets];
    for (int k = 0; k < Packets; ++k) total[k] = simd::pset1<Packet>(S(0));
    for (Index c = 0; c < weight.rows(); ++c) {
      const S* const row = weight.data() + c * weight.rowStride() + first;
      const Packet factor = simd::pset1<Packet>(error(c));
      for (int k = 0; k < Packets; ++k)
        total[k] = simd::pmadd(factor, simd::ploadu<Packet>(row + k * n), total[k]);
    }
    for (int k = 0; k < Packets; ++k) simd::pstoreu(sums + k * n, total[k]);
  }
  /// y = c + Σ G_i over the active units i. Equals the product with their matrix
  /// (tests/learning/readout.cpp), eight classes at a time: their sums stay in registers.
  void add_columns(const auto& active, auto&& y) const {
    const auto rows = [&]<int Rows>(std::integral_constant<int, Rows>, Index first) {
      std::array<S, Rows> sums{};
      for (const auto i : active)
        for (Index c = 0; c < Rows; ++c) sums[static_cast<std::size_t>(c)] += weight(first + c, i);
      for (Index c = 0; c < Rows; ++c) y(first + c) = bias(first + c) + sums[static_cast<std::size_t>(c)];
    };
    Index first = 0;
    for (; first + 8 <= weight.rows(); first += 8) rows(std::integral_constant<int, 8>{}, first);
    for (; first + 2 <= weight.rows(); first += 2) rows(std::integral_constant<int, 2>{}, first);
    for (; first < weight.rows(); ++first) rows(std::integral_constant<int, 1>{}, first);
  }
};

/// G, c ~ Uniform(−ℓ/√units, ℓ/√units). scale: ℓ > 0.
template <class S, int Classes, int Units>
Readout<S, Classes, Units> random_readout(Extent<Classes> classes, Extent<Units> units, const S& scale,
                                          Generator generator) {
  NEOHEBB_REQUIRE(is_number(scale) && scale > 0, "random_readout: scale is ", scale, ", must be positive");
  Readout<S, Classes, Units> readout{};
  readout.weight.resize(classes, units);
  readout.bias.resize(classes);
  const S bound = scale / std::sqrt(S(Index(units)));
  generator.uniform(readout.weight);
  generator.uniform(readout.bias);
  const auto spread = [bound](auto& matrix) {
    for (Index i = 0; i < matrix.size(); ++i) matrix.data()[i] = bound * (2 * matrix.data()[i] - 1);
  };
  spread(readout.weight);
  spread(readout.bias);
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
