#pragma once
#include <neohebb/layer/superspike_layer.hpp>

namespace neohebb {

/// What a SuperSpikeLayer gathers in a window: the smoothed error of its neurons, and with it the gradient, in either
/// form (PerSynapse, Exchanged). Made by `superspike_credit`.
///
///     layer.step(w, state, in);
///     note(layer, w, state, e, credit);     // e: raw error of each neuron in this step
///     …
///     credit.gradient(layer, w)             // of the loss: −Σ_t (y_i λ_ij − r w_ij ν_i⁴)/steps; begins a new window
template <class S, class Form> class SuperSpikeCredit {
 public:
  using Gradient = typename Form::template Gradient<S>;

  /// window: steps until `gradient` is called, at most.
  template <int In, int Out>
  SuperSpikeCredit(const SuperSpikeLayer<S, In, Out>& layer, Index window)
      : smoothing_(layer.rule.template error<S>()),
        form_(layer.rule, Index(layer.out), layer.sources(), checked(layer, window), layer.longest_delay()),
        error_(smoothing_.zero_state(Extent<>{Index(layer.out)})),
        potentials_(
            Matrix<S>::Constant(Index(layer.out), delay_of(layer.rule) + 1, static_cast<S>(layer.rule.rest))),
        spikes_(layer.sources(), delay_of(layer.rule)),
        rate_(Vector<S>::Zero(layer.rule.rate_regularisation > 0 ? Index(layer.out) : 0)),
        rate_sum_(rate_),
        sum_(Matrix<S>::Zero(Index(layer.out), layer.sources())),
        rate_decay_(static_cast<S>(std::exp(-layer.rule.dt / layer.rule.tau_rate))),
        window_(window) {}

  /// e: units × 1. Throws std::invalid_argument after `window` steps without `gradient`.
  void note(const auto& layer, const auto& w, const auto& state, const auto& e) {
    NEOHEBB_REQUIRE(steps_ < window_, "SuperSpikeCredit: ", steps_,
                    " steps were noted and there is room for ", window_,
                    "; take the gradient at the end of each window");
    smoothing_.step(error_, e);
    if (rate_.size() > 0) {
      rate_ *= rate_decay_;
      for (const auto i : layer.spikes(state).active(0)) rate_[i] += 1;
      rate_sum_.array() += rate_.array().square().square();
    }
    if (potentials_.cols() == 1) {
      form_.note(layer.potential(state), layer.arriving(state), error_.y, w.delay);
    } else {
      potentials_.col(slot_) = layer.potential(state);
      slot_ = (slot_ + 1) % potentials_.cols();  // now the oldest
      spikes_.begin();
      spikes_.fire(layer.arriving(state), layer.sources());
      form_.note(potentials_.col(slot_), spikes_.arriving(), error_.y, w.delay);
    }
    ++steps_;
  }
  /// Mean over the window's steps; W must be what it was throughout.
  const Matrix<S>& gradient(const auto& layer, const auto& w) {
    form_.gradient(sum_, w.delay);
    if (rate_.size() > 0) {
      const S r = static_cast<S>(layer.rule.rate_regularisation);
      sum_.array() -= r * (w.weight.array().colwise() * rate_sum_.array());
      rate_sum_.setZero();
    }
    if (steps_ > 0) sum_ *= -1 / static_cast<S>(steps_);
    steps_ = 0;
    return sum_;
  }
  /// What `gradient` returned last.
  const Matrix<S>& last_gradient() const { return sum_; }
  Index steps() const { return steps_; }
  /// y of the last step.
  const auto& error() const { return error_.y; }
  /// Bytes of what grows with synapses or with steps.
  std::size_t bytes() const { return form_.bytes() + sizeof(S) * static_cast<std::size_t>(sum_.size()); }

  static void fields(auto& self, auto&& visit) {
    visit("form", self.form_);
    visit("error", self.error_);
    visit("potentials", self.potentials_);
    visit("spikes", self.spikes_);
    visit("rate", self.rate_);
    visit("rate_sum", self.rate_sum_);
    visit("slot", self.slot_);
    visit("steps", self.steps_);
  }

 private:
  static Index delay_of(const SuperSpikeRule& rule) {
    return rule.steps("SuperSpikeRule.eligibility_delay", rule.eligibility_delay);
  }
  static Index checked(const auto& layer, Index window) {
    layer.validate();
    NEOHEBB_REQUIRE(window >= 1, "a window of ", window, " steps; it must be at least one");
    return window;
  }
  VanRossumError<S> smoothing_;
  Gradient form_;
  typename VanRossumError<S>::template State<Dynamic> error_;
  Matrix<S> potentials_;       // v of the last steps, a ring
  SpikeDelay spikes_;          // likewise what arrived
  Vector<S> rate_, rate_sum_;  // ν, Σ_t ν⁴; empty where nothing is regularised
  Matrix<S> sum_;
  S rate_decay_;
  Index slot_ = 0, steps_ = 0, window_;
};

}  // namespace neohebb
