#pragma once
#include <cmath>
#include <neohebb/network/network.hpp>
#include <neohebb/network/presentation.hpp>

namespace neohebb {

/// Layer-sequential unit-variance initialisation on a real batch. [Mishkin & Matas 2016; DECOLLE's
/// initialisation] For each layer from the bottom: W ← W/√(Var U), b ← b − mean U, until |Var U − 1| and
/// |mean U| are within tolerance; Var and mean over neurons, samples and the steps after the burn-in. Start
/// from Orthogonal weights.
///
///   parameter   default   meaning
///   tolerance   0.1       of variance and mean
///   attempts    10        per layer, ≥ 1
template <class S> struct Lsuv {
  S tolerance = S(0.1);
  int attempts = 10;

  void validate() const {
    NEOHEBB_REQUIRE(tolerance > 0, "Lsuv.tolerance is ", tolerance, ", must be positive");
    check_positive("Lsuv.attempts", attempts);
  }
  /// input(t, spikes): writes step t of the batch. Throws std::runtime_error when a layer's potential does
  /// not vary at all (no spikes reach it).
  void operator()(const auto& net, auto& weights, Index batch, const Presentation& presentation,
                  auto&& input) const {
    validate();
    presentation.validate();
    Spikes<S> in(Extent<>{net.layer(std::integral_constant<std::size_t, 0>{}).inputs()}, Extent{batch});
    const auto zero = net.zero_state(Extent{batch});
    for_each_layer(net.layers, [&](auto i) {
      for (int attempt = 0; attempt < attempts; ++attempt) {
        auto state = zero;
        S sum = 0, squares = 0, n = 0;
        for (Index t = 0; t < presentation.steps; ++t) {
          input(t, in);
          net.step(weights, state, in);
          if (t < presentation.burn_in) continue;
          const auto& u = at(state, i).neuron.potential;
          sum += u.sum();
          squares += u.squaredNorm();
          n += S(u.size());
        }
        const S mean = sum / n, variance = squares / n - mean * mean;
        if (!(variance > 0))
          NEOHEBB_THROW(std::runtime_error, "Lsuv: the potential of layer ", static_cast<std::size_t>(i),
                        " does not vary; its input is silent or its weights are zero");
        if (std::abs(variance - 1) < tolerance && std::abs(mean) < tolerance) break;
        edit(at(weights, i).projection, [&](auto& affine) {
          affine.weight /= std::sqrt(variance);
          affine.bias.array() -= mean;
        });
      }
    });
  }

 private:
  static void edit(auto& weights, auto&& change) {
    if constexpr (requires { weights.forward; })
      weights.forward.edit(change);
    else
      weights.edit(change);
  }
};

}  // namespace neohebb
