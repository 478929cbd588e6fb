// What mnist_decolle and dvs_decolle share: accuracy layer by layer, its history, pictures of a network.
#pragma once
#include <neohebb/neohebb.hpp>

#include "program.hpp"

using namespace neohebb;

/// How often each layer is right by either rule of prediction, and the network: by all layers' summed readouts together, or
/// by the last layer's.
struct Accuracy {
  std::vector<double> most_frequent, summed;
  bool last;
  double right = 0, samples = 0;
  Matrix<double> confusion;  // true class × the network's answer

  Accuracy(std::size_t layers, Index classes, bool last_layer = false)
      : most_frequent(layers),
        summed(layers),
        last(last_layer),
        confusion(Matrix<double>::Zero(classes, classes)) {}
  void count(const auto& state, Index b, int label) {
    for (std::size_t l = 0; l < summed.size(); ++l) {
      most_frequent[l] += state.most_frequent(static_cast<Index>(l), b) == label;
      summed[l] += state.summed(static_cast<Index>(l), b) == label;
    }
    const int answer = last ? state.summed(static_cast<Index>(summed.size()) - 1, b) : state.together(b);
    right += answer == label;
    confusion(label, answer) += 1;
    ++samples;
  }
  double per_cent(double correct) const { return samples > 0 ? 100 * correct / samples : 0; }
  void print(const std::string& set) const {
    for (std::size_t l = 0; l < summed.size(); ++l)
      fmt::print("layer {} {} accuracy: {:.2f} % (most frequent winner {:.2f} %)\n", l + 1, set,
                 per_cent(summed[l]), per_cent(most_frequent[l]));
    fmt::print("{} accuracy: {:.2f} %\n", set, per_cent(right));
  }
};

/// Columns of a training's table, and a row of it. rates: per cent of neurons that spike in a step, or none.
inline std::vector<std::string> decolle_columns(std::size_t layers, bool rates) {
  std::vector<std::string> all{"seconds", "held_out_accuracy"};
  for (std::size_t l = 1; l <= layers; ++l) {
    for (const char* name : {"loss", "held_out_most_frequent", "held_out_summed"})
      all.push_back(fmt::format("{}_{}", name, l));
    if (rates) all.push_back(fmt::format("rate_{}", l));
  }
  return all;
}
/// sent: what is said of ranks, if anything.
inline void end_epoch(Training& training, const Accuracy& held_out, const std::vector<double>& rates,
                      const auto& weights, const auto& learner, const std::string& sent) {
  const std::vector<double> losses = training.losses();
  std::vector<double> row{training.seconds(), held_out.per_cent(held_out.right)}, summed;
  for (std::size_t l = 0; l < losses.size(); ++l) {
    summed.push_back(held_out.per_cent(held_out.summed[l]));
    row.insert(row.end(), {losses[l], held_out.per_cent(held_out.most_frequent[l]), summed[l]});
    if (!rates.empty()) row.push_back(rates[l]);
  }
  std::string text = fmt::format("loss {:.4g}", fmt::join(losses, ", "));
  if (!rates.empty()) text += fmt::format(", rates {:.3g} %", fmt::join(rates, ", "));
  if (held_out.samples > 0)
    text += fmt::format(", held-out accuracy {:.4g} %, {} {:.4g} %", fmt::join(summed, ", "),
                        held_out.last ? "the last" : "together", row[1]);
  training.end(training.done() + 1, row, text + sent, weights, learner);
}

/// Errors (watched) or losses of the layers over epochs; and the table.
inline void draw_curve(const Common& o, const std::string& name, const std::string& title,
                       const Training& training, std::size_t layers, bool watched) {
  training.write(o.file(name + ".csv"));
  if (training.done() == 0) return;
  pictures::Panel panel{.y = {watched ? "held-out error (%)" : "loss", true}};
  for (std::size_t l = 1; l <= layers; ++l) {
    auto& series = panel.series.emplace_back(training.curve(
        fmt::format("{}_{}", watched ? "held_out_summed" : "loss", l), fmt::format("layer {}", l)));
    series.mark = pictures::Mark::line_and_points;
    for (double& y : series.y) y = watched ? std::max(100 - y, 0.01) : y;
  }
  pictures::draw(o.picture(name + "_curve"), {{title, {"epoch"}, {panel}}});
}
/// One sample's spikes in input and layers: show(t, in) fills in the input's; steps of dt ms.
template <class Net>
void draw_raster(const std::string& file, const std::string& title, const Net& net, const auto& weights,
                 Index steps, double dt, auto&& show) {
  const Index inputs = net.layer(std::size_t{0}).inputs();
  std::vector<pictures::Panel> panels{pictures::raster("input", inputs)};
  for (std::size_t l = 0; l < net.size(); ++l)
    panels.push_back(pictures::raster(fmt::format("layer {}", l + 1), net.layer(l).units()));
  auto state = net.zero_state(Extent{1});
  Spikes<typename Net::Scalar> in(Extent<>{inputs}, Extent{1});
  for (Index t = 0; t < steps; ++t) {
    show(t, in);
    net.step(weights, state, in);
    const auto mark = [&](std::size_t panel, const auto& spikes) {
      for (const auto i : spikes.active(0)) panels[panel].spike(static_cast<double>(t) * dt, i);
    };
    mark(0, in);
    for (std::size_t l = 0; l < net.size(); ++l) mark(l + 1, net.spikes(state, l));
  }
  pictures::draw(file, {{title, pictures::time_axis(steps, dt), panels}});
}
