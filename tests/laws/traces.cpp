#include <neohebb/trace/double_exponential.hpp>
#include <neohebb/trace/exponential.hpp>
#include <neohebb/trace/fir.hpp>
#include <neohebb/trace/sum.hpp>

#include "laws/trace_laws.hpp"

using namespace neohebb;

namespace {
template <class S> const Fir<S> sampled{.kernel = Vector<S>{{S(0), S(1), S(-0.5)}}};

void check(const auto& trace) {
  laws::check_trace(trace);
  laws::check_kernel(trace);
}
}  // namespace

TEMPLATE_TEST_CASE("the exponential kernels keep the laws of traces", "[laws]", float, double) {
  check(Exponential<TestType>{});
  check(DoubleExponential<TestType>{});
  check(Alpha<TestType>{});
}
TEMPLATE_TEST_CASE("sampled kernels and sums keep the laws of traces", "[laws]", float, double) {
  check(sampled<TestType>);
  check(Sum<Exponential<TestType>, Fir<TestType>>{{Exponential<TestType>{}, sampled<TestType>},
                                                  {TestType(2), TestType(-1)}});
}
