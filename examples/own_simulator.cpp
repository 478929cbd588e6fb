// A balanced network of excitatory and inhibitory neurons, stepped by somebody else's simulator.
//
//     C dV/dt   = −g_L (V − E_L) + g_L Δ_T exp((V − V_T)/Δ_T) − w + I    adaptive exponential neuron
//     τ_w dw/dt = a (V − E_L) − w                                        [Brette & Gerstner 2005]
//     V > V_peak:  spike;  V ← V_r, held for τ_ref;  w ← w + b
//     I_i = Σ_j W_ij x_j + J y_i
//         x_j, y_i: decay with τ_syn, and rise by 1 when a spike arrives: from neuron j some time after it
//         was fired, or from outside (Poisson)
//     W_ij = J from an excitatory, −g J from an inhibitory neuron, on a tenth of the pairs    [Brunel 2000]
//
// Inhibition cancels the mean of what neurons send each other. What makes them fire are the fluctuations:
// at a few Hz, irregularly (intervals vary as in a Poisson process), and asynchronously.
#include <neohebb/core/random.hpp>
#include <neohebb/learning/constraint.hpp>
#include <neohebb/neuron/neuron.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/exponential.hpp>

#include "program.hpp"

namespace {

using namespace neohebb;
using S = float;

/// Neuron `neuron` fired in time step `step`.
struct Event {
  Index step;
  int neuron;
};

/// Somebody else's simulator: a clock, a delay line, a recorder. All it knows are lists of neuron numbers.
struct Simulator {
  std::vector<std::vector<int>> under_way;  // a ring with a place for each step of the delay
  std::vector<Event> recorded = {};         // (step, neuron)

  void run(Index steps, auto&& model) {
    for (Index t = 0; t < steps; ++t) {
      std::vector<int>& place = under_way[static_cast<std::size_t>(t) % under_way.size()];
      const std::span<const int> fired = model(t, place);
      for (const int neuron : fired) recorded.push_back({t, neuron});
      place.assign(fired.begin(), fired.end());
    }
  }
};

/// The user's neuron. It inherits nothing and is registered nowhere.
struct AdaptiveExponential {
  using Scalar = S;
  S dt = S(0.1);                // ms
  S capacitance = 200;          // C, pF
  S leak = 10;                  // g_L, nS: a membrane time constant of 20 ms
  S rest = -70;                 // E_L, mV
  S soft_threshold = -50;       // V_T, mV
  S slope = 2;                  // Δ_T, mV
  S peak = -40;                 // V_peak, mV
  S reset = -56;                // V_r, mV
  int refractory_steps = 20;    // τ_ref = 2 ms
  S adaptation_constant = 100;  // τ_w, ms
  S coupling = 1;               // a, nS
  Vector<S> increment;          // b, pA, one per neuron

  template <int N, int B> struct State {
    Matrix<S, N, B> potential, membrane, adaptation;  // V − V_peak before a reset, V after it, w
    Matrix<int, N, B> refractory;                     // steps that are left
    Spikes<S, N, B> spikes;
  };
  template <int N, int B> State<N, B> zero_state(Extent<N> size, Extent<B> batch) const {
    check_shape("AdaptiveExponential.increment", increment, Index(size), 1);
    State<N, B> s{zeros<S>(size, batch),
                  zeros<S>(size, batch),
                  zeros<S>(size, batch),
                  zeros<int>(size, batch),
                  {size, batch}};
    s.membrane.setConstant(rest);
    return s;
  }
  void step(auto& s, const auto& current) const {
    const auto v = s.membrane.array(), w = s.adaptation.array();
    const auto run_up = leak * slope * ((v - soft_threshold) / slope).exp();
    const auto next = v + dt / capacitance * (leak * (rest - v) + run_up - w + current.array());
    s.potential = (s.refractory.array() > 0).select(reset, next) - peak;
    s.spikes.assign(s.potential.array() > 0);
    const auto& fired = s.spikes.dense();
    s.adaptation.array() += dt / adaptation_constant * (coupling * (v - rest) - w);
    s.adaptation += increment.asDiagonal() * fired;
    s.membrane = (fired.array() > 0).select(reset, s.potential.array() + peak);
    s.refractory = (fired.array() > 0).select(refractory_steps, (s.refractory.array() - 1).max(0));
  }
};
static_assert(Neuron<AdaptiveExponential>);

// ---------------------------------------------------------------- connections, input, statistics

/// present(i, j) = 1 where j projects to i: a tenth of the excitatory neurons (the first ones) and a tenth of
/// the inhibitory ones, none to itself.
template <class S>
Matrix<S> random_connections(Index excitatory, Index inhibitory, const Generator& generator) {
  const Index n = excitatory + inhibitory;
  Matrix<S> present = Matrix<S>::Zero(n, n);
  for (Index i = 0; i < n; ++i) {
    RandomSequence numbers = generator.sequence(i);
    const auto choose = [&](Index first, Index among) {
      for (Index chosen = 0; chosen < among / 10;) {
        const Index j = first + numbers.below(static_cast<std::uint32_t>(among));
        if (j == i || present(i, j) != 0) continue;
        present(i, j) = 1;
        ++chosen;
      }
    };
    choose(0, excitatory);
    choose(excitatory, inhibitory);
  }
  return present;
}

/// counts(i, 0): numbers of events, Poisson distributed with the same mean. [Knuth]
void poisson(double mean, const Generator& generator, auto& counts) {
  RandomSequence numbers = generator.sequence();
  const double least = std::exp(-mean);
  for (Index i = 0; i < counts.rows(); ++i) {
    counts(i, 0) = 0;
    for (double left = 1 - numbers.uniform(); left > least; left *= 1 - numbers.uniform()) ++counts(i, 0);
  }
}

/// A population: neurons [first, first + size).
struct Group {
  std::string name;
  Index first, size;
};

/// Spikes of time steps [begin, end), of `dt` ms each.
struct Recording {
  const std::vector<Event>& events;
  Index begin, end;
  double dt;

