// Runs a network that another framework wrote as a file of the Neuromorphic Intermediate Representation:
//
//     nir_run braille.nir --preset norse --input spikes.npy --out outputs.npz --raster outputs.png
//     nir_run cnn.nir --nmnist data/nmnist               accuracy on recordings of an event camera
//     nir_run braille.nir --input spikes.npy --check norse_outputs.npy
//
// It says what is in the file, what was odd about it, how many spikes there were, and how long a step took.
#include <filesystem>
#include <neohebb/io/nir.hpp>
#include <neohebb/network/imported/metadata.hpp>
#include <neohebb/plot/png.hpp>
#include <neohebb/plot/raster.hpp>

#include "nir_run.hpp"
#include "program.hpp"

namespace {

using namespace nir_run;

const std::map<std::string, nir::SpikeReset> resets = {{"value", nir::SpikeReset::to_value},
                                                       {"subtract", nir::SpikeReset::by_subtraction}};
const std::map<std::string, nir::Discretisation> schemes = {{"euler", nir::Discretisation::euler},
                                                            {"exact", nir::Discretisation::exact}};

struct Options {
  std::string file, preset, reset, scheme, input, key, nmnist, out, raster, check;
  std::optional<double> dt, floor;
  std::optional<bool> later, several, old_current;
  double rate = 20, tolerance = 0, event_dt = 1000;
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
/// A preset that is asked for; else what the file notes of itself (neohebb's do); else Norse's.
nir::Semantics semantics(const Options& o, const nir::Graph& graph) {
  std::optional<nir::SpikeReset> reset;
  std::optional<nir::ResetTime> time;
  if (!o.reset.empty()) reset = resets.at(o.reset);
  if (o.later) time = *o.later ? nir::ResetTime::later : nir::ResetTime::at_once;
  const auto noted = o.preset.empty() ? nir::semantics_in_metadata(graph, o.file) : std::nullopt;
  nir::Semantics how = noted ? *noted : preset(o.preset.empty() ? "norse" : o.preset, reset, time);
  if (noted) fmt::print("note       the file says how it runs: dt {:g}, {}\n", how.dt, words(how));
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
  check_range("--rate in Hz", o.rate, 0.0, 1e6);
  const BernoulliEncoder encoder{.rate_scale = 1 - std::exp(-o.rate * 1e-3)};
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
  const auto panel_of = [](const char* name, const Matrix<S>& all) {
    plot::RasterPanel panel{.name = name, .neurons = all.rows()};
    for (Index t = 0; t < all.cols(); ++t)
      for (Index i = 0; i < all.rows(); ++i)
        if (all(i, t) > 0) panel.spikes.push_back({t, i});
    return panel;
  };
  plot::Raster raster{.title = std::filesystem::path(o.file).filename().string(),
                      .steps = result.outputs.cols()};
  if (x.size() > 0) raster.panels.push_back(panel_of("input", x));
  raster.panels.push_back(panel_of(net.nodes()[net.output_nodes().front()].name.c_str(), result.outputs));
  plot::write_png(o.raster, raster.draw());
  fmt::print("picture    {}\n", o.raster);
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
  if (!o.out.empty()) {
    Npz npz;
    npz.put("outputs", Matrix<S>(result.outputs.transpose()));
    write_npz(o.out, npz);
    fmt::print("array      {}: outputs, (steps, {}){}\n", o.out, result.outputs.rows(),
               o.nmnist.empty() ? "" : " of the last recording");
  }
  if (!o.raster.empty()) draw(o, net, result, x);
  if (!o.check.empty()) check(o, result);
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  CLI::App app{"Runs a network in the Neuromorphic Intermediate Representation", "nir_run"};
  app.add_option("FILE", o.file, ".nir file")->required();
  app.add_option("--preset", o.preset, "whose dynamics; without it the file's own note, or else norse")
      ->check(CLI::IsMember({"norse", "snntorch", "sinabs", "spyx", "reference"}));
  app.add_option("--dt", o.dt, "length of a step, in the unit of the file's time constants");
  app.add_option("--reset", o.reset, "what a spike does to the membrane")
      ->check(CLI::IsMember({"value", "subtract"}));
  app.add_option("--later", o.later, "whether it does so one step later");
  app.add_option("--scheme", o.scheme, "discretisation")->check(CLI::IsMember({"euler", "exact"}));
  app.add_option("--several", o.several, "whether a neuron may spike several times a step");
  app.add_option("--old-current", o.old_current,
                 "whether membranes take the synaptic current of the step before");
  app.add_option("--floor", o.floor, "of an IF's membrane, in thresholds below zero; 0: none");
  auto* input =
      app.add_option("--input", o.input, ".npy or .npz, (steps, inputs): spikes, counts or currents");
  app.add_option("--key", o.key, "the array in an .npz")->needs(input);
  app.add_option("--nmnist", o.nmnist, "folder of recordings, Test/DIGIT/NUMBER.bin: accuracy")
      ->excludes(input);
  app.add_option("--event-dt", o.event_dt, "microseconds of a recording that are a step")
      ->check(CLI::Range(1.0, 1e9))
      ->capture_default_str();
  app.add_option("--steps", o.steps, "steps; 0: 100, or as long as the input")->check(CLI::NonNegativeNumber);
  app.add_option("--rate", o.rate, "of Poisson input, in spikes per 1000 steps")->capture_default_str();
  add_seed(app, o.seed, "of Poisson input");
  app.add_option("--out", o.out, "outputs as an .npz");
  app.add_option("--raster", o.raster, "input and output spikes as a picture");
  app.add_option("--check", o.check,
                 ".npy or .npz of outputs, (steps, outputs); exit status 1 where they differ");
  app.add_option("--tolerance", o.tolerance, "of --check")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  return run_program(app, argc, argv, [&] { run_all(o); });
}
