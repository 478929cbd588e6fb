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
#include <filesystem>
#include <neohebb/data/encoders.hpp>
#include <neohebb/neuron/lif.hpp>
#include <neohebb/neuron/srm.hpp>
#include <neohebb/plot/png.hpp>
#include <neohebb/plot/traces.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "program.hpp"

namespace {

using namespace neohebb;
using S = double;

struct Options {
  std::string out = "out";
  std::uint64_t seed = 1;
  double duration = 400;                                                           // ms
  double rate = 50;                                                                // Hz, of each input
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
  const PoissonEncoder poisson{.rate = o.rate, .dt = dt};
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

  std::vector<plot::EventRow> inputs{{"excitatory"}, {"excitatory"}, {"inhibitory"}};
  plot::TraceLine q{"Q of the first input"}, p{"P of the first input"}, u{"U"}, v{"v"};
  plot::EventRow srm_spikes{"spikes"}, lif_spikes{"spikes"};  // times in ms
  Spikes<S> in(3, 1);
  Matrix<S> drive(1, 1);
  for (Index t = 0; static_cast<S>(t) * dt < o.duration; ++t) {
    const double now = static_cast<double>(t) * dt;
    poisson(Matrix<S>::Ones(3, 1), t, Generator{.seed = o.seed}.at_step(t), in);

    synapses.step(weights, synapse, in, drive);  // W P − θ
    srm.step(neuron, drive);                     // U, S

    currents.step(current_weights, current, in, drive);  // (1−α) W Q
    lif.step(resetting, drive);                          // v, S

    for (const auto i : in.active(0)) inputs[static_cast<std::size_t>(i)].times.push_back(now);
    p.values.push_back(synapse.pre.stage(0)(0));
    q.values.push_back(synapse.pre.stage(1)(0));
    u.values.push_back(neuron.potential(0));
    v.values.push_back(resetting.membrane(0));
    if (neuron.spikes.count() > 0) srm_spikes.times.push_back(now);
    if (resetting.spikes.count() > 0) lif_spikes.times.push_back(now);
  }

  const auto panel = [](const char* label, const plot::TraceLine& line, const plot::EventRow& spikes,
                        S threshold) {
    return plot::TracePanel{.label = label,
                            .lines = {line},
                            .events = {spikes},
                            .threshold = threshold,
                            .threshold_name = "threshold"};
  };
  const plot::TracePlot figure{.title = "A current-based LIF neuron",
                               .step = dt,
                               .time = plot::Range{0, o.duration},
                               .time_label = "time (ms)",
                               .panels = {{.events = inputs},
                                          {.label = "traces", .lines = {q, p}},
                                          panel("SRM", u, srm_spikes, 0),
                                          panel("LIF, reset", v, lif_spikes, theta)}};
  std::filesystem::create_directories(o.out);
  const auto path = std::filesystem::path(o.out) / "lif_trace.png";
  plot::write_png(path, figure.draw());
  const double seconds = o.duration / 1000;
  fmt::print("output rate: {:.1f} Hz as a spike response model, {:.1f} Hz with reset to zero\n",
             static_cast<double>(srm_spikes.times.size()) / seconds,
             static_cast<double>(lif_spikes.times.size()) / seconds);
  fmt::print("picture: {}\n", path.string());
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  CLI::App app{"One LIF neuron driven by Poisson spikes: traces, potential and output spikes as a picture",
               "lif_trace"};
  app.option_defaults()->always_capture_default();
  app.add_option("--out", o.out, "folder for the picture");
  add_seed(app, o.seed, "of the input spikes");
  app.add_option("--duration", o.duration, "ms");
  app.add_option("--rate", o.rate, "of each input, Hz");
  app.add_option("--tau-mem", o.membrane_constant, "membrane time constant, ms");
  app.add_option("--tau-syn", o.synaptic_constant, "synaptic time constant, ms");
  app.add_option("--tau-ref", o.refractory_constant, "refractory time constant, ms");
  return run_program(app, argc, argv, [&] { run(o); });
}
