#include <neohebb/trace/double_exponential.hpp>

#include "laws/eligibility_laws.hpp"

using namespace neohebb;

namespace {
/// A rule of a user's: two stages that the neuron's own spikes gate.
template <class S> struct Own {
  using Scalar = S;
  static constexpr int stages = 2, signals = 1;
  Gates<S, 2> gates(const Post<S>& post) const {
    const S psi = post.surrogate;
    return {.A = {{{S(0.9), psi}, {S(0.1), S(0.5) - S(0.3) * post.spike}}},
            .b = {psi, S(1)},
            .c = {{{S(1), -psi}}},
            .d = {S(0.5) * psi}};
  }
};
}  // namespace

TEMPLATE_TEST_CASE("eligibilities are the same per synapse, exchanged, and in plain loops", "[laws]", float,
                   double) {
  using S = TestType;
  const Eprop<S> eprop{.adaptation_decay = S(0.9), .readout_decay = S(0.7)};
  const auto dense = laws::all_to_all<S>();
  laws::check_eligibility<S>(eprop, dense);
  laws::check_eligibility<S>(Own<S>{}, dense);
  laws::check_eligibility<S>(Instantaneous<S>{}, dense);
  laws::check_eligibility<S>(eprop, Dense<DoubleExponential<S>>{.connectivity = {9, 6}});
}
