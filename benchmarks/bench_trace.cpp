// One step of a trace for a whole population. Limited by memory: see README.md in this folder.
#include <neohebb/trace/double_exponential.hpp>
#include <neohebb/trace/exponential.hpp>

#include "limits.hpp"
#include "verify.hpp"

namespace {

using namespace neohebb;

/// Numbers that a step reads and writes, and numbers that it touches, per neuron and sample. A byte of s is
/// read besides.
struct Traffic {
  double read, written, touched;
};
/// x ← α x + (1−α) s: reads x and s, writes x.
template <class S> Traffic traffic(const Exponential<S>&) { return {1, 1, 1}; }
template <class S> Matrix<S> plain_step(const Exponential<S>& t, const Matrix<S>& x, const Matrix<S>& s) {
  Matrix<S> next = x;
  for (Index i = 0; i < s.size(); ++i) next(i) = t.decay * x(i) + (1 - t.decay) * s(i);
  return next;
}
/// P ← α P + (1−α) Q, Q ← β Q + (1−β) s: reads P, Q and s, writes P and Q.
template <class S> Traffic traffic(const DoubleExponential<S>&) { return {2, 2, 2}; }
template <class S>
Matrix<S> plain_step(const DoubleExponential<S>& t, const Matrix<S>& pq, const Matrix<S>& s) {
  const S a = t.membrane_decay, b = t.synaptic_decay;
  const Index n = s.size();  // all P, then all Q
  Matrix<S> next = pq;
  for (Index i = 0; i < n; ++i) {
    next(i) = a * pq(i) + (1 - a) * pq(n + i);
    next(n + i) = b * pq(n + i) + (1 - b) * s(i);
  }
  return next;
}

template <class T> void trace_step(benchmark::State& state, Index batch) {
  using S = typename T::Scalar;
  constexpr Index neurons = 784;
  const T trace{};
  auto x = trace.zero_state(Extent{neurons}, Extent{batch});
  const Spikes<S> spikes = limits::random_spikes<S>(neurons, batch, 0.1);
  const double bytes = static_cast<double>(neurons * batch), array = bytes * sizeof(S);
  const auto [read, written, touched] = traffic(trace);
  limits::measure<S>(
      state,
      {.read = read * array + bytes, .written = written * array, .working_set = touched * array + bytes}, 1,
      [&] { trace.step(x, spikes.dense()); });
  const Matrix<S> before = x.all;
  trace.step(x, spikes.dense());
  verify::equal<S>("trace", x.all, plain_step(trace, before, Matrix<S>(spikes.dense())));
}

template <class T> void add(const std::string& name) {
  for (const Index batch : {1, 72})
    benchmark::RegisterBenchmark(("trace step, " + name + ", 784, batch " + std::to_string(batch)).c_str(),
                                 [batch](benchmark::State& state) { trace_step<T>(state, batch); });
}

}  // namespace

int main(int argc, char** argv) {
  add<Exponential<float>>("exponential, float");
  add<DoubleExponential<float>>("double exponential, float");
  add<DoubleExponential<double>>("double exponential, double");
  return limits::run(argc, argv);
}
