#pragma once
#include <neohebb/layer/layer.hpp>
#include <neohebb/layer/superspike_credit.hpp>
#include <neohebb/layer/superspike_exchanged.hpp>
#include <neohebb/layer/superspike_per_synapse.hpp>
#include <neohebb/learning/broadcast.hpp>
#include <neohebb/learning/constraint.hpp>
#include <neohebb/learning/rmax_prop.hpp>
#include <vector>

namespace neohebb {

/// SuperSpike: layers of spiking neurons that learn to answer spikes with given spikes, each at its time.
/// [Zenke & Ganguli 2018, doi 10.1162/neco_a_01086]
///
///     e_out = target − output spikes, both an axonal delay after they were fired
///     e_l   = F_l e_{l+1}               raw, and smoothed once in layer l: in a stack e_l = F_l F_{l+1} … e_out
///     w_ij ← bounds( w_ij + lr·G_ij/(√m_ij + ε) )     after every window (SuperSpikeRule, RMaxProp)
///
///     const SuperSpikeNetwork<float> net{.layers = {{.in = 200, .out = 256}, {.in = 256, .out = 200}}};
///     auto weights = net.initial_weights(Generator{.seed = 1});
///     auto state = net.zero_state();
///     auto learner = net.learner(RMaxProp<float>{});
///     for (…) net.learn(weights, state, learner, input, target);   // indices of the neurons that spike in this step
///
/// Times in seconds. Throws std::invalid_argument for parameters without sense and for spikes of neurons that are not
/// there.
///
///   parameter        default      meaning
///   layers           —            SuperSpikeLayer, inputs' side first; all with the same dt
///   feedback         symmetric
///   window           0.5 s        between updates
///   feedback_delay   0            errors reach hidden layers this much later
///   bounds           ±0.1 V       of every weight, around 0
template <class S> struct SuperSpikeNetwork {
  using Scalar = S;
  using Layer = SuperSpikeLayer<S>;
  std::vector<Layer> layers;
  Feedback feedback = Feedback::symmetric;
  double window = 0.5;
  double feedback_delay = 0;
  Bounds<S> bounds{S(-0.1), S(0.1)};

  void validate() const {
    NEOHEBB_REQUIRE(!layers.empty(), "SuperSpikeNetwork has no layers, needs at least one");
    for (const Layer& layer : layers) layer.validate();
    for (std::size_t l = 1; l < layers.size(); ++l) {
      NEOHEBB_REQUIRE(Index(layers[l].in) == Index(layers[l - 1].out), "SuperSpikeNetwork: layer ", l,
                      " takes ", Index(layers[l].in), " inputs, the layer before it has ",
                      Index(layers[l - 1].out), " neurons");
      NEOHEBB_REQUIRE(layers[l].rule.dt == layers[0].rule.dt, "SuperSpikeNetwork: layer ", l,
                      " has steps of ", layers[l].rule.dt, " s, layer 0 of ", layers[0].rule.dt,
                      " s; they must be the same");
    }
    NEOHEBB_REQUIRE(is_number(window) && window_steps() >= 1 && window >= (1 - 1e-9) * layers[0].rule.dt,
                    "SuperSpikeNetwork.window is ", window, " s, shorter than a step of ", layers[0].rule.dt,
                    " s");
    steps("SuperSpikeNetwork.feedback_delay", feedback_delay);
    bounds.validate();
    NEOHEBB_REQUIRE(bounds.lower <= 0 && bounds.upper >= 0, "SuperSpikeNetwork.bounds from ", bounds.lower,
                    " to ", bounds.upper, " V exclude zero; a weight must be able to vanish");
  }
  Index window_steps() const { return steps("SuperSpikeNetwork.window", window); }
  Index outputs() const { return Index(layers.back().out); }

  struct Weights {
    std::vector<typename Layer::Weights> layers;
    std::vector<Matrix<S>> feedback;  // F of each hidden layer; none where it is symmetric
    friend bool operator==(const Weights&, const Weights&) = default;
    static void fields(auto& self, auto&& visit) {
      visit("layers", self.layers);
      visit("feedback", self.feedback);
    }
  };
  Weights initial_weights(const Generator& generator) const {
    validate();
    Weights w;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const Generator random = generator.substream(static_cast<std::uint32_t>(l));
      w.layers.push_back(layers[l].initial_weights(random.substream(0)));
      if (feedback == Feedback::symmetric || l + 1 == layers.size()) continue;
      Matrix<S> f = Matrix<S>::Ones(Index(layers[l].out), Index(layers[l + 1].out));
      if (feedback == Feedback::random) random.substream(1).normal(f);
      w.feedback.push_back(std::move(f));
    }
    return w;
  }

  using State = std::vector<typename Layer::template State<1>>;
  State zero_state() const {
    validate();
    State state;
    for (const Layer& layer : layers) state.push_back(layer.zero_state());
    return state;
  }
  /// Spikes of the outputs, of layer l.
  const auto& spikes(const State& state) const { return layers.back().spikes(state.back()); }
  const auto& spikes(const State& state, std::size_t l) const { return layers[l].spikes(state[l]); }

  /// One step. in: Spikes of one sample, or the indices of the inputs that spike.
  void step(const Weights& w, State& state, const auto& in) const {
    NEOHEBB_REQUIRE(w.layers.size() == layers.size() && state.size() == layers.size(),
                    "SuperSpikeNetwork: weights of ", w.layers.size(), " and a state of ", state.size(),
                    " layers for ", layers.size());
    layers[0].step(w.layers[0], state[0], in);
    for (std::size_t l = 1; l < layers.size(); ++l)
      layers[l].step(w.layers[l], state[l], layers[l - 1].spikes(state[l - 1]));
  }

