// The parts of nir_run: what it feeds to a network, what it says about it.
#pragma once
#include <fmt/core.h>

#include <chrono>
#include <neohebb/data/encoders.hpp>
#include <neohebb/data/events/counts.hpp>
#include <neohebb/data/events/reader.hpp>
#include <neohebb/data/events/recordings.hpp>
#include <neohebb/io/npz.hpp>
#include <neohebb/network/imported.hpp>

namespace nir_run {

using namespace neohebb;
using S = float;
using Network = nir::ImportedNetwork<S>;

/// A framework's dynamics. snnTorch's depend on how its neurons are reset, and when.
inline nir::Semantics preset(const std::string& name, std::optional<nir::SpikeReset> reset,
                             std::optional<nir::ResetTime> time) {
  if (name == "norse") return nir::presets::norse();
  if (name == "snntorch")
    return nir::presets::snntorch(reset.value_or(nir::SpikeReset::by_subtraction),
                                  time.value_or(nir::ResetTime::later));
  if (name == "sinabs") return nir::presets::sinabs();
  if (name == "spyx") return nir::presets::spyx();
  if (name == "reference") return nir::presets::reference();
  return {};
}

/// Arrays of shape (steps, …) as columns: numbers of a step × steps. `key`: of an archive, which may hold
/// one array alone.
inline Matrix<S> read_steps(const std::string& path, const std::string& key, Index rows, const char* option) {
  NpyArray array;
  if (path.ends_with(".npz")) {
    const Npz npz = read_npz(path);
    if (key.empty() && npz.arrays().size() != 1)
      throw std::invalid_argument(path + " holds " + std::to_string(npz.arrays().size()) +
                                  " arrays: say which by --key");
    array = key.empty() ? npz.arrays().begin()->second : npz.at(key);
  } else {
    array = read_npy(path);
  }
  const Index steps = array.shape.empty() ? 0 : array.shape[0];
  if (steps < 1 || array.size() != steps * rows)
    throw std::invalid_argument(
        fmt::format("{} {} has shape {}, expected (steps, {}): the network has {} numbers a step", option,
                    path, shape_text(array.shape), rows, rows));
  const std::vector<S> all = array.as<S>(path);
  return Eigen::Map<const Matrix<S>>(all.data(), rows, steps);
}

/// Counts of a recording's events in steps of dt µs from its first event on. Events outside the input's pixels
/// are an error: the network was made for another camera.
inline Matrix<S> event_counts(const std::string& path, std::int64_t dt, const nir::Shape& shape,
                              Index steps) {
  if (shape.size() != 3 || (shape[0] != 1 && shape[0] != 2) || std::max(shape[1], shape[2]) > 65536)
    throw std::invalid_argument(
        "event recordings need an input of shape (polarities, height, width); this network's is " +
        shape_text(shape));
  return count_events<S>(read_events(path).events, static_cast<int>(shape[1]), static_cast<int>(shape[2]),
                         shape[0] == 1, dt, steps, path);
}

/// What a run gave: outputs × steps, spikes and additions of each node, time.
struct Run {
  Matrix<S> outputs = {};
  std::vector<double> given = {}, operations = {};
  double seconds = 0;
  Index steps = 0;
};

/// The network's output nodes one above the other.
inline Index output_size(const Network& net) {
  Index all = 0;
  for (const std::size_t k : net.output_nodes()) all += net.nodes()[k].size();
  return all;
}
inline void run(const Network& net, const Matrix<S>& x, Run& result) {
  auto state = net.zero_state(1);
  const std::size_t n = net.nodes().size();
  result.given.resize(n), result.operations.resize(n);
  result.outputs.resize(output_size(net), x.cols());
  for (Index t = 0; t < x.cols(); ++t) {
    const auto start = std::chrono::steady_clock::now();
    net.step(state, x.col(t));
    result.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    for (std::size_t k = 0; k < n; ++k) {
      result.given[k] += static_cast<double>(state.nodes[k].output.sum());
      result.operations[k] += static_cast<double>(state.nodes[k].operations);
    }
    Index first = 0;
    for (std::size_t k = 0; k < net.output_nodes().size(); ++k) {
      const Matrix<S>& output = net.output(state, k);
      result.outputs.col(t).segment(first, output.rows()) = output;
      first += output.rows();
    }
  }
  result.steps += x.cols();
}

/// "tau 0.001, r 1 … 10": ranges of a node's parameters.
inline std::string ranges(const nir::Node& node) {
  std::string text;
  std::visit(
      [&](const auto& n) {
        using T = std::remove_cvref_t<decltype(n)>;
        if constexpr (!std::is_same_v<T, nir::Graph>)
          T::members(n, [&](const char* name, const auto& member) {
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(member)>, NpyArray>) {
              const auto all = member.template as<double>();
              if (all.empty()) return;
              const auto [least, most] = std::minmax_element(all.begin(), all.end());
              text += fmt::format("{}{} {:.4g}", text.empty() ? "" : ", ", name, *least);
              if (*least < *most) text += fmt::format(" … {:.4g}", *most);
            }
          });
      },
      node.parameters);
  return text;
}

/// What nodes there are; of a node that was run, what it gave in a step: spikes of neurons, the sum of
/// others.
inline void print_table(const Network& net, const nir::Graph& graph, const Run& result) {
  const nir::Structure structure = nir::structure_of(graph);
  std::size_t wide = 4;
  for (const auto& node : net.nodes()) wide = std::max(wide, node.name.size());
  fmt::print("{:<{}}  {:<9}  {:<14}  {:>10}  {:>11}  {}\n", "node", wide, "type", "shape", "synapses",
             "spikes/step", "parameters");
  for (std::size_t k = 0; k < net.nodes().size(); ++k) {
    const auto& node = net.nodes()[k];
    const bool counted = node.spikes() && result.steps > 0;
    fmt::print("{:<{}}  {:<9}  {:<14}  {:>10}  {:>11}  {}\n", node.name, wide, node.type,
               shape_text(node.shape), node.synapses() ? fmt::format("{}", node.synapses()) : "",
               counted ? fmt::format("{:.2f}", result.given[k] / static_cast<double>(result.steps)) : "",
               ranges(*structure.items[k].node));
  }
}

/// The largest difference of two arrays, outputs × steps, and where.
struct Difference {
  double largest = 0;
  Index output = 0, step = 0, entries = 0;  // entries: that differ by more than the tolerance
};
inline Difference compare(const Matrix<S>& got, const Matrix<S>& expected, double tolerance) {
  Difference d;
  for (Index t = 0; t < got.cols(); ++t)
    for (Index i = 0; i < got.rows(); ++i) {
      const double difference =
          std::abs(static_cast<double>(got(i, t)) - static_cast<double>(expected(i, t)));
      d.entries += !(difference <= tolerance);
      if (!(difference <= d.largest)) d = {difference, i, t, d.entries};
    }
  return d;
}

}  // namespace nir_run
