#pragma once
#include <neohebb/layer/superspike_rule.hpp>
#include <neohebb/learning/per_synapse.hpp>
#include <span>

namespace neohebb {

/// The rule as it is written: two numbers for each synapse, z and λ, move on in every step (SuperSpikeRule), and
/// their product with y is summed. Five numbers of memory traffic for each synapse and step: the plain form, that
/// Exchanged is checked against.
template <class S> class PerSynapseGradient {
 public:
  PerSynapseGradient(const SuperSpikeRule& rule, Index units, Index sources, Index /*window*/,
                     Index longest_delay)
      : c_(rule),
        z_(Matrix<S>::Zero(units, sources)),
        lambda_(z_),
        sum_(z_),
        surrogate_(Vector<S>::Zero(units)),
        q_(Vector<S>::Zero(sources)),
        psp_(Matrix<S>::Zero(sources, longest_delay + 1)) {}

  /// One step. v, y: units × 1; arriving: sources whose spikes reach the synapses; delay: units × sources, or empty.
  void note(const auto& v, std::span<const std::int32_t> arriving, const auto& y, const auto& delay) {
    for (Index i = 0; i < surrogate_.size(); ++i) surrogate_[i] = c_.surrogate(v(i));
    const Index before = slot_;
    slot_ = (slot_ + 1) % psp_.cols();
    for (const auto j : arriving) q_[j] += 1;
    const S f = c_.follow, r = c_.decay;
    for (Index j = 0; j < q_.size(); ++j) {
      psp_(j, slot_) = unless_vanishing(psp_(j, before) + f * (q_[j] - psp_(j, before)));
      q_[j] = unless_vanishing(r * q_[j]);
    }
    if (++steps_ % 64 == 0)  // often enough that nothing becomes subnormal in between
      for (Matrix<S>* m : {&z_, &lambda_}) *m = m->unaryExpr([](S x) { return unless_vanishing(x); });
    for (Index j = 0; j < z_.cols(); ++j)
      if (delay.cols() == 0)
        sweep(j, detail::column_of(y, 0), [p = psp_(j, slot_)](Index) { return p; });
      else
        sweep(j, detail::column_of(y, 0),
              [&](Index i) { return psp_(j, (slot_ + psp_.cols() - delay(i, j)) % psp_.cols()); });
  }
  /// G ← Σ_t y λ over the steps noted since the last call.
  void gradient(Matrix<S>& g, const auto& /*delay*/) {
    g = sum_;
    sum_.setZero();
  }
  std::size_t bytes() const {
    return sizeof(S) * static_cast<std::size_t>(3 * z_.size() + surrogate_.size() + q_.size() + psp_.size());
  }
  static void fields(auto& self, auto&& visit) {
    visit("z", self.z_);
    visit("lambda", self.lambda_);
    visit("sum", self.sum_);
    visit("q", self.q_);
    visit("psp", self.psp_);
    visit("slot", self.slot_);
    visit("steps", self.steps_);
  }

 private:
  /// A step of column j. Pointers that overlap nothing: compilers make vectors of this.
  void sweep(Index j, const S* __restrict y, auto psp) {
    const Index rows = z_.rows();
    const S f = c_.follow, r = c_.decay;
    const S* const __restrict h = surrogate_.data();
    S* const __restrict z = z_.data() + j * rows;
    S* const __restrict lambda = lambda_.data() + j * rows;
    S* const __restrict sum = sum_.data() + j * rows;
    for (Index i = 0; i < rows; ++i) {
      const S fed = z[i] + h[i] * psp(i);
      lambda[i] += f * (fed - lambda[i]);
      sum[i] += y[i] * lambda[i];
      z[i] = r * fed;
    }
  }

  SuperSpikeCoefficients<S> c_;
  Matrix<S> z_, lambda_, sum_;
  Vector<S> surrogate_, q_;
  Matrix<S> psp_;  // sources × (longest delay + 1), a ring
  Index slot_ = 0, steps_ = 0;
};

}  // namespace neohebb
