// Networks of other frameworks, imported, against what those frameworks made of them: potentials, spikes,
// accuracy. Needs the files of ../shared/nir and ../shared/data/nmnist.
#include <filesystem>
#include <fstream>
#include <neohebb/data/events/counts.hpp>
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

/// How many of the N-MNIST test recordings a network of ten outputs tells by its most frequent spikes; and
/// the spikes of its first layer.
std::pair<int, double> right(const nir::Semantics& how) {
  const auto net = network<float>(folder + "cnn_sinabs.nir", how);
  const std::size_t first = net.index("1");
  std::pair<int, double> result{0, 0};
  for (const auto& recording : list_nmnist(shared + "/data/nmnist", "Test")) {
    auto state = net.zero_state(1);
    Vector<float> votes = Vector<float>::Zero(10);
    const Matrix<float> x =
        count_events<float>(read_events(recording.path).events, 34, 34, false, 1000, 310, recording.path);
    for (Index t = 0; t < x.cols(); ++t) {
      net.step(state, x.col(t));
      votes += net.output(state);
      result.second += static_cast<double>(state.nodes[first].output.sum());
    }
    Index most = 0;
    votes.maxCoeff(&most);
    result.first += most == recording.label;
  }
  return result;
}

/// How far a neuron's potentials are from the file's, and the steps in which it spikes, for the file's inputs.
template <class S>
std::pair<double, std::vector<int>> against_csv(const nir::ImportedNetwork<S>& net, const std::string& csv,
                                                const std::string& node, double input_scale = 1) {
  auto state = net.zero_state(1);
  std::ifstream file(folder + "lif_csv/" + csv);
  std::pair<double, std::vector<int>> result{0, {}};
  int t = 0;
  for (std::string line; std::getline(file, line); ++t) {
    double input = 0, v = 0, z = 0;
    REQUIRE(std::sscanf(line.c_str(), "%lf,%lf,%lf", &input, &v, &z) == 3);
    net.step(state, Matrix<S>::Constant(1, 1, static_cast<S>(input * input_scale)));
    const double off = std::abs(static_cast<double>(net.at(state, node).membrane(0, 0)) - v);
    result.first = std::max(result.first, off);
    if (net.output(state)(0, 0) > 0) result.second.push_back(t);
    CHECK((net.output(state)(0, 0) > 0) == (z > 0));
  }
  CHECK(t == 1000);
  return result;
}

}  // namespace

