// Runs that are saved and go on elsewhere, and must not notice.
#pragma once
#include <neohebb/io/checkpoint.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/network.hpp>

#include "support/layers.hpp"
#include "support/temporary_file.hpp"

namespace support {

/// Whether two objects would be saved as the same bits.
template <class T> bool same_bits(const T& a, const T& b) {
  neohebb::Checkpoint one, two;
  one.put("it", a);
  two.put("it", b);
  const auto &x = one.arrays().arrays(), &y = two.arrays().arrays();
  return std::equal(x.begin(), x.end(), y.begin(), y.end(), [](const auto& p, const auto& q) {
    return p.first == q.first && p.second.shape == q.second.shape && p.second.data == q.second.data;
  });
}

/// The target of every step.
struct Classes {
  Index classes;
  template <class S> Matrix<S> target(Index, Index batch) const { return labels<S>(classes, batch); }
};
struct Curves {
  Index outputs;
  template <class S> Matrix<S> target(Index t, Index batch) const {
    return random_matrix<S>(outputs, batch, static_cast<std::uint64_t>(700 + t), S(0.5));
  }
};
struct Trains {
  Index units;
  double rate = 0.1;
  template <class S> neohebb::Spikes<S> target(Index t, Index batch) const {
    neohebb::Spikes<S> wanted(units, batch);
    NoisyInput{.seed = 5, .rate = rate}(t, 0, wanted);
    return wanted;
  }
};

struct Plan {
  Index inputs, batch = 1, window = 1;
  double rate = 0.2;              // of the input
  Index before = 13, after = 20;  // steps
  double scale = 4;               // of the weights
};

template <class Net, class O, class Targets> struct LongRun {
  using S = typename Net::Scalar;
  const Net& net;
  Plan plan;
  Targets targets;
  decltype(std::declval<const Net&>().initial_weights(neohebb::ScaledNormal<S>{},
                                                      neohebb::Generator{})) weights;
  decltype(std::declval<const Net&>().zero_state(neohebb::Extent<>{})) state;
  decltype(std::declval<const Net&>().learner(std::declval<const O&>(), neohebb::Extent<>{},
                                              Index{})) learner;
  Index t = 0, spikes = 0;

  LongRun(const Net& network, const Plan& p, const O& optimizer, const Targets& a, std::uint64_t seed)
      : net(network),
        plan(p),
        targets(a),
        weights(net.initial_weights(neohebb::ScaledNormal<S>{S(p.scale)}, neohebb::Generator{.seed = seed})),
        state(net.zero_state(neohebb::Extent{p.batch}, neohebb::Generator{.seed = seed})),
        learner(net.learner(optimizer, neohebb::Extent{p.batch}, p.window)) {}
  void step() {
    neohebb::Spikes<S> in(plan.inputs, plan.batch);
    NoisyInput{.rate = plan.rate}(t, 0, in);
    net.step(weights, state, in);
    neohebb::for_each_layer(net.layers, [&](auto i) { spikes += net.spikes(state, i).count(); });
  }
  void credit() { net.credit(weights, state, targets.template target<S>(t, plan.batch), learner); }
  void end_step() {
    if (++t % plan.window == 0) net.update(weights, state, learner);
  }
};

/// Where within a step a run is saved.
enum class Saved { between_steps, before_credit, before_update };

/// Whether a run goes on with the same bits in a network made afresh, from its weights, state and learner. other: the same
/// optimizer with another rate, since that is saved, too.
template <class Net, class O, class Targets>
bool resumes(const Net& net, const Plan& plan, const O& optimizer, const O& other, const Targets& targets,
             Saved when = Saved::between_steps) {
  using namespace neohebb;
  LongRun whole(net, plan, optimizer, targets, 1);
  const auto run = [](auto& of) { of.step(), of.credit(), of.end_step(); };
  while (whole.t < plan.before) run(whole);
  if (when != Saved::between_steps) whole.step();
  if (when == Saved::before_update) whole.credit();

  const TemporaryFolder folder;
  settle(whole.weights);
  Checkpoint file;
  file.put("weights", whole.weights);
  file.put("state", whole.state);
  file.put("learner", whole.learner);
  file.save(folder / "run.npz");

  const Net fresh = net;
  LongRun resumed(fresh, plan, other, targets, 2);
  while (resumed.t < 2) run(resumed);  // has a past of its own, which must not matter
  const Checkpoint saved = Checkpoint::load(folder / "run.npz");
  saved.get("state", resumed.state);
  saved.get("learner", resumed.learner);
  saved.get("weights", resumed.weights);
  resumed.t = whole.t;
  const auto then = whole.weights;
  bool same = same_bits(whole.state, resumed.state) && same_bits(whole.learner, resumed.learner) &&
              same_bits(whole.weights, resumed.weights);
  const Index spikes = whole.spikes;
  for (Index k = 0; k < plan.after && same; ++k) {
    for (auto* of : {&whole, &resumed}) {
      if (k > 0 || when == Saved::between_steps) of->step();
      if (k > 0 || when != Saved::before_update) of->credit();
      of->end_step();
    }
    same = same_bits(whole.state, resumed.state);
  }
  const bool lively = whole.spikes > spikes && !same_bits(whole.weights, then);
  return lively && same && same_bits(whole.learner, resumed.learner) &&
         same_bits(whole.weights, resumed.weights);
}

/// The same wherever within a step it is saved.
bool resumes_anywhere(const auto& net, const Plan& plan, const auto& optimizer, const auto& other,
                      const auto& targets) {
  bool all = true;
  for (const Saved when : {Saved::between_steps, Saved::before_credit, Saved::before_update})
    all = all && resumes(net, plan, optimizer, other, targets, when);
  return all;
}

}  // namespace support
