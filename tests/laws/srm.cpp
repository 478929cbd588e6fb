#include <neohebb/neuron/srm.hpp>
#include <neohebb/trace/fir.hpp>

#include "laws/neuron_laws.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("SRM neurons keep the laws of neurons", "[laws]", float, double) {
  using S = TestType;
  laws::check_neuron(Srm<S>{});
  laws::check_hard_threshold(Srm<S>{});
  const Srm<S, Fir<S>> sampled{.refractory = {.kernel = Vector<S>{{S(1), S(0.3)}}}};
  laws::check_neuron(sampled);
  laws::check_hard_threshold(sampled);
}
TEMPLATE_TEST_CASE("SRM neurons with escape noise or a decay each keep the laws of neurons", "[laws]", float,
                   double) {
  using S = TestType;
  laws::check_neuron(Srm<S, Exponential<S>, EscapeNoise<S>>{.spike = {.temperature = S(0.5)}});
  laws::check_neuron(
      Srm<S, Exponential<S, Vector<S>>>{.refractory = {.decay = Vector<S>{{S(0), S(0.5), S(0.7), S(0.9)}}}});
}
