// From a NIR node's parameters, and the shape that reaches it, to a node that runs.
#pragma once
#include <neohebb/network/imported/build_synapses.hpp>

namespace neohebb::nir::detail {

/// Neurons, beside the nodes of SynapseBuilder.
template <class S> class Builder : public SynapseBuilder<S> {
  using Base = SynapseBuilder<S>;
  using Base::how_, Base::numbers, Base::take, Base::where_;

 public:
  using Base::Base, Base::operator();

  RunningMap<S> operator()(const Integrator& n) {
    take(n.r, "r");
    return integrator(n.r);
  }
  RunningMap<S> operator()(const IF& n) {
    take(n.r, "r");
    auto map = integrator(n.r);
    return threshold(map, n);
  }
  RunningMap<S> operator()(const LI& n) {
    take(n.tau, "tau");
    return leaky(n.tau, "tau", n.r, n.v_leak);
  }
  RunningMap<S> operator()(const LIF& n) {
    take(n.tau, "tau");
    auto map = leaky(n.tau, "tau", n.r, n.v_leak);
    return threshold(map, n);
  }
  RunningMap<S> operator()(const CubaLI& n) { return cuba(n); }
  RunningMap<S> operator()(const CubaLIF& n) {
    auto map = cuba(n);
    return threshold(map, n);
  }

 private:
  Vector<double> resistance(const NpyArray& r) const {
    Vector<double> all = numbers(r, "r");
    if (how_.ignores_resistance) all.setOnes();
    return all;
  }
  NeuronMap<S> neurons(const Vector<double>& decay, const Vector<double>& gain,
                       const Vector<double>& constant, const Vector<double>& start) const {
    NeuronMap<S> map;
    map.semantics = how_;
    map.decay = decay.template cast<S>(), map.gain = gain.template cast<S>();
    map.constant = constant.template cast<S>(), map.start = start.template cast<S>();
    return map;
  }
  NeuronMap<S> integrator(const NpyArray& r) const {
    const Vector<double> gain = resistance(r) * (how_.integrates_rates ? how_.dt : 1.0);
    const Vector<double> none = Vector<double>::Zero(gain.size());
    return neurons(Vector<double>::Ones(gain.size()), gain, none, none);
  }
  /// What is left of a quantity with time constant τ after a step.
  Vector<double> decay_of(const NpyArray& tau, const char* member) const {
    Vector<double> all = numbers(tau, member);
    for (double& t : all) {
      const double share = how_.dt / t;
      NEOHEBB_REQUIRE(how_.discretisation == Discretisation::exact || share < 1.001, where_, ": ", member,
                      " is ", t, ", shorter than a step of ", how_.dt,
                      ": Euler's scheme would swing; give a smaller dt (Norse writes time constants 1000 "
                      "times too small) or "
                      "Discretisation::exact");
      t = how_.discretisation == Discretisation::exact ? std::exp(-share) : 1 - share;
    }
    return all;
  }
  NeuronMap<S> leaky(const NpyArray& tau, const char* member, const NpyArray& r,
                     const NpyArray& v_leak) const {
    const Vector<double> decay = decay_of(tau, member), leak = numbers(v_leak, "v_leak");
    const Vector<double> share = (1 - decay.array()).matrix();
    const Vector<double> gain = how_.whole_input ? resistance(r) : share.cwiseProduct(resistance(r)).eval();
    return neurons(decay, gain, share.cwiseProduct(leak), leak);
  }
  NeuronMap<S> cuba(const auto& n) {
    take(n.tau_mem, "tau_mem");
    auto map = leaky(n.tau_mem, "tau_mem", n.r, n.v_leak);
    const Vector<double> decay = decay_of(n.tau_syn, "tau_syn");
    map.has_current = true;
    map.synaptic_decay = decay.template cast<S>();
    Vector<double> gain = numbers(n.w_in, "w_in");
    if (!how_.whole_current) gain.array() *= 1 - decay.array();
    map.synaptic_gain = gain.template cast<S>();
    return map;
  }
  RunningMap<S> threshold(NeuronMap<S>& map, const auto& n) const {
    map.spikes = true;
    map.threshold = numbers(n.v_threshold, "v_threshold").template cast<S>();
    map.reset = numbers(n.v_reset, "v_reset").template cast<S>();
    constexpr bool floored = requires { n.r; }
    &&!requires { n.v_leak; };
    if (floored && how_.floor > 0)
      map.lowest = -static_cast<S>(how_.floor) * map.threshold;
    else
      map.lowest = Vector<S>::Constant(map.threshold.size(), std::numeric_limits<S>::lowest());
    if (how_.several_spikes)
      NEOHEBB_REQUIRE((map.threshold.array() > 0).all(), where_, ": v_threshold is ",
                      map.threshold.minCoeff(), ", must be above 0 where a step has several spikes");
    return map;
  }
};

}  // namespace neohebb::nir::detail
