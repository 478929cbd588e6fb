// Replays a recording of e-prop.
#pragma once
#include <neohebb/layer/eprop.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/network/network.hpp>
#include <nlohmann/json.hpp>

#include "replay.hpp"

namespace replay {

inline bool is_eprop(const nlohmann::json& meta) { return meta.contains("dampening"); }

/// What runs is recorded as (trials, steps, batch, …), what learns as (updates, …).
template <class Net, class O>
Deviations eprop(const std::filesystem::path& folder, const nlohmann::json& meta, const Net& net,
                 const O& optimizer) {
  using namespace neohebb;
  const Index batch = meta.at("batch"), trials = meta.at("trials"), steps = meta.at("steps"),
              window = meta.at("window"), inputs = meta.at("inputs"), units = meta.at("neurons"),
              outputs = meta.at("outputs");
  const auto array = [&](const char* name) {
    return read_npy((folder / (std::string(name) + ".npy")).string());
  };
  const auto given = [&](const char* name) { return array(name).template matrix<S>(); };
  const auto& hidden = std::get<0>(net.layers);
  const auto& readout = std::get<1>(net.layers);
  auto weights = net.initial_weights(ScaledNormal<S>{}, Generator{});
  auto& [hidden_weights, readout_weights] = weights;
  const Vector<S> none = Vector<S>::Zero(units);
  hidden_weights.projection.forward = hidden.projection.forward.weights(given("input_initial"), none);
  hidden_weights.projection.lateral = hidden.projection.lateral.weights(given("recurrent_initial"), none);
  if (hidden.signal.feedback == Feedback::random) hidden_weights.signal.feedback = given("feedback");
  readout_weights.projection =
      readout.projection.weights(given("readout_initial"), array("bias_initial").template vector<S>());

  const auto input = array("input_spikes").template as<S>(), target = array("target").template as<S>();
  NEOHEBB_REQUIRE(static_cast<Index>(input.size()) == trials * steps * batch * inputs &&
                      static_cast<Index>(target.size()) == trials * steps * batch * outputs,
                  "input_spikes or target does not fit meta.json");
  const auto frame = [&](const std::vector<S>& all, Index step, Index rows) {
    return Matrix<S>(Eigen::Map<const Matrix<S>>(all.data() + step * batch * rows, rows, batch));
  };
  std::vector<Comparison> running, learned;
  for (const char* name :
       {"membrane", "adaptation", "spikes", "surrogate", "readout", "learning_signal", "loss"})
    running.emplace_back(folder, name, true);
  for (const char* name : {"grad_input", "grad_recurrent", "grad_readout", "grad_bias", "input_after",
                           "recurrent_after", "readout_after", "bias_after"})
    learned.emplace_back(folder, name, true);

  auto learner = net.learner(optimizer, Extent{batch}, window);
  Index update = 0;
  const Index updates = trials * ((steps + window - 1) / window);
  Spikes<S> in(inputs, batch);
  for (Index trial = 0; trial < trials; ++trial) {
    auto state = net.zero_state(Extent{batch});
    auto& [hidden_state, readout_state] = state;
    Matrix<S> adaptation = Matrix<S>::Zero(units, batch), before = adaptation;  // of all neurons, as recorded
    for (Index t = 0; t < steps; ++t) {
      const Index now = trial * steps + t;
      in.assign(frame(input, now, inputs));
      net.step(weights, state, in);
      const S loss = net.credit(weights, state, frame(target, now, outputs), learner);
      adaptation = hidden.neuron.adaptation_decay * adaptation + before;
      before = hidden_state.neuron.spikes.dense();
      for (Index i = 0; i < units; ++i)
        if (const S beta = hidden.neuron.adaptation_of(i); beta > 0)
          adaptation.row(i) = hidden_state.neuron.adaptation.row(i) / beta;
      std::size_t k = 0;
      const auto compare = [&](const auto& ours) { running[k++].step(now, trials * steps, flat(ours)); };
      compare(hidden_state.neuron.membrane);
      compare(adaptation);
      compare(before);
      compare(hidden_state.psi);
      compare(readout_state.output);
      compare(hidden_state.signal);
      compare(Vector<S>::Constant(1, loss));
      if ((t + 1) % window != 0 && t + 1 != steps) continue;
      auto& [hidden_credit, readout_credit] = learner.credit;
      const auto gradient = hidden.gradient(std::get<0>(weights), hidden_state, hidden_credit);
      const auto of_readout = readout.projection.gradient(readout_credit);
      net.update(weights, state, learner);
      k = 0;
      const auto compare_learned = [&](const auto& ours) {
        learned[k++].step(update, updates, by_rows(ours));
      };
      Matrix<S> recurrent = gradient.lateral.weight;
      NoSelf{}(recurrent, 0);
      compare_learned(gradient.forward.weight);
      compare_learned(recurrent);
      compare_learned(of_readout.weight);
      compare_learned(of_readout.bias);
      compare_learned(hidden_weights.projection.forward.copy().weight);
      compare_learned(hidden_weights.projection.lateral.copy().weight);
      compare_learned(readout_weights.projection.copy().weight);
      compare_learned(readout_weights.projection.copy().bias);
      ++update;
    }
  }
  Deviations all;
  for (const auto* list : {&running, &learned})
    for (const Comparison& c : *list) all.emplace_back(c.name(), c.worst());
  return all;
}

template <class Form, template <class...> class Projected, class L, class O>
Deviations eprop_by(const std::filesystem::path& folder, const nlohmann::json& meta, const L& loss,
                    const O& optimizer) {
  using namespace neohebb;
  const Index inputs = meta.at("inputs"), units = meta.at("neurons"), outputs = meta.at("outputs"),
              adaptive = meta.at("adaptive"), window = meta.at("window"), steps = meta.at("steps");
  const S threshold = meta.at("threshold"), gamma = meta.at("dampening");
  const Pulses<S> membrane{.decay = meta.at("membrane_decay")}, readout{.decay = meta.at("readout_decay")};
  const std::string feedback = meta.at("feedback");
  if (feedback != "random" && feedback != "symmetric")
    throw std::runtime_error("unknown feedback " + feedback);
  Vector<S> strength = Vector<S>::Zero(units);
  strength.tail(adaptive).setConstant(meta.at("adaptation_strength").get<S>());
  using Forward = Projected<Pulses<S>>;
  using Lateral = Projected<Pulses<S>, AllToAll<>, NoSelf>;
  using Layer = PlasticLayer<WithRecurrence<Forward, Lateral>, Lif<S, Heaviside, S, Vector<S>>, Peaked<S>,
                             Eprop<S>, Broadcast<S>, Form>;
  Layer hidden{
      .projection = {.forward = {.connectivity = {inputs, units}, .trace = membrane, .bias = false},
                     .lateral = {.connectivity = {units, units}, .trace = membrane, .bias = false}},
      .neuron = {.decay = membrane.decay,
                 .threshold = threshold,
                 .reset = Reset::by_threshold_later,
                 .refractory_steps = meta.at("refractory_steps"),
                 .integrates_while_refractory = true,
                 .adaptation_decay = meta.at("adaptation_decay"),
                 .adaptation_strength = strength},
      .surrogate = {.height = gamma / threshold, .width = threshold},
      .eligibility = {.adaptation_decay = meta.at("adaptation_decay"), .readout_decay = readout.decay},
      .signal = {.outputs = outputs,
                 .feedback = feedback == "random" ? Feedback::random : Feedback::symmetric},
      .rate = {.strength = meta.at("rate_regularisation"), .target = meta.at("target_rate")},
      .carries = window < steps};
  LeakyReadout<Forward, L> top{.projection = {.connectivity = {units, outputs}, .trace = readout},
                               .loss = loss};
  if constexpr (requires { hidden.projection.forward.arithmetic; }) {
    hidden.projection.forward.arithmetic = hidden.projection.lateral.arithmetic = Arithmetic::events;
    top.projection.arithmetic = Arithmetic::events;
  }
  return eprop(folder, meta, Network{hidden, top}, optimizer);
}

template <class L, class O>
bool eprop_all(const std::filesystem::path& folder, const nlohmann::json& meta, const L& loss,
               const O& optimizer) {
  Deviations worst;
  const auto by = [&](const char* name, const Deviations& found) {
    add(worst, found);
    std::printf("# by %s: at most %.3g\n", name, worst_of(found));
  };
  using neohebb::Dense, neohebb::EventDriven, neohebb::Exchanged, neohebb::PerSynapse;
  by("PerSynapse, Dense", eprop_by<PerSynapse, Dense>(folder, meta, loss, optimizer));
  by("PerSynapse, EventDriven", eprop_by<PerSynapse, EventDriven>(folder, meta, loss, optimizer));
  by("Exchanged, Dense", eprop_by<Exchanged, Dense>(folder, meta, loss, optimizer));
  by("Exchanged, EventDriven", eprop_by<Exchanged, EventDriven>(folder, meta, loss, optimizer));
  return report(worst);
}

inline bool eprop(const std::filesystem::path& folder, const nlohmann::json& meta) {
  const std::string loss = meta.at("loss"), optimizer = meta.at("optimizer");
  const S rate = meta.at("learning_rate");
  const auto with = [&](const auto& chosen_loss) {
    if (optimizer == "sgd") return eprop_all(folder, meta, chosen_loss, neohebb::Sgd<S>{rate});
    if (optimizer == "adam") return eprop_all(folder, meta, chosen_loss, neohebb::Adam<S>{.rate = rate});
    throw std::runtime_error("unknown optimizer " + optimizer);
  };
  if (loss == "regression") return with(neohebb::HalfSquare<S>{});
  if (loss == "classification") return with(neohebb::CrossEntropy<S>{});
  throw std::runtime_error("unknown loss " + loss);
}

}  // namespace replay
