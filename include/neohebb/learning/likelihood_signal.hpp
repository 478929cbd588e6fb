// The learning signal of neurons that are to make given spikes likely.
#pragma once
#include <neohebb/learning/target_spikes.hpp>
#include <neohebb/neuron/spike_likelihood.hpp>

namespace neohebb {

/// Minus the score of target spikes S* under a neuron's escape noise: L = −d log P(S* | U)/dU / samples, and
/// the neurons' past becomes the target's (teacher forcing), so that the likelihood of a window is exact. For
/// neurons whose potential is their drive plus what their own spikes left (LikelihoodNeuron). [Pfister,
/// Toyoizumi, Barber, Gerstner 2006, doi 10.1162/neco.2006.18.6.1318; Brea, Senn, Pfister 2013, doi
/// 10.1523/JNEUROSCI.4098-12.2013; Gardner & Grüning 2016, doi 10.1371/journal.pone.0161335]
template <class S> struct SpikeLogLikelihood {
  using Scalar = S;
  struct Weights {
    friend bool operator==(const Weights&, const Weights&) = default;
    static void fields(auto&, auto&&) {}
  };
  Weights initial_weights(const auto&, const Generator&) const { return {}; }
  template <int B> struct State {
    Vector<S, B> log_likelihood;  // of each sample, sum over neurons, last step
    static void fields(auto& self, auto&& visit) { visit("log_likelihood", self.log_likelihood); }
  };
  template <int B> State<B> zero_state(const auto& /*units*/, Extent<B> batch) const {
    return {zeros<S>(batch, Extent<1>{})};
  }
  /// target: Spikes, or a matrix of 0 and 1, units × batch. Returns minus the log-likelihood, mean over
  /// samples. Throws std::invalid_argument for another shape and for entries that are neither 0 nor 1.
  S operator()(const Weights&, auto& state, const auto& target, const auto& population, auto& signal) const {
    static_assert(LikelihoodNeuron<std::decay_t<decltype(population.neuron)>>,
                  "neohebb: the likelihood of spikes needs a LikelihoodNeuron");
    if constexpr (is_no_target<decltype(target)>) {
      signal.setZero();
      return 0;
    } else {
      detail::check_target_spikes<S>(target, signal.rows(), signal.cols());
      if constexpr (requires { target.dense(); })
        judge(state, target.dense(), population, signal);
      else
        judge(state, target, population, signal);
      return -population.share * state.log_likelihood.mean();
    }
  }

 private:
  static void judge(auto& state, const auto& target, const auto& population, auto& signal) {
    const auto& u = population.state.potential;
    const S samples = static_cast<S>(u.cols()) / population.share;
    for (Index b = 0; b < u.cols(); ++b) {
      S sum = 0;
      for (Index i = 0; i < u.rows(); ++i) {
        const bool spikes = target.coeff(i, b) != 0;
        sum += static_cast<S>(log_likelihood(population.neuron.spike, u(i, b), spikes));
        signal(i, b) = -static_cast<S>(score(population.neuron.spike, u(i, b), spikes)) / samples;
      }
      state.log_likelihood(b) = sum;
    }
    population.state.spikes.assign(target);
  }
};

}  // namespace neohebb
