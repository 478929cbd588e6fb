#include <neohebb/trace/double_exponential.hpp>
#include <neohebb/trace/exponential.hpp>

#include "laws/trace_laws.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("kernels with one decay per neuron keep the laws of traces", "[laws]", float, double) {
  using S = TestType;
  using Decays = Vector<S>;
  const Decays slow{{S(0.5), S(0.9), S(0), S(0.97)}}, fast{{S(0.3), S(0.9), S(0.5), S(0)}};
  const auto check = [](const auto& trace) {
    laws::check_trace(trace);
    laws::check_kernel(trace);
  };
  check(Exponential<S, Decays>{.decay = slow});
  check(DoubleExponential<S, Decays>{.membrane_decay = slow, .synaptic_decay = fast});
  check(Alpha<S, Decays>{.decay = slow, .normalised = false});
  check(Exponential<S, Vector<S, 4>>{.decay = slow});
}
