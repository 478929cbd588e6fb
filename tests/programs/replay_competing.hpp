// Replays a recording of competing units.
#pragma once
#include <neohebb/layer/competing.hpp>
#include <nlohmann/json.hpp>

#include "replay.hpp"

namespace replay {

inline bool is_competing(const nlohmann::json& meta) { return meta.contains("minibatch"); }

/// The recording through the sparse or the dense product, in double.
inline Deviations competing(const std::filesystem::path& folder, const nlohmann::json& meta,
                            double dense_above) {
  using namespace neohebb;
  const Index inputs = meta.at("inputs"), hidden = meta.at("hidden"), minibatch = meta.at("minibatch"),
              steps = meta.at("steps");
  const auto array = [&](const char* name) {
    return read_npy((folder / (std::string(name) + ".npy")).string());
  };
  const CompetingUnits<S> layer{.inputs = inputs,
                                .units = hidden,
                                .competition = {.rank = meta.at("k"), .anti_hebbian = meta.at("delta")},
                                .power = meta.at("p"),
                                .radius = meta.value("R", 1.0)};
  auto weights = layer.weights(array("weight_initial").matrix<S>());
  auto state = layer.zero_state(Extent{minibatch});
  state.images.dense_above = dense_above;
  auto credit = layer.zero_credit(Extent{minibatch}, 1);
  auto learner = layer.learner(LargestEntry<S>{.precision = meta.at("precision")});
  const Matrix<S> images = array("inputs").matrix<S>().transpose();
  NEOHEBB_REQUIRE(images.rows() == inputs && images.cols() >= minibatch, "inputs.npy holds ", images.cols(),
                  " samples of ", images.rows(), ", meta.json says ", inputs);
  const Vector<S> rate = array("learning_rate").vector<S>();
  check_shape("learning_rate", rate, steps, 1);
  Comparison currents(folder, "currents"), change(folder, "delta_unnormalized"),
      after(folder, "weight_after");
  for (Index t = 0; t < steps; ++t) {
    const Index first = t * minibatch % (images.cols() / minibatch * minibatch);
    const auto batch = images.middleCols(first, minibatch);
    learner.optimizer.rate = rate(t);
    layer.step(weights, state, batch);
    layer.credit(weights, state, batch, credit);
    currents.step(t, steps, by_rows(state.currents));
    change.step(t, steps, by_rows(layer.change(credit)));
    layer.update(weights, state, credit, learner);
    after.step(t, steps, by_rows(weights.weight));
  }
  return {
      {currents.name(), currents.worst()}, {change.name(), change.worst()}, {after.name(), after.worst()}};
}

inline bool competing(const std::filesystem::path& folder, const nlohmann::json& meta) {
  Deviations worst;
  for (const auto& [name, dense_above] : {std::pair{"lists of entries", 2.0}, {"dense tiles", 0.0}}) {
    const Deviations found = competing(folder, meta, dense_above);
    std::printf("# by %s: at most %.3g\n", name, worst_of(found));
    add(worst, found);
  }
  return report(worst);
}

}  // namespace replay
