// Runs a network that another framework wrote as a file of the Neuromorphic Intermediate Representation:
//
//     nir_run braille.nir --preset norse --input spikes.npy --npz outputs.npz --picture outputs.png
//     nir_run cnn.nir --nmnist data/nmnist               accuracy on recordings of an event camera
//     nir_run braille.nir --input spikes.npy --check norse_outputs.npy
//
// It says what is in the file, what was odd about it, how many spikes there were, and how long a step took.
#include <neohebb/data/encoders.hpp>
#include <neohebb/data/events/counts.hpp>
#include <neohebb/data/events/reader.hpp>
#include <neohebb/data/events/recordings.hpp>
#include <neohebb/io/nir.hpp>
#include <neohebb/io/npz.hpp>
#include <neohebb/network/imported.hpp>
#include <neohebb/network/imported/metadata.hpp>

#include "program.hpp"

namespace {

using namespace neohebb;
using S = float;
using Network = nir::ImportedNetwork<S>;

/// A framework's dynamics. snnTorch's depend on how its neurons are reset, and when.
nir::Semantics preset(const std::string& name, std::optional<nir::SpikeReset> reset,
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
Matrix<S> read_steps(const std::string& path, const std::string& key, Index rows, const char* option) {
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
Matrix<S> event_counts(const std::string& path, std::int64_t dt, const nir::Shape& shape, Index steps) {
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
Index output_size(const Network& net) {
  Index all = 0;
  for (const std::size_t k : net.output_nodes()) all += net.nodes()[k].size();
  return all;
}
void run(const Network& net, const Matrix<S>& x, Run& result) {
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
std::string ranges(const nir::Node& node) {
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
void print_table(const Network& net, const nir::Graph& graph, const Run& result) {
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
Difference compare(const Matrix<S>& got, const Matrix<S>& expected, double tolerance) {
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

const std::map<std::string, nir::SpikeReset> resets = {{"value", nir::SpikeReset::to_value},
                                                       {"subtract", nir::SpikeReset::by_subtraction}};
const std::map<std::string, nir::Discretisation> schemes = {{"euler", nir::Discretisation::euler},
                                                            {"exact", nir::Discretisation::exact}};

struct Options {
  std::string file, preset, reset, scheme, input, key, nmnist, npz, picture, check;
  std::optional<double> dt, floor;
  std::optional<bool> later, several, old_current;
  double input_rate = 20, tolerance = 0, event_dt = 1000;
  Index steps = 0;
  std::uint64_t seed = 1;
};

std::string words(const nir::Semantics& how) {
  return fmt::format("{}, reset {}{}, {}",
                     how.discretisation == nir::Discretisation::exact ? "exact" : "euler",
                     how.reset == nir::SpikeReset::to_value ? "to value" : "by subtraction",
                     how.reset_time == nir::ResetTime::later ? " one step later" : "",
                     how.order == nir::CurrentOrder::current_first ? "current first" : "membrane first");
}
/// The preset that --preset names; else what the file says of itself (neohebb's do); else Norse's.
nir::Semantics semantics(const Options& o, const nir::Graph& graph) {
  std::optional<nir::SpikeReset> reset;
  std::optional<nir::ResetTime> time;
  if (!o.reset.empty()) reset = resets.at(o.reset);
  if (o.later) time = *o.later ? nir::ResetTime::later : nir::ResetTime::at_once;
  const auto recorded = o.preset.empty() ? nir::semantics_in_metadata(graph, o.file) : std::nullopt;
  nir::Semantics how = recorded ? *recorded : preset(o.preset.empty() ? "norse" : o.preset, reset, time);
  if (recorded) fmt::print("note       the file says how it runs: dt {:g}, {}\n", how.dt, words(how));
  if (o.dt) how.dt = *o.dt;
  if (reset) how.reset = *reset;
  if (time) how.reset_time = *time;
  if (!o.scheme.empty()) how.discretisation = schemes.at(o.scheme);
  if (o.several) how.several_spikes = *o.several;
  if (o.old_current)
    how.order = *o.old_current ? nir::CurrentOrder::membrane_first : nir::CurrentOrder::current_first;
  if (o.floor) how.floor = *o.floor;
  return how;
}

/// A spike of each input with the same chance in each step.
Matrix<S> random_spikes(const Options& o, Index inputs, Index steps) {
  check_range("--input-rate in Hz", o.input_rate, 0.0, 1e6);
  const BernoulliEncoder encoder{.rate_scale = 1 - std::exp(-o.input_rate * 1e-3)};
  Spikes<S> spikes(inputs, 1);
  Matrix<S> all(inputs, steps);
  for (Index t = 0; t < steps; ++t) {
    encoder(Matrix<S>::Ones(inputs, 1), t, Generator{.seed = o.seed}.at_step(t), spikes);
    all.col(t) = spikes.dense();
  }
  return all;
}

/// All test recordings; prints how many the most frequent output tells.
void classify(const Options& o, const Network& net, Run& result) {
  const nir::Shape shape = net.nodes()[net.input_nodes().front()].shape;
  if (net.input_nodes().size() != 1) throw std::invalid_argument("--nmnist needs a network with one input");
  int right = 0, all = 0;
  for (const LabelledRecording& recording : list_nmnist(o.nmnist, "Test")) {
    run(net, event_counts(recording.path, static_cast<std::int64_t>(o.event_dt), shape, o.steps), result);
    Index most = 0;
    result.outputs.rowwise().sum().maxCoeff(&most);
    right += most == recording.label;
    ++all;
  }
  fmt::print("accuracy   {} of {}\n", right, all);
}

void draw(const Options& o, const Network& net, const Run& result, const Matrix<S>& x) {
  const auto panel_of = [](const std::string& name, const Matrix<S>& all) {
    if ((all.array() != S(0) && all.array() != S(1)).any()) {  // values: a curve for each row
      pictures::Panel traces{{name}, {}, {}};
      for (Index i = 0; i < all.rows(); ++i) {
        pictures::Series line{.name = all.rows() <= 8 ? fmt::format("{} {}", name, i) : ""};
        for (Index t = 0; t < all.cols(); ++t)
          line.x.push_back(double(t)), line.y.push_back(double(all(i, t)));
        traces.series.push_back(std::move(line));
      }
      return traces;
    }
    pictures::Panel panel = pictures::raster(name, all.rows());
    for (Index t = 0; t < all.cols(); ++t)
      for (Index i = 0; i < all.rows(); ++i)
        if (all(i, t) > 0) panel.spike(double(t), i);
    return panel;
  };
  std::vector<pictures::Panel> panels;
  if (x.size() > 0) panels.push_back(panel_of("input", x));
  panels.push_back(panel_of(net.nodes()[net.output_nodes().front()].name, result.outputs));
  pictures::draw(o.picture, {{std::filesystem::path(o.file).filename().string(),
                              {"step", false, {-0.5, double(result.outputs.cols())}},
                              panels}});
}

/// Throws where outputs differ.
void check(const Options& o, const Run& result) {
  const Matrix<S> expected = read_steps(o.check, "", result.outputs.rows(), "--check");
  if (expected.cols() != result.outputs.cols())
    throw std::invalid_argument(fmt::format("--check {} has {} steps, the run had {}", o.check,
                                            expected.cols(), result.outputs.cols()));
  const Difference d = compare(result.outputs, expected, o.tolerance);
  fmt::print("check      {} of {} outputs differ by more than {}\n", d.entries, expected.size(), o.tolerance);
  if (d.entries > 0)
    throw std::runtime_error(fmt::format(
        "outputs differ from {}: by {} at most, at output {} in step {}: {}, expected {}", o.check, d.largest,
        d.output, d.step, result.outputs(d.output, d.step), expected(d.output, d.step)));
}

void run_all(const Options& o) {
  const nir::File file = nir::read_nir(o.file);
  const Network net(file.graph, semantics(o, file.graph), o.file);
  fmt::print("file       {}, NIR {}\n", o.file, file.version);
  for (const auto* remarks : {&file.remarks, &net.remarks()})
    for (const std::string& remark : *remarks) fmt::print("remark     {}\n", remark);
  Run result;
  Matrix<S> x;
  if (!o.nmnist.empty()) {
    classify(o, net, result);
  } else {
    x = o.input.empty() ? random_spikes(o, net.inputs(), o.steps > 0 ? o.steps : 100)
                        : read_steps(o.input, o.key, net.inputs(), "--input");
    if (o.steps > 0 && o.steps < x.cols()) x = x.leftCols(o.steps).eval();
    run(net, x, result);
  }
  fmt::print("\n");
  print_table(net, file.graph, result);
  const auto steps = static_cast<double>(result.steps);
  double operations = 0;
  for (const double n : result.operations) operations += n;
  fmt::print("\nsteps      {}\n", result.steps);
  fmt::print("work       {:.0f} synaptic operations a step\n", operations / steps);
  fmt::print("time       {:.2f} us a step\n", 1e6 * result.seconds / steps);
  if (!o.npz.empty()) {
    Npz npz;
    npz.put("outputs", Matrix<S>(result.outputs.transpose()));
    write_npz(o.npz, npz);
    fmt::print("array      {}: outputs, (steps, {}){}\n", o.npz, result.outputs.rows(),
               o.nmnist.empty() ? "" : " of the last recording");
  }
  if (!o.picture.empty()) draw(o, net, result, x);
  if (!o.check.empty()) check(o, result);
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  Program program("nir_run", "Runs a network in the Neuromorphic Intermediate Representation",
                  "net.nir --preset norse --input spikes.npy --npz outputs.npz --picture outputs.png");
  program.path("FILE", o.file, ".nir file")->required();
  auto* const input =
      program.path("--input", o.input, ".npy or .npz, (steps, inputs): spikes, counts or currents");
  program.option("--key", o.key, "the array in an .npz")->needs(input);
  program.path("--nmnist", o.nmnist, "folder of recordings, Test/DIGIT/NUMBER.bin: accuracy")
      ->excludes(input);
  program.option("--event-dt", o.event_dt, "microseconds of a recording that are a step")
      ->check(CLI::Range(1.0, 1e9));
  program.option("--steps", o.steps, "steps; 0: 100, or as long as the input")->check(CLI::NonNegativeNumber);
  program.option("--input-rate", o.input_rate, "of Poisson input, in spikes per 1000 steps");
  program.seed(o.seed, "of Poisson input");
  program.group("Network");
  program.option("--preset", o.preset, "whose dynamics; without it the file's own note, or else norse")
      ->check(CLI::IsMember({"norse", "snntorch", "sinabs", "spyx", "reference"}));
  program.option("--dt", o.dt, "length of a step, in the unit of the file's time constants");
  program.option("--reset", o.reset, "what a spike does to the membrane")
      ->check(CLI::IsMember({"value", "subtract"}));
  program.option("--later", o.later, "whether it does so one step later");
  program.option("--scheme", o.scheme, "discretisation")->check(CLI::IsMember({"euler", "exact"}));
  program.option("--several", o.several, "whether a neuron may spike several times a step");
  program.option("--old-current", o.old_current,
                 "whether membranes take the synaptic current of the step before");
  program.option("--floor", o.floor, "of an IF's membrane, in thresholds below zero; 0: none");
  program.group("Output");
  program.path("--npz", o.npz, "outputs, (steps, outputs)");
  program.path("--picture", o.picture,
               "spikes, or curves of other values, of input and output, as PNG, SVG or PDF by the name");
  program.path("--check", o.check,
               ".npy or .npz of outputs, (steps, outputs); exit status 1 where they differ");
  program.option("--tolerance", o.tolerance, "of --check")->check(CLI::NonNegativeNumber);
  return program.run(argc, argv, [&] { run_all(o); });
}
