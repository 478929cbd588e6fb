// One neuron, from Poisson spikes to its own: the current-based LIF in both of its forms, as a picture.
//
//     Q[t] = β Q[t−1] + (1−β) S_in[t]        synaptic trace, one per input         β = exp(−Δt/τ_syn)
//     P[t] = α P[t−1] + (1−α) Q[t−1]         membrane trace, one per input         α = exp(−Δt/τ_mem)
//
//   as a spike response model: traces belong to the inputs, and the reset is a kernel
//     R[t] = γ R[t−1] − θ S[t−1]             refractory trace                      γ = exp(−Δt/τ_ref)
//     U[t] = W P[t] − θ + R[t]               potential, 0 = threshold; S = Θ(U)
//   with an explicit reset: the current W Q charges one membrane
//     v[t] = α v[t−1] + (1−α) W Q[t]         spike where v > θ, then v ← 0, held for 3 ms
//
// With τ_ref = τ_mem, R is what subtracting θ from the membrane at each spike leaves of it: a reset by
// subtraction. The explicit one, to zero, forgets by how much v was above θ.
#include <neohebb/data/encoders.hpp>
#include <neohebb/neuron/lif.hpp>
#include <neohebb/neuron/srm.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "program.hpp"

namespace {

using namespace neohebb;
using S = double;

struct Options : Common {
  double duration = 400;                                                           // ms
  double input_rate = 50;                                                          // Hz, of each input
  double membrane_constant = 20, synaptic_constant = 5, refractory_constant = 20;  // ms
};

void run(const Options& o) {
  const S dt = 1;                                           // ms
  const Matrix<S> weight = Eigen::RowVector3d(14, 10, -8);  // in units of θ: two excite, one inhibits
  const S theta = 1;
  check_range("--duration in ms", o.duration, 10.0, 1e5);
  const S alpha = decay_from_time_constant(o.membrane_constant, dt);
  const S beta = decay_from_time_constant(o.synaptic_constant, dt);
  const S gamma = decay_from_time_constant(o.refractory_constant, dt);
  const PoissonEncoder poisson{.rate = o.input_rate, .dt = dt};
  poisson.validate();

  const Dense<DoubleExponential<S>> synapses{.connectivity = {3, 1},
                                             .trace = {.membrane_decay = alpha, .synaptic_decay = beta}};
  const Srm<S> srm{.refractory = {.decay = gamma, .normalised = false}, .refractory_weight = theta};
  const auto weights = synapses.weights(weight, Vector<S>::Constant(1, -theta));
  auto synapse = synapses.zero_state(Extent{1});
  auto neuron = srm.zero_state(Extent{1}, Extent{1});

  const Dense<Exponential<S>> currents{.connectivity = {3, 1}, .trace = {.decay = beta}};
  const Lif<S> lif{.decay = alpha, .threshold = theta, .reset = Reset::to_zero, .refractory_steps = 3};
  const auto current_weights = currents.weights((1 - alpha) * weight, Vector<S>::Zero(1));
  auto current = currents.zero_state(Extent{1});
  auto resetting = lif.zero_state(Extent{1}, Extent{1});

  using pictures::Mark, pictures::Panel, pictures::Series;
  const auto panel = [&](const char* label, const char* line, S threshold) {
    return Panel{.y = {label},
                 .series = {{.name = line},
                            {.name = "spikes", .mark = Mark::points},
                            {"threshold", {0, o.duration}, {threshold, threshold}, Mark::dashes}}};
  };
  Panel inputs{.y = {"input", false, {-0.6, 2.6}},
               .series = {{.mark = Mark::ticks}},
               .rows = {"excitatory", "excitatory", "inhibitory"}},
      traces{.y = {"trace (spikes)"},
             .series = {{.name = "Q of the first input"}, {.name = "P of the first input"}}},
      as_srm = panel("SRM (thresholds)", "U", 0), with_reset = panel("LIF, reset (thresholds)", "v", theta);
  Spikes<S> in(3, 1);
  Matrix<S> drive(1, 1);
  for (Index t = 0; static_cast<S>(t) * dt < o.duration; ++t) {
    const double now = static_cast<double>(t) * dt;
    poisson(Matrix<S>::Ones(3, 1), t, Generator{.seed = o.seed}.at_step(t), in);

    synapses.step(weights, synapse, in, drive);  // W P − θ
    srm.step(neuron, drive);                     // U, S

    currents.step(current_weights, current, in, drive);  // (1−α) W Q
    lif.step(resetting, drive);                          // v, S

    const auto mark = [now](Series& line, S value) {
      line.x.push_back(now);
      line.y.push_back(value);
    };
    for (const auto i : in.active(0)) inputs.spike(now, i);
    mark(traces.series[0], synapse.pre.stage(1)(0));
    mark(traces.series[1], synapse.pre.stage(0)(0));
    mark(as_srm.series[0], neuron.potential(0));
    mark(with_reset.series[0], resetting.membrane(0));
    if (neuron.spikes.count() > 0) mark(as_srm.series[1], 0);
    if (resetting.spikes.count() > 0) mark(with_reset.series[1], theta);
  }

  o.check_writable();
  pictures::draw(o.picture("lif_trace"), {{"A current-based LIF neuron",
                                           {"time (ms)", false, {-dt / 2, o.duration}},
                                           {inputs, traces, as_srm, with_reset}}});
  const double seconds = o.duration / 1000;
  fmt::print("output rate: {:.1f} Hz as a spike response model, {:.1f} Hz with reset to zero\n",
             static_cast<double>(as_srm.series[1].x.size()) / seconds,
             static_cast<double>(with_reset.series[1].x.size()) / seconds);
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  Program program("lif_trace",
                  "One LIF neuron driven by Poisson spikes: traces, potential and output spikes as a picture",
                  "--tau-mem 10 --pictures svg");
  program.option("--duration", o.duration, "ms");
  program.option("--input-rate", o.input_rate, "of each input, Hz");
  program.seed(o.seed, "of the input spikes");
  program.group("Network");
  program.option("--tau-mem", o.membrane_constant, "membrane time constant, ms");
  program.option("--tau-syn", o.synaptic_constant, "synaptic time constant, ms");
  program.option("--tau-ref", o.refractory_constant, "refractory time constant, ms");
  program.output(o, false);
  return program.run(argc, argv, [&] { run(o); });
}
