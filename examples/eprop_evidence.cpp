// A spiking network has seen cues left and right, and a second later it is asked where there were more.
// [Bellec and others 2020, doi 10.1038/s41467-020-17236-y, figure 4]
//
//     v[t] = α v[t−1] + W_in x[t] + W_rec z[t−1] − θ z[t−1]   leaky neurons, some of which adapt:
//     a[t] = ρ a[t−1] + z[t−1],  z = Θ(v − θ − β a)           a threshold that spikes raise falls in seconds
//     y[t] = κ y[t−1] + (1 − κ) W_out z[t],  π = softmax(y)   how likely either side is
//     E = −Σ_t log π_side[t]                                  t: while the network is asked
//     L_j = Σ_k B_jk (π_k − [k = side])                       what neuron j hears of the error, at that time
//     ΔW_ji = −rate · Σ_t L_j[t] ē_ji[t]                      ē: what the synapse remembers, as long as the
//                                                             threshold does
//
//     eprop_evidence                                          40 000 trials of 2.25 s
//     eprop_evidence --compare                                beside the same network without adaptation
//     eprop_evidence --delay 500,1500 --feedback random
#include "eprop_evidence.hpp"

namespace {

/// Replace this function to learn other neurons, or by another rule: see own_rule.cpp.
auto make_network(const Options& o) {
  const auto decay = [](double tau) { return decay_from_time_constant(S(tau), S(1)); };  // steps of 1 ms
  const Pulses<S> membrane{.decay = decay(o.tau_mem)};
  Vector<S> strength = Vector<S>::Zero(o.units);
  strength.tail(o.adaptive).setConstant(S(o.adaptation));
  return Network{
      EpropLayer<S, Exchanged, NoSelf>{
          .projection = {.forward = {.connectivity = {o.inputs, o.units}, .trace = membrane, .bias = false},
                         .lateral = {.connectivity = {o.units, o.units}, .trace = membrane, .bias = false}},
          .neuron = {.decay = membrane.decay,
                     .threshold = S(o.threshold),
                     .reset = Reset::by_threshold_later,
                     .refractory_steps = o.refractory - 1,
                     .integrates_while_refractory = true,
                     .adaptation_decay = decay(o.tau_adaptation),
                     .adaptation_strength = strength},
          .surrogate = {.height = S(0.3 / o.threshold), .width = S(o.threshold)},
          .eligibility = {.adaptation_decay = decay(o.tau_adaptation),
                          .readout_decay = decay(o.tau_out),
                          .normalised = true},
          .signal = {.outputs = 2, .feedback = feedbacks.at(o.feedback), .scale = S(o.feedback_scale)},
          .rate = {.strength = S(o.rate_strength), .target = S(o.target_rate / 1000)},
          .carries = false},  // every window is a whole trial
      EpropReadout<S, CrossEntropy<S>>{
          .projection = {.connectivity = {o.units, 2}, .trace = {decay(o.tau_out), true}, .bias = false},
          .error_scale = 1 / S(o.recall)}};
}

/// What a batch shows while it is learned from: read of its chunks' states, step by step.
struct Seen {
  Matrix<S> output;           // summed over the time of recall, sides × trials
  std::vector<Index> spikes;  // of each chunk
  Seen(const Options& o, std::size_t chunks) : output(Matrix<S>::Zero(2, o.batch)), spikes(chunks) {}
  void look(const auto& chunk, std::size_t number, bool recall) {
    const auto& [hidden, readout] = chunk.state;
    for (Index b = 0; b < chunk.size(); ++b)
      spikes[number] += static_cast<Index>(hidden.neuron.spikes.active(b).size());
    if (recall) output.middleCols(chunk.first, chunk.size()) += readout.output;
  }
};

/// Decisions on fresh trials, per cent right.
double test(const Options& o, const auto& parallel, const auto& weights) {
  const Presentation shown{.steps = o.steps(), .burn_in = o.steps() - o.recall, .window = o.recall};
  const Generator random = stream(o, Draws::test);
  Index right = 0;
  for (Index first = 0; first < o.test; first += o.batch) {
    const Index n = std::min(o.batch, o.test - first);
    const Trials trials(o, random, first, n);
    auto state = parallel.zero_state(n);
    parallel.predict(weights, state, shown, random, trials);
    for (Index b = 0; b < n; ++b) right += state.summed(1, b) == trials[b].side;  // layer 1: the readout
  }
  return 100 * double(right) / double(o.test);
}

struct Outcome {
  History history;
  double right;  // per cent of the test
};

/// Trains a network, and tests it once. later: iterations of another network that will follow.
Outcome run(const Options& o, Index later, bool draws) {
  const auto net = make_network(o);
  ThreadTeam team(o.threads);
  const Parallel parallel(net, team, o.chunk);
  const Presentation shown{.steps = o.steps(), .burn_in = 0, .window = o.steps()};
  auto weights = net.initial_weights(ScaledNormal<S>{S(o.gain)}, stream(o, Draws::weights));
  auto state = parallel.zero_state(o.batch);
  auto learner = parallel.learner(Adam<S>{.rate = S(o.rate)}, o.batch, shown.window);
  const LinearDecay<S> schedule{.initial = S(o.rate), .length = double(o.iterations)};
  const Generator random = stream(o, Draws::trials);
  const Index asked = o.steps() - o.recall;
  const Matrix<S> nothing = Matrix<S>::Zero(2, o.batch);  // a target without error: the network is not asked

  Index iteration = 0;
  History history;
  if (o.resume) resume(o, iteration, weights, learner, history);
  fmt::print("{} neurons, {} adaptive: {} iterations of {} trials of {} ms\n", o.units, o.adaptive,
             o.iterations, o.batch, o.steps());
  const auto start = std::chrono::steady_clock::now();
  double loss = 0;
  Index right = 0, spikes = 0, trials_seen = 0;
  for (const Index begun = iteration; iteration < o.iterations;) {
    const Trials trials(o, random, iteration * o.batch, o.batch);  // none is seen twice
    const std::vector<int> sides = trials.sides();
    const Matrix<S> side = one_hot<S>(sides, 2);
    Seen seen(o, state.chunks.size());
    const auto look = [&](Index first, Index t) {  // at what step t − 1 has left
      const auto number = static_cast<std::size_t>(first / o.chunk);
      if (t > 0) seen.look(state.chunks[number], number, t > asked);
    };
    const auto input = [&](Index t, Index first, Spikes<S>& in) {
      look(first, t);
      trials(t, first, in);
    };
    const auto target = [&](Index t) -> const Matrix<S>& { return t < asked ? nothing : side; };
    parallel.set_rate(learner, schedule(double(iteration)));
    const auto& losses = parallel.learn(weights, state, learner, shown, random, input, target);
    for (const auto& chunk : state.chunks) look(chunk.first, o.steps());

    loss +=
        double(losses[1]) * double(o.steps());  // a mean over all steps, where only those of recall have any
    for (Index b = 0; b < o.batch; ++b) right += winner(seen.output.col(b)) == trials[b].side;
    spikes = std::accumulate(seen.spikes.begin(), seen.spikes.end(), spikes);
    trials_seen += o.batch;
    ++iteration;
    if (iteration % o.every != 0 && iteration != o.iterations) continue;
    const double n = double(trials_seen), percent = 100 * double(right) / n;
    const double mean_loss = loss * double(o.batch) / n;
    const double hertz = 1000 * double(spikes) / (n * double(o.steps() * o.units));
    history.values.insert(history.values.end(), {double(iteration), mean_loss, percent, hertz});
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    fmt::print(
        "iteration {:6}: loss {:.4f}, {:5.1f} % of {} trials right, neurons {:4.1f} Hz, {:.1f} s left\n",
        iteration, mean_loss, percent, trials_seen, hertz,
        took / double(iteration - begun) * double(o.iterations - iteration + later));
    std::fflush(stdout);
    loss = 0;
    right = spikes = trials_seen = 0;
    if (!o.checkpoint.empty()) save(o, iteration, weights, learner, history);
  }
  if (draws) draw_trial(o, net, weights);
  return {history, o.test > 0 ? test(o, parallel, weights) : 0};
}

/// The same without adaptation, and with a checkpoint of its own.
Options without_adaptation(Options o) {
  o.adaptive = 0;
  if (!o.checkpoint.empty()) {
    std::filesystem::path file(o.checkpoint);
    file.replace_filename(file.stem().string() + "_without" + file.extension().string());
    o.checkpoint = file.string();
    o.resume = o.resume && std::filesystem::exists(file);
  }
  return o;
}

void run(const Options& o) {
  check(o);
  const Outcome outcome = run(o, o.compare ? o.iterations : 0, true);
  std::vector<History> histories{outcome.history};
  double without = 0;
  if (o.compare) {
    const Outcome other = run(without_adaptation(o), 0, false);
    histories.push_back(other.history);
    without = other.right;
  }
  draw_curves(o, histories);
  if (o.test == 0) return;
  fmt::print("right decisions: {:.1f} % of {} trials\n", outcome.right, o.test);
  if (o.compare) fmt::print("without adaptation: {:.1f} % of the same trials\n", without);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"e-prop: a recurrent spiking network accumulates evidence", "eprop_evidence"};
  add_options(app, options);
  return run_program(app, argc, argv, [&] { run(options); });
}
