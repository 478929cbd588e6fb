// Options that programs with e-prop share: of a recurrent network, some of whose neurons adapt, and of its errors.
#pragma once
#include <array>
#include <neohebb/learning/broadcast.hpp>

#include "program.hpp"

/// otherwise: behind the descriptions of --tau-mem, --tau-out and --tau-adaptation.
void add_neurons(Program& program, auto& o, const std::array<std::string, 3>& otherwise = {}) {
  program.option("--units", o.units, "recurrent neurons");
  program.option("--adaptive", o.adaptive, "of them that adapt, the last ones");
  program.option("--tau-mem", o.tau_mem, "membrane time constant, ms" + otherwise[0]);
  program.option("--tau-out", o.tau_out, "the readout's, ms" + otherwise[1]);
  program.option("--tau-adaptation", o.tau_adaptation, "of adaptive neurons, ms" + otherwise[2]);
  program.option("--adaptation", o.adaptation, "how far a spike raises their threshold");
  program.option("--gain", o.gain, "weights ~ Normal(0, gain^2/inputs)");
}
/// Of the last o.adaptive neurons; others do not adapt.
template <class S> neohebb::Vector<S> adaptation_strengths(const auto& o) {
  neohebb::Vector<S> all = neohebb::Vector<S>::Zero(o.units);
  all.tail(o.adaptive).setConstant(S(o.adaptation));
  return all;
}
void add_errors(Program& program, auto& o) {
  using neohebb::Feedback;
  program.choice(
      "--feedback", o.feedback,
      {{"symmetric", Feedback::symmetric}, {"random", Feedback::random}, {"adaptive", Feedback::adaptive}},
      "how the readout's error reaches neurons");
  program.option("--rate-regularisation", o.rate_regularisation, "strength of the firing-rate term, 0: none");
  program.option("--target-rate", o.target_rate, "Hz, to which that pulls neurons");
}
