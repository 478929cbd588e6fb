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
/// U is the neuron's own potential, before any pooling. Of a recurrent projection, `forward` is changed. A
/// constraint of the projection holds after every change. Where its `bias` is false, b stays as given and
/// only the variance counts. Frozen projections stay as they are.
///
///   parameter   default   meaning
///   tolerance   0.1       of variance and mean
///   attempts    10        changes of a layer's weights, ≥ 1
template <class S> struct Lsuv {
  S tolerance = S(0.1);
  int attempts = 10;

  void validate() const {
    NEOHEBB_REQUIRE(is_number(tolerance) && tolerance > 0, "Lsuv.tolerance is ", tolerance,
                    ", must be positive");
    check_positive("Lsuv.attempts", attempts);
  }
  /// input(t, spikes): writes step t of the batch. Throws std::runtime_error when a layer's potential does
  /// not vary at all (no spikes reach it), or is not within tolerance after all attempts.
  void operator()(const auto& net, auto& weights, Index batch, const Presentation& presentation,
                  auto&& input) const {
    validate();
    presentation.validate();
    Spikes<S> in(Extent<>{net.layer(std::integral_constant<std::size_t, 0>{}).inputs()}, Extent{batch});
    const auto zero = net.zero_state(Extent{batch});
    for_each_layer(net.layers, [&](auto i) {
      const auto number = static_cast<std::size_t>(i);
      const auto& projection = innermost(forward(net.layer(i).projection));
      if constexpr (requires { projection.frozen; }) return;  // its weights stand still
      const bool moves_bias = learns_bias(projection);
      for (int changes = 0;; ++changes) {
        Moments u;
        auto state = zero;
        for (Index t = 0; t < presentation.steps; ++t) {
          input(t, in);
          net.step(weights, state, in);
          if (t >= presentation.burn_in) u.add(at(state, i).neuron.potential);
        }
        const S mean = u.mean(), variance = u.variance();
        if (!(variance > 0))
          NEOHEBB_THROW(std::runtime_error, "Lsuv: the potential of layer ", number,
                        " does not vary; its input is silent or its weights are zero");
        if (std::abs(variance - 1) < tolerance && (!moves_bias || std::abs(mean) < tolerance)) break;
        if (changes == attempts)
          NEOHEBB_THROW(std::runtime_error, "Lsuv: after ", attempts, " attempts the potential of layer ",
                        number, " has mean ", mean, " and variance ", variance, ", not within ", tolerance,
                        moves_bias ? " of 0 and 1" : " of variance 1",
                        "; allow more attempts or a wider tolerance");
        forward(at(weights, i).projection).edit([&](auto& affine) {
          affine.weight /= std::sqrt(variance);
          if (moves_bias) affine.bias.array() -= mean;
          if constexpr (requires { projection.constraint(affine.weight, Index{0}); })
            projection.constraint(affine.weight, Index{0});
        });
      }
    });
  }

 private:
  struct Moments {
    S sum = 0, squares = 0, n = 0;
    void add(const auto& u) {
      sum += u.sum();
      squares += u.squaredNorm();
      n += S(u.size());
    }
    S mean() const { return sum / n; }
    S variance() const { return squares / n - mean() * mean(); }
  };
  /// Of a projection or its weights: what joins the layer to its inputs.
  static auto& forward(auto& part) {
    if constexpr (requires { part.forward; })
      return part.forward;
    else
      return part;
  }
  static bool learns_bias(const auto& projection) {
    if constexpr (requires { projection.bias; })
      return projection.bias;
    else
      return true;
  }
};

}  // namespace neohebb
