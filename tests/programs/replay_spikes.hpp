// Synapses that know no traces: whatever they compute, they add up over the list of all spikes so far. Updates at every
// step, which EventDriven makes with products, so come from the kernels for spikes too.
#pragma once
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/spike_record.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "replay.hpp"

namespace replay {

using namespace neohebb;

/// drive[t] = b + Σ_r k[t − r] W∘S[r],  gradient[t] = Σ_r k[t − r] δ[t]∘S[r]ᵀ,  k the trace of one spike.
template <class C> struct BySpikes {
  using Plain = Dense<DoubleExponential<S>, C>;
  using Scalar = S;
  using Weights = typename Plain::Weights;
  static constexpr bool recurrent = false;
  C connectivity{};
  DoubleExponential<S> trace{};
  Index longest = 0;  // steps of the recording

  Plain plain() const { return {connectivity, trace}; }
  void validate() const { plain().validate(); }
  auto inputs() const { return connectivity.inputs(); }
  auto outputs() const { return connectivity.outputs(); }
  Weights weights(const auto& weight, const auto& bias) const { return plain().weights(weight, bias); }
  Weights initial_weights(const auto& initialisation, const Generator& generator) const {
    return plain().initial_weights(initialisation, generator);
  }
  template <int B> struct State : Plain::template State<B> {
    SpikeRecord spikes;
    Vector<S> kernel;  // k[0], k[1], …
    Index steps = 0;
  };
  template <int B> State<B> zero_state(Extent<B> batch) const {
    State<B> s{plain().zero_state(batch), SpikeRecord(inputs(), longest * batch), Vector<S>(longest), 0};
    auto one = trace.zero_state(Extent<1>{}, Extent<1>{});
    for (Index m = 0; m < longest; ++m) {
      trace.step(one, Vector<S>::Constant(1, m == 0));
      s.kernel[m] = trace.value(one)(0, 0);
    }
    return s;
  }
  void step(const Weights& w, auto& s, const auto& in, auto& drive) const {
    const Index batch = s.batch;
    trace.step(s.pre, in.dense());  // to be compared, not used
    s.spikes.append(in.lists());
    ++s.steps;
    if constexpr (PreparesWeights<C, S>) connectivity.prepare(w.weight, s.workspace);
    drive.setZero();
    connectivity.add_bias(w.bias, drive);
    Vector<S> sum(drive.rows());
    for (Index column = 0; column < s.spikes.columns(); ++column) {
      sum.setZero();
      connectivity.forward_spikes(w.weight, s.spikes.active(column), sum, s.workspace);
      drive.col(column % batch) += age(s, column) * sum;
    }
  }
  template <int B> using Credit = typename Plain::template Credit<B>;
  template <int B> Credit<B> zero_credit(Extent<B> batch, Index) const {
    auto c = plain().zero_credit(batch, 1);
    c.sum = plain().zero_weights();
    return c;
  }
  void credit(const Weights&, auto& s, const auto& delta, auto& c) const {
    Matrix<S> spread(delta.rows(), s.spikes.columns());
    for (Index column = 0; column < spread.cols(); ++column)
      spread.col(column) = age(s, column) * delta.col(column % delta.cols());
    s.spikes.group(0);
    connectivity.gather_spikes(S(1), spread, s.spikes, c.sum.weight, 0, s.workspace);
    connectivity.gather_bias(S(1), delta, c.sum.bias);
    c.summed = c.credited = true;
  }
  Weights gradient(const auto& credit) const { return credit.sum; }
  template <class O> auto learner(const O& optimizer) const { return plain().learner(optimizer); }
  void prepare_update(auto&) const {}
  Index parts() const { return plain().parts(); }
  void update(Weights& w, auto& s, auto& c, auto& learner) const { plain().update(w, s, c, learner); }
  void update_part(Weights& w, auto&& each_credit, auto& learner, Index k) const {
    plain().update_part(w, each_credit, learner, k);
  }
  void finish_update(Weights& w, auto&& each_credit) const { plain().finish_update(w, each_credit); }

 private:
  /// What a spike recorded in `column` is worth now.
  static S age(const auto& s, Index column) { return s.kernel[s.steps - 1 - column / s.batch]; }
};

}  // namespace replay
