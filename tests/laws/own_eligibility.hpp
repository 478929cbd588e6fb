// A rule of a user's: two stages that the neuron's own spikes gate.
#pragma once
#include <neohebb/learning/eligibility.hpp>

namespace laws {

template <class S> struct Own {
  using Scalar = S;
  static constexpr int stages = 2, signals = 1;
  neohebb::Gates<S, 2> gates(const neohebb::Post<S>& post) const {
    const S psi = post.surrogate;
    return {.A = {{{S(0.9), psi}, {S(0.1), S(0.5) - S(0.3) * post.spike}}},
            .b = {psi, S(1)},
            .c = {{{S(1), -psi}}},
            .d = {S(0.5) * psi}};
  }
};

}  // namespace laws
