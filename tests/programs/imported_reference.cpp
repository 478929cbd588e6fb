// Networks of other frameworks, imported, against what those frameworks made of them: potentials, spikes,
// accuracy. Needs the files of ../shared/nir and ../shared/data/nmnist.
#include <filesystem>
#include <fstream>
#include <neohebb/data/events/reader.hpp>
#include <neohebb/data/events/recordings.hpp>
#include <neohebb/io/nir.hpp>
#include <neohebb/io/npy.hpp>
#include <neohebb/network/imported.hpp>

#include "catch.hpp"

using namespace neohebb;

namespace {

const std::string shared = NEOHEBB_SHARED_DIR;
const std::string folder = shared + "/nir/";

bool missing(const std::string& path) {
  if (std::filesystem::exists(path)) return false;
  std::printf("skipped: there is no %s\n", path.c_str());
  return true;
}
template <class S> nir::ImportedNetwork<S> network(const std::string& file, const nir::Semantics& how) {
  return nir::ImportedNetwork<S>(nir::read_nir(file).graph, how, file);
}

/// Counts of events in steps of 1 ms from the first one on, C order: polarity, row, column.
std::vector<Vector<float>> event_counts(const std::string& file) {
  std::vector<Vector<float>> steps;
  const auto events = read_events(file).events;
  for (const Event& e : events) {
    const auto step = static_cast<std::size_t>((e.t - events.front().t) / 1000);
    while (steps.size() <= step) steps.push_back(Vector<float>::Zero(2 * 34 * 34));
    steps[step][(Index{e.polarity} * 34 + e.y) * 34 + e.x] += 1;
  }
  return steps;
}
/// How many of the N-MNIST test recordings a network of ten outputs tells by its most frequent spikes; and
/// the spikes of its first layer.
std::pair<int, double> right(const nir::Semantics& how) {
  const auto net = network<float>(folder + "cnn_sinabs.nir", how);
  const std::size_t first = net.index("1");
  std::pair<int, double> result{0, 0};
  for (const auto& recording : list_nmnist(shared + "/data/nmnist", "Test")) {
    auto state = net.zero_state(1);
    Vector<float> votes = Vector<float>::Zero(10);
    auto steps = event_counts(recording.path);
    steps.resize(310, Vector<float>::Zero(2 * 34 * 34));
    for (const auto& x : steps) {
      net.step(state, x);
      votes += net.output(state);
      result.second += static_cast<double>(state.nodes[first].output.sum());
    }
    Index most = 0;
    votes.maxCoeff(&most);
    result.first += most == recording.label;
  }
  return result;
}

}  // namespace

TEMPLATE_TEST_CASE("Norse's LIF: potentials to 1e-6, and its four spikes", "", float, double) {
  using S = TestType;
  if (missing(folder + "lif_norse.nir")) return;
  const auto net = network<S>(folder + "lif_norse.nir", nir::presets::norse());
  auto state = net.zero_state(1);
  std::ifstream file(folder + "lif_csv/lif_norse.csv");
  std::vector<int> spikes;
  double largest = 0;
  int t = 0;
  for (std::string line; std::getline(file, line); ++t) {
    double input = 0, v = 0, z = 0;
    REQUIRE(std::sscanf(line.c_str(), "%lf,%lf,%lf", &input, &v, &z) == 3);
    net.step(state, Matrix<S>::Constant(1, 1, static_cast<S>(input)));
    largest = std::max(largest, std::abs(static_cast<double>(net.at(state, "1").membrane(0, 0)) - v));
    if (net.output(state)(0, 0) > 0) spikes.push_back(t);
  }
  CHECK(t == 1000);
  CHECK(largest <= 1e-6);
  CHECK(spikes == std::vector<int>{460, 510, 710, 760});
}

TEMPLATE_TEST_CASE("snnTorch's Leaky: potentials to 1e-5, spikes equal, however it resets", "", float,
                   double) {
  using S = TestType;
  using enum nir::SpikeReset;
  for (const auto& [name, reset, time] : {std::tuple{"zero_delay", to_value, nir::ResetTime::later},
                                          {"zero_nodelay", to_value, nir::ResetTime::at_once},
                                          {"subtract_delay", by_subtraction, nir::ResetTime::later}}) {
    INFO(name);
    const std::string base = folder + "snntorch_leaky_" + name;
    if (missing(base + ".nir")) return;
    const auto net = network<S>(base + ".nir", nir::presets::snntorch(reset, time));
    auto state = net.zero_state(1);
    const Matrix<S> x = read_npy(folder + "input.npy").template matrix<S>().transpose(),
                    potentials = read_npy(base + "_mem.npy").template matrix<S>().transpose(),
                    spikes = read_npy(base + "_spikes.npy").template matrix<S>().transpose();
    S largest = 0;
    bool same = true;
    for (Index t = 0; t < x.cols(); ++t) {
      net.step(state, x.col(t));
      largest = std::max(largest, (net.at(state, "3").membrane - potentials.col(t)).cwiseAbs().maxCoeff());
      same = same && net.output(state) == spikes.col(t);
    }
    CHECK(spikes.sum() > 0);
    CHECK(same);
    CHECK(largest <= S(1e-5));
  }
}

TEMPLATE_TEST_CASE(
    "Norse's recurrent Braille network: all outputs equal, as a flat graph and with a subgraph", "", float,
    double) {
  using S = TestType;
  for (const std::string name : {"braille_noDelay_bias_zero", "braille_noDelay_bias_zero_subgraph"}) {
    INFO(name);
    if (missing(folder + name + ".nir")) return;
    const auto net = network<S>(folder + name + ".nir", nir::presets::norse());
    auto state = net.zero_state(1);
    const Matrix<S> x = read_npy(folder + "braille_input.npy").template matrix<S>().transpose(),
                    spikes = read_npy(folder + "braille_norse_out.npy").template matrix<S>().transpose();
    Matrix<S> got(spikes.rows(), spikes.cols());
    for (Index t = 0; t < x.cols(); ++t) {
      net.step(state, x.col(t));
      got.col(t) = net.output(state);
    }
    CHECK(spikes.sum() == 648);
    CHECK(got == spikes);
  }
}

TEST_CASE(
    "the sinabs paper's network tells N-MNIST's digits: 100 of 100 reset to zero, 97 by subtraction, 96 as "
    "sinabs") {
  if (missing(folder + "cnn_sinabs.nir") || missing(shared + "/data/nmnist")) return;
  const auto [to_zero, spikes] = right({.dt = 1});
  CHECK(to_zero == 100);
  CHECK(spikes == 461821);
  CHECK(right({.dt = 1, .reset = nir::SpikeReset::by_subtraction}).first == 97);
  CHECK(right(nir::presets::sinabs()).first == 96);
}