  /// Optimizer, its moments, and what the window has gathered. Form: PerSynapse or Exchanged.
  template <Optimizer O, class Form> struct Learner {
    O optimizer;
    std::vector<StateOf<O>> moments;
    std::vector<SuperSpikeCredit<S, Form>> credits;
    std::vector<Matrix<S>> broadcast;  // F_l F_{l+1} …: units × outputs, of each hidden layer
    std::vector<Vector<S>> raw;        // e
    SpikeDelay signals, late_signals;  // targets' spikes as i, outputs' as outputs + i
    bool prepared = false;
    /// All but the optimizer: moments, and the window so far. What learning does next depends on the network's state, too.
    static void fields(auto& self, auto&& visit) {
      visit("moments", self.moments);
      visit("credits", self.credits);
      visit("signals", self.signals);
      visit("late_signals", self.late_signals);
      if constexpr (!std::is_const_v<std::remove_reference_t<decltype(self)>>) self.prepared = false;
    }
    /// The outputs' smoothed error y of the last step, for VanRossumMeasure.
    const auto& error() const { return credits.back().error(); }
    std::size_t bytes() const {
      std::size_t all = 0;
      for (std::size_t l = 0; l < credits.size(); ++l)
        all += credits[l].bytes() + sizeof(S) * static_cast<std::size_t>(raw[l].size());
      return all;
    }
  };
  template <class Form = Exchanged, Optimizer O>
  Learner<O, Form> learner(const O& optimizer, Form = {}) const {
    validate();
    const Index delay = steps("SuperSpikeRule.axonal_delay", layers.back().rule.axonal_delay);
    const Index later = delay + steps("SuperSpikeNetwork.feedback_delay", feedback_delay);
    Learner<O, Form> learner{optimizer, {}, {}, {}, {}, {2 * outputs(), delay}, {2 * outputs(), later}};
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const Extent<> units = layers[l].out;
      learner.moments.push_back(optimizer.zero_state(units, Extent<>{layers[l].sources()}));
      learner.credits.emplace_back(layers[l], window_steps());
      learner.raw.push_back(zeros<S>(units, Extent<1>{}));
      if (l + 1 < layers.size()) learner.broadcast.push_back(zeros<S>(units, Extent<>{outputs()}));
    }
    return learner;
  }

  /// Notes what the last step asks for. target: Spikes of one sample, or indices of the outputs that should spike.
  void credit(const Weights& w, const State& state, auto& learner, const auto& target) const {
    if (!learner.prepared) {
      check(w);
      prepare(w, learner);
      learner.prepared = true;
    }
    for (SpikeDelay* line : {&learner.signals, &learner.late_signals}) {
      line->begin();
      line->fire(spike_list(target), outputs());
      line->fire(spikes(state).active(0), outputs(), outputs());
    }
    Vector<S>& e = learner.raw.back();
    e.setZero();
    for (const auto i : learner.signals.arriving()) i < outputs() ? ++e[i] : --e[i - outputs()];
    for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
      learner.raw[l].setZero();
      for (const auto i : learner.late_signals.arriving())
        if (i < outputs())
          learner.raw[l] += learner.broadcast[l].col(i);
        else
          learner.raw[l] -= learner.broadcast[l].col(i - outputs());
    }
    for (std::size_t l = 0; l < layers.size(); ++l)
      learner.credits[l].note(layers[l], w.layers[l], state[l], learner.raw[l]);
  }
  /// Whether the window is full: time for `update`.
  bool full(const auto& learner) const { return learner.credits.back().steps() >= window_steps(); }
  /// Moves the weights along what was credited, keeps them within bounds, and begins a new window. With
  /// `set_rate(learner, 0)` only the moments move.
  void update(Weights& w, auto& learner) const {
    for (std::size_t l = 0; l < layers.size(); ++l) {
      learner.optimizer.step(learner.moments[l], learner.credits[l].gradient(layers[l], w.layers[l]),
                             w.layers[l].weight);
      bounds(w.layers[l].weight, 0);
    }
    prepare(w, learner);
  }
  /// step, credit, and update when the window is full.
  void learn(Weights& w, State& state, auto& learner, const auto& in, const auto& target) const {
    step(w, state, in);
    credit(w, state, learner, target);
    if (full(learner)) update(w, learner);
  }

 private:
  /// Refuses weights without the feedback that this network has.
  void check(const Weights& w) const {
    const std::size_t needed = feedback == Feedback::symmetric ? 0 : layers.size() - 1;
    NEOHEBB_REQUIRE(w.feedback.size() >= needed, "SuperSpikeNetwork: weights with feedback to ",
                    w.feedback.size(), " hidden layers, must have it to ", needed,
                    "; make them with initial_weights of a network with this feedback");
    for (std::size_t l = 0; l < needed; ++l) {
      check_shape("SuperSpikeNetwork feedback", w.feedback[l], Index(layers[l].out),
                  Index(layers[l + 1].out));
      check_finite("SuperSpikeNetwork feedback", w.feedback[l]);
    }
  }
  Index steps(const char* what, double seconds) const { return layers[0].rule.steps(what, seconds); }
  /// F_l F_{l+1} … of every hidden layer.
  void prepare(const Weights& w, auto& learner) const {
    for (std::size_t l = layers.size() - 1; l-- > 0;) {
      const bool last = l + 2 == layers.size();
      const auto times_next = [&](const auto& f) {
        if (last)
          learner.broadcast[l] = f;
        else
          learner.broadcast[l].noalias() = f * learner.broadcast[l + 1];
      };
      if (feedback == Feedback::symmetric)
        times_next(w.layers[l + 1].weight.leftCols(Index(layers[l].out)).transpose());
      else
        times_next(w.feedback[l]);
    }
  }
};

}  // namespace neohebb
