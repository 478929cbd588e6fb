#pragma once
#include <neohebb/core/columns.hpp>
#include <neohebb/layer/superspike_backward.hpp>
#include <neohebb/learning/exchanged.hpp>
#include <neohebb/projection/spike_record.hpp>

namespace neohebb {

/// The same gradient at a cost per neuron and step, and per spike, instead of per synapse and step: the eligibility is
/// linear in the input's spikes, so y is filtered backwards in time instead of the spikes forwards.
///
///     G_ij = Σ_{spikes (j, t)} χ_i[t]  +  weights of what was there before the window · λ_ij, z_ij, psp_j, q_j
///
/// χ: detail::SuperSpikeBackward. λ and z after the window are sums over its spikes likewise. With delays of single
/// synapses a spike adds χ_i[t + delay_ij], and psp, q before the window become one for each synapse.
/// Keeps v and y of a window: 2 numbers for each neuron and step.
template <class S> class ExchangedGradient {
  using Backward = detail::SuperSpikeBackward<S>;
  static constexpr Index rows = Backward::rows;
  using Lanes = typename Backward::Lanes;

 public:
  ExchangedGradient(const SuperSpikeRule& rule, Index units, Index sources, Index window, Index longest_delay)
      : backward_(rule, window),
        window_(window),
        v_(Matrix<S>::Zero(rows, (units + rows - 1) / rows * window)),
        y_(v_),
        in_lambda_(Matrix<S>::Zero(rows, window)),
        in_z_(in_lambda_),
        lambda_(Matrix<S>::Zero(units, sources)),
        z_(lambda_),
        psp_(Matrix<S>::Zero(longest_delay > 0 ? units : 1, sources)),
        q_(psp_),
        answer_(2, window + 1),
        late_(Matrix<std::uint8_t>::Zero(sources, longest_delay)),
        spikes_(sources, window) {
    // psp and q so many steps after a spike; psp before the window decays by 1 − Δt/τ_mem
    const SuperSpikeCoefficients<S> c(rule);
    leak_ = c.leak;
    S psp = 0, q = 1;
    for (Index k = 0; k <= window; ++k) {
      answer_(0, k) = psp;
      answer_(1, k) = q;
      psp = unless_vanishing(psp + c.follow * (q - psp));
      q = unless_vanishing(c.decay * q);
    }
  }

  /// One step. v, y: units × 1; arriving: sources whose spikes reach the synapses. At most `window` steps.
  void note(const auto& v, std::span<const std::int32_t> arriving, const auto& y, const auto& /*delay*/) {
    const Index units = lambda_.rows(), t = spikes_.columns();
    eigen_assert(t < window_);
    for (Index i = 0; i < units; i += rows) {
      const Index n = std::min(rows, units - i), column = i / rows * window_ + t;
      if (n == rows) {
        Eigen::Map<Lanes>(v_.col(column).data()) = Eigen::Map<const Lanes>(detail::column_of(v, 0) + i);
        Eigen::Map<Lanes>(y_.col(column).data()) = Eigen::Map<const Lanes>(detail::column_of(y, 0) + i);
      } else {
        v_.col(column).head(n) = v.segment(i, n);
        y_.col(column).head(n) = y.segment(i, n);
      }
    }
    spikes_.append(OneSample{arriving});
  }
  /// G ← Σ_t y λ over the steps noted since the last call. delay: units × sources, or empty.
  void gradient(Matrix<S>& g, const auto& delay) {
    const Index n = spikes_.columns();
    if (n == 0) {  // nothing was noted: λ and z stay
      g.setZero();
      return;
    }
    spikes_.group(0);
    typename Backward::Ends window, to_lambda, to_z;
    for (Index i = 0; i < lambda_.rows(); i += rows) {
      S* const chi = y_.data() + i * window_;  // a block of rows holds rows · window numbers
      backward_(n, chi, v_.data() + i * window_, in_lambda_.data(), in_z_.data(), window, to_lambda, to_z);
      for (Index j = 0; j < lambda_.cols(); ++j) {
        Lanes sums[3];
        if (delay.cols() == 0)
          gather(n, chi, j, sums);
        else
          gather_delayed(n, chi, j, delay, i, sums);
        finish(n, i, j, sums, window, to_lambda, to_z, g);
      }
    }
    move_traces(n, delay);
    spikes_.clear();
  }
  std::size_t bytes() const {
    const Index numbers = v_.size() + y_.size() + in_lambda_.size() + in_z_.size() + lambda_.size() +
                          z_.size() + psp_.size() + q_.size() + answer_.size();
    return sizeof(S) * static_cast<std::size_t>(numbers);
  }

  static void fields(auto& self, auto&& visit) {
    visit("v", self.v_);
    visit("y", self.y_);
    visit("lambda", self.lambda_);
    visit("z", self.z_);
    visit("psp", self.psp_);
    visit("q", self.q_);
    visit("late", self.late_);
    visit("spikes", self.spikes_);
  }

 private:
  struct OneSample {
    std::span<const std::int32_t> list;
    Index batch() const { return 1; }
    auto active(Index) const { return list; }
  };
  static void add(const S* columns, std::span<const std::int32_t> chosen, Lanes& sum) {
    sum.setZero();
    if (!chosen.empty()) detail::add_rows<Backward::packets>(columns, rows, chosen, S(1), sum.data());
  }
  void gather(Index n, const S* chi, Index j, Lanes* sums) const {
    const auto all = spikes_.columns_of(j);
    const auto first =
        std::lower_bound(all.begin(), all.end(), static_cast<std::int32_t>(n - backward_.edge()));
    const std::span<const std::int32_t> late(first, all.end());
    add(chi, all, sums[0]);
    add(in_lambda_.data(), late, sums[1]);
    add(in_z_.data(), late, sums[2]);
  }
  /// A spike reaches each synapse in a step of its own; some arrive in the next window.
  void gather_delayed(Index n, const S* chi, Index j, const auto& delay, Index i, Lanes* sums) const {
    for (int k = 0; k < 3; ++k) sums[k].setZero();
    const Index units = std::min(rows, lambda_.rows() - i), edge = n - backward_.edge();
    each_spike(j, [&](Index fired) {
      for (Index k = 0; k < units; ++k) {
        const Index t = fired + delay(i + k, j);
        if (t < 0 || t >= n) continue;
        sums[0][k] += chi[t * rows + k];
        if (t < edge) continue;
        sums[1][k] += in_lambda_(k, t);
        sums[2][k] += in_z_(k, t);
      }
    });
  }
  void finish(Index n, Index i, Index j, const Lanes* sums, const typename Backward::Ends& window,
              const typename Backward::Ends& to_lambda, const typename Backward::Ends& to_z, Matrix<S>& g) {
    const Index units = std::min(rows, lambda_.rows() - i);
    auto lambda = lambda_.col(j).segment(i, units).array();
    auto z = z_.col(j).segment(i, units).array();
    Lanes psp = Lanes::Zero(), q = Lanes::Zero(), old_lambda = psp, old_z = q;
    if (psp_.rows() == 1) {
      psp.setConstant(leak_ * psp_(0, j));
      q.setConstant(q_(0, j));
    } else {
      psp.head(units) = leak_ * psp_.col(j).segment(i, units).array();
      q.head(units) = q_.col(j).segment(i, units).array();
    }
    old_lambda.head(units) = lambda;
    old_z.head(units) = z;
    const Lanes sum =
        sums[0] + window.lambda * old_lambda + window.z * old_z + window.psp * psp + window.q * q;
    g.col(j).segment(i, units) = sum.head(units).matrix();
    Lanes next_lambda = sums[1], next_z = sums[2];
    if (n <= backward_.edge()) {  // what was there before reaches beyond the window
      next_lambda += backward_.end(0, n) * old_lambda + backward_.end(1, n) * old_z + to_lambda.psp * psp +
                     to_lambda.q * q;
      next_z += backward_.end(2, n) * old_lambda + backward_.end(3, n) * old_z + to_z.psp * psp + to_z.q * q;
    }
    lambda = next_lambda.head(units).unaryExpr([](S x) { return unless_vanishing(x); });
    z = next_z.head(units).unaryExpr([](S x) { return unless_vanishing(x); });
  }
  void each_spike(Index j, auto&& use) const {
    for (Index k = 0; k < late_.cols(); ++k)
      if (late_(j, k) != 0) use(-1 - k);
    for (const auto step : spikes_.columns_of(j)) use(Index(step));
  }
  /// psp and q from the window's start to its end.
  void move_traces(Index n, const auto& delay) {
    const S kept = std::pow(leak_, static_cast<S>(n));
    for (Index j = 0; j < psp_.cols(); ++j)
      for (Index i = 0; i < psp_.rows(); ++i) {
        const Index later = delay.cols() == 0 ? 0 : delay(i, j);
        S psp = kept * psp_(i, j) + answer_(0, n) * q_(i, j), q = answer_(1, n) * q_(i, j);
        each_spike(j, [&](Index fired) {
          const Index t = fired + later;
          if (t < 0 || t >= n) return;
          psp += answer_(0, n - t);
          q += answer_(1, n - t);
        });
        psp_(i, j) = unless_vanishing(psp);
        q_(i, j) = unless_vanishing(q);
      }
    for (Index k = late_.cols(); k-- > 0;)
      if (k < n)
        late_.col(k).setZero();
      else
        late_.col(k) = late_.col(k - n);
    for (Index t = std::max<Index>(0, n - late_.cols()); t < n; ++t)
      for (const auto source : spikes_.active(t)) late_(source, n - 1 - t) = 1;
  }

  Backward backward_;
  Index window_;
  S leak_ = 0;
  Matrix<S> v_, y_;             // rows × (blocks of rows · window)
  Matrix<S> in_lambda_, in_z_;  // rows × window
  Matrix<S> lambda_, z_;        // units × sources, before the window
  Matrix<S> psp_, q_;           // 1 or units × sources, before the window
  Matrix<S> answer_;            // psp, q × steps after a spike
  Matrix<std::uint8_t> late_;   // sources × longest delay: what spiked 1, 2, … steps before the window
  SpikeRecord spikes_;
};

}  // namespace neohebb