TEMPLATE_TEST_CASE("Norse's LIF: potentials to 1e-6, and its four spikes", "", float, double) {
  using S = TestType;
  if (missing(folder + "lif_norse.nir")) return;
  const auto net = network<S>(folder + "lif_norse.nir", nir::presets::norse());
  const auto [largest, spikes] = against_csv(net, "lif_norse.csv", "1");
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

TEMPLATE_TEST_CASE("Rockpool's LIF: Rockpool's and sinabs's potentials and spikes by sinabs's dynamics", "",
                   float, double) {
  using S = TestType;
  const std::string path = folder + "lif_rockpool.nir";
  if (missing(path)) return;
  const auto net = network<S>(path, nir::presets::sinabs(1e-4));
  // sinabs's inputs have the weight, 0.04, in them.
  for (const auto& [csv, scale] : {std::pair{"lif_rockpool.csv", 1.0}, {"lif_sinabs.csv", 25.0}}) {
    INFO(csv);
    const auto [off, spikes] = against_csv(net, csv, "1_LIFNeuronTorch", scale);
    CHECK(off <= 1e-6);
    CHECK(spikes == std::vector<int>{450, 500, 710, 760});
  }
}

TEMPLATE_TEST_CASE("snnTorch's Synaptic: spikes and potentials of its equations", "", float, double) {
  using S = TestType;
  const std::string path = folder + "snntorch_synaptic.nir";
  if (missing(path)) return;
  const nir::Graph graph = nir::read_nir(path).graph;
  const auto& affine = std::get<nir::Affine>(graph.find("0")->parameters);
  const Matrix<double> w = affine.weight.matrix<double>();
  const Vector<double> b = affine.bias.vector<double>();
  // It wrote alpha = 0.7 and beta = 0.9 as time constants; threshold 1. [snnTorch 1.0.0, run beside these]
  const double alpha = 0.7, beta = 0.9;
  const Matrix<double> x = read_npy(folder + "input.npy").template matrix<double>().transpose();
  for (const auto reset : {nir::SpikeReset::to_value, nir::SpikeReset::by_subtraction})
    for (const auto time : {nir::ResetTime::at_once, nir::ResetTime::later}) {
      const nir::ImportedNetwork<S> net(graph, nir::presets::snntorch(reset, time));
      auto state = net.zero_state(1);
      Vector<double> i = Vector<double>::Zero(w.rows()), v = i, count = i;
      int different = 0;
      double largest = 0;
      for (Index t = 0; t < x.cols(); ++t) {
        net.step(state, x.col(t));
        i = alpha * i + w * x.col(t) + b;
        const Vector<double> before = (v.array() > 1).template cast<double>();
        v = beta * v + i;
        if (reset == nir::SpikeReset::to_value)
          v = (1 - before.array()) * v.array();
        else
          v -= before;
        const Vector<double> z = (v.array() > 1).template cast<double>();
        if (time == nir::ResetTime::at_once)
          for (Index k = 0; k < v.size(); ++k)
            v[k] -= (z[k] - before[k]) * (reset == nir::SpikeReset::to_value ? v[k] : 1);
        count += z;
        different += static_cast<int>((z - net.output(state).template cast<double>()).cwiseAbs().sum());
        largest = std::max(largest,
                           (net.at(state, "1").membrane.template cast<double>() - v).cwiseAbs().maxCoeff());
      }
      CHECK(count.sum() > 100);
      CHECK(different == 0);
      CHECK(largest <= 1e-4);
    }
}

TEST_CASE("conv1d.nir: sums of windows, zeros around; all_primitives.nir: each node's equation") {
  if (missing(folder + "conv1d.nir") || missing(folder + "all_primitives.nir")) return;
  const auto line = network<double>(folder + "conv1d.nir", {});
  auto state = line.zero_state(1);
  const Vector<double> x = Vector<double>::LinSpaced(16, 1, 16);
  line.step(state, x);
  for (Index o = 0; o < 4; ++o)  // all weights are 1: the same four times
    for (Index c = 0; c < 8; ++c) {
      double sum = 0;
      for (Index i = 0; i < 2; ++i)
        for (Index k = std::max<Index>(0, c - 1); k < std::min<Index>(8, c + 2); ++k) sum += x(i * 8 + k);
      CHECK(line.output(state)(o * 8 + c) == sum);
    }

  // Convolution by ones, means and sums of 2 x 2, a product by ones: five numbers alike. Then neurons of unit
  // parameters one behind the other; a Delay of 1 ms, which is two steps or none.
  for (const double dt : {0.5e-3, 0.5}) {
    INFO("dt " << dt);
    const auto all = network<double>(folder + "all_primitives.nir", {.dt = dt});
    const auto wait = static_cast<std::size_t>(std::lround(1e-3 / dt));
    CHECK(all.remarks().size() == (wait == 0 ? 1u : 0u));
    auto run = all.zero_state(1);
    std::vector<double> scaled;
    double integral = 0, leaky = 0, current = 0, cuba = 0, charge = 0, v = 0, drive = 0, u = 0, fired = 0;
    for (int t = 0; t < 8; ++t) {
      const Vector<double> image = Vector<double>::LinSpaced(128, 0.1 * t, 1);
      all.step(run, image);
      double total = 0;
      for (Index r = 0; r < 8; ++r)
        for (Index c = 0; c < 8; ++c)
          for (Index i = 0; i < 2; ++i)
            for (Index y = std::max<Index>(0, r - 1); y < std::min<Index>(8, r + 2); ++y)
              for (Index k = std::max<Index>(0, c - 1); k < std::min<Index>(8, c + 2); ++k)
                total += image((i * 8 + y) * 8 + k);
      scaled.push_back(total);
      const double late = scaled.size() > wait ? scaled[scaled.size() - 1 - wait] : 0;
      integral += late;
      leaky += dt * (integral - leaky);
      current += dt * (leaky - current), cuba += dt * (current - cuba);
      const double above = cuba > 1;
      charge += above;
      const double spike = charge > 1;
      if (spike > 0) charge = 0;
      v += dt * (spike - v);
      const double second = v > 1;
      if (second > 0) v = 0;
      drive += dt * (second - drive), u += dt * (drive - u);
      fired += spike;
      const auto gives = [&](const char* node, double number) {
        return (all.at(run, node).output.array() - number).abs().maxCoeff() <=
               1e-12 * std::max(1.0, std::abs(number));
      };
      CHECK(gives("a", total));
      CHECK(gives("sc", total));
      CHECK(gives("d", late));
      CHECK(gives("i", integral));
      CHECK(gives("li", leaky));
      CHECK(gives("cli", cuba));
      CHECK(gives("t", above));
      CHECK(gives("if", spike));
      CHECK(gives("lif", second));
      CHECK(std::abs(all.at(run, "lif").membrane(4) - v) <= 1e-12);
      CHECK(gives("cuba", u > 1));
      CHECK(gives("output", 5 * double(u > 1)));
    }
    CHECK((fired > 1) == (wait == 0));
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