  /// counts(i, k): spikes of neuron i of the group in the k-th stretch of `width` ms.
  Matrix<double> counts(const Group& group, double width) const {
    const Index per_bin = std::lround(width / dt), bins = (end - begin) / per_bin;
    Matrix<double> count = Matrix<double>::Zero(group.size, bins);
    for (const Event& e : events) {
      const Index i = e.neuron - group.first, k = (e.step - begin) / per_bin;
      if (i >= 0 && i < group.size && e.step >= begin && k < bins) ++count(i, k);
    }
    return count;
  }
  /// Mean over neurons with three intervals or more of: standard deviation / mean of their intervals. 1 for a
  /// Poisson process; too small where the recording holds few intervals of a neuron.
  double variation_of_intervals(const Group& group) const {
    std::vector<std::vector<double>> times(static_cast<std::size_t>(group.size));
    for (const Event& e : events)
      if (e.step >= begin && e.step < end && e.neuron >= group.first && e.neuron < group.first + group.size)
        times[static_cast<std::size_t>(e.neuron - group.first)].push_back(static_cast<double>(e.step));
    double sum = 0;
    int neurons = 0;
    for (const std::vector<double>& t : times) {
      if (t.size() < 4) continue;
      const auto n = static_cast<Index>(t.size()) - 1;
      const Eigen::Map<const Eigen::ArrayXd> all(t.data(), n + 1);
      const Eigen::ArrayXd intervals = all.tail(n) - all.head(n);
      const double mean = intervals.mean();
      sum += std::sqrt((intervals - mean).square().sum() / static_cast<double>(n - 1)) / mean;
      ++neurons;
    }
    return neurons > 0 ? sum / neurons : NAN;
  }
  /// Mean correlation of two neurons' spike counts in stretches of 10 ms: 0 asynchronous, 1 all as one.
  /// Counts scaled to variance 1 add up to a sum of variance n + n (n − 1) c.
  double correlation(const Group& group) const {
    const Matrix<double> count = counts(group, 10);
    Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(count.cols());
    double n = 0;
    for (Index i = 0; i < count.rows(); ++i) {
      const Eigen::RowVectorXd centred = count.row(i).array() - count.row(i).mean();
      const double variance = centred.squaredNorm() / static_cast<double>(count.cols());
      if (variance == 0) continue;
      sum += centred / std::sqrt(variance);
      ++n;
    }
    return n > 1 ? (sum.squaredNorm() / static_cast<double>(count.cols()) - n) / (n * (n - 1)) : NAN;
  }
};

/// Prints statistics of the groups; draws the last 500 ms as a raster, and the groups' rates.
void report(const Recording& all, const std::vector<Group>& groups, const Common& o) {
  for (const Group& g : groups) {
    const double seconds = static_cast<double>(all.end - all.begin) * all.dt / 1000;
    fmt::print("{:10}  {:5.1f} Hz, variation of intervals {:.2f}, correlation of counts {:.3f}\n", g.name,
               all.counts(g, all.dt).sum() / static_cast<double>(g.size) / seconds,
               all.variation_of_intervals(g), all.correlation(g));
  }
  const Index shown = std::min<Index>(all.end - all.begin, std::lround(500 / all.dt));
  const Recording last{all.events, all.end - shown, all.end, all.dt};
  const double width = 5;  // ms
  const pictures::Axis time = pictures::time_axis(shown, all.dt);
  pictures::Figure spikes{"Balanced network: spikes", time, {}},
      rates{"Balanced network: rates", time, {{.y = {"rate (Hz)"}}}};
  for (const Group& g : groups) {
    spikes.panels.push_back(pictures::raster(g.name, g.size));
    for (const Event& e : last.events)
      if (e.step >= last.begin && e.neuron >= g.first && e.neuron < g.first + g.size)
        spikes.panels.back().spike(static_cast<double>(e.step - last.begin) * all.dt, e.neuron - g.first);
    const Matrix<double> count = last.counts(g, width).colwise().mean();
    pictures::Series& rate = rates.panels[0].series.emplace_back(pictures::Series{.name = g.name});
    for (Index k = 0; k < count.size(); ++k) {
      rate.x.push_back((static_cast<double>(k) + 0.5) * width);
      rate.y.push_back(1000 * count(k) / width);
    }
  }
  o.check_writable();
  pictures::draw(o.picture("own_simulator"), {spikes});
  pictures::draw(o.picture("own_simulator_rates"), {rates});
}

struct Options : Common {
  double duration = 2000;       // ms, after 200 ms that are not looked at
  double g = 7;                 // an inhibitory spike weighs g times as much as an excitatory one
  double external_rate = 1000;  // Hz, for each neuron
};

void run(const Options& o) {
  check_range("--duration in ms", o.duration, 100.0, 1e5);
  check_range("--g", o.g, 0.0, 100.0);
  check_range("--external-rate in Hz", o.external_rate, 0.0, 1e5);
  const Index excitatory = 400, inhibitory = 100, n = excitatory + inhibitory;
  const S synaptic_constant = 5, delay = 1.5;  // ms
  const S strength = 45;                       // J, pA
  const Generator generator{.seed = o.seed};

  AdaptiveExponential neuron;
  neuron.increment = Vector<S>::Zero(n);
  neuron.increment.head(excitatory).setConstant(10);  // only excitatory neurons adapt

  Vector<S> sign = Vector<S>::Ones(n);
  sign.tail(inhibitory).setConstant(-1);
  const Exponential<S> current{.decay = decay_from_time_constant(synaptic_constant, neuron.dt),
                               .normalised = false};
  const Dense<Exponential<S>, AllToAll<>, Constraints<Mask<S>, Signs<S>>> synapses{
      .connectivity = {n, n},
      .trace = current,
      .constraint = {
          {Mask<S>{random_connections<S>(excitatory, inhibitory, generator.substream(0))}, Signs<S>{sign}}}};
  Matrix<S> everywhere = Matrix<S>::Constant(n, n, strength);
  everywhere.rightCols(inhibitory) *= S(-o.g);
  auto weights = synapses.weights(everywhere, Vector<S>::Zero(n));  // masked by the constraint

  auto synapse = synapses.zero_state(Extent{1});
  auto state = neuron.zero_state(Extent{n}, Extent{1});
  auto external = current.zero_state(Extent{n}, Extent{1});
  Spikes<S> arriving(n, 1);
  Matrix<S> drive(n, 1), from_outside(n, 1);
  Matrix<bool> arrives = Matrix<bool>::Zero(n, 1);

  const auto steps_of = [&](double ms) { return static_cast<Index>(std::lround(ms / double(neuron.dt))); };
  const Index settle = steps_of(200), steps = settle + steps_of(o.duration);
  Simulator simulator{std::vector<std::vector<int>>(static_cast<std::size_t>(steps_of(delay)))};
  simulator.run(steps, [&](Index t, const std::vector<int>& arrived) {
    for (const int j : arrived) arrives(j) = true;
    arriving.assign(arrives);
    for (const int j : arrived) arrives(j) = false;
    poisson(o.external_rate * double(neuron.dt) / 1000, generator.substream(1).at_step(t), from_outside);

    current.step(external, from_outside);              // y
    synapses.step(weights, synapse, arriving, drive);  // W x
    drive += strength * current.value(external);
    neuron.step(state, drive);  // V, w, spikes
    // Learning goes here: PairStdp's step(weights.weight, stdp, arriving, state.spikes) and then
    // synapses.constraint(weights.weight, 0); or, with a δ of your own, synapses.credit(weights, synapse, δ,
    // credit) and synapses.update(weights, synapse, credit, learner), which keeps the mask and Dale's law by
    // itself.
    return state.spikes.active(0);
  });
  report({simulator.recorded, settle, steps, double(neuron.dt)},
         {{"excitatory", 0, excitatory}, {"inhibitory", excitatory, inhibitory}}, o);
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  Program program("own_simulator", "A balanced network of neurons of one's own in a simulator of one's own",
                  "--g 4");
  program.option("--duration", o.duration, "ms that are looked at, after 200 ms that are not");
  program.option("--external-rate", o.external_rate, "spikes from outside to each neuron, Hz");
  program.seed(o.seed, "of connections and external spikes");
  program.group("Network");
  program.option("--g", o.g, "inhibition is so many times stronger than excitation");
  program.output(o, false);
  return program.run(argc, argv, [&] { run(o); });
}
