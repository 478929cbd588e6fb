#include "laws/neuron_laws.hpp"
#include "laws/users_own.hpp"

TEMPLATE_TEST_CASE("a user's own neuron and spike function keep the laws", "[laws]", float, double) {
  using S = TestType;
  laws::check_spike_function<S>(users::NoisyThreshold<S>{});
  laws::check_neuron(users::Quadratic<S>{}, 3);
  laws::check_hard_threshold(users::Quadratic<S>{}, 3);
  laws::check_neuron(users::Quadratic<S, users::NoisyThreshold<S>>{}, 3);
}
