// snnTorch's networks as layers that learn: before they do, they spike as snnTorch did. Needs the files of ../shared/nir.
#include <filesystem>
#include <neohebb/io/nir.hpp>
#include <neohebb/io/npy.hpp>
#include <neohebb/layer/eprop.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/learning/target_spikes.hpp>
#include <neohebb/network/fine_tuning.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/trace/current_pulses.hpp>

#include "catch.hpp"

using namespace neohebb;

namespace {

const std::string folder = std::string(NEOHEBB_SHARED_DIR) + "/nir/";

bool missing(const std::string& path) {
  if (std::filesystem::exists(path)) return false;
  std::printf("skipped: there is no %s\n", path.c_str());
  return true;
}
template <class P, class Signal>
using Adapts = PlasticLayer<P, nir::NeuronMap<float>, FastSigmoid<float>, Instantaneous<float>, Signal>;

}  // namespace

TEST_CASE("layers made of snnTorch's files spike as snnTorch did") {
  using enum nir::SpikeReset;
  using enum nir::ResetTime;
  const std::vector<std::pair<std::string, nir::Semantics>> files = {
      {"snntorch_leaky_zero_delay", nir::presets::snntorch(to_value, later)},
      {"snntorch_leaky_zero_nodelay", nir::presets::snntorch(to_value, at_once)},
      {"snntorch_leaky_subtract_delay", nir::presets::snntorch(by_subtraction, later)}};
  using P = EventDriven<Pulses<float>>;
  for (const auto& [name, how] : files) {
    const std::string file = folder + name;
    if (missing(file + ".nir")) return;
    const nir::FineTuning<float> tuning(nir::read_nir(file + ".nir").graph, how, file);
    const Network net{tuning.layer(0, Adapts<P, Broadcast<float>>{.signal = {.outputs = 5}}),
                      tuning.layer(1, Adapts<P, TargetSpikes<float>>{})};
    auto weights = net.initial_weights(ScaledNormal<float>{}, Generator{});
    tuning.fill(weights);
    auto state = net.zero_state(Extent{1});
    const auto x = read_npy(folder + "input.npy").matrix<float>(),
               spikes = read_npy(file + "_spikes.npy").matrix<float>(),
               membrane = read_npy(file + "_mem.npy").matrix<float>();
    Spikes<float> in(20, 1);
    for (Index t = 0; t < x.rows(); ++t) {
      in.assign(x.row(t).transpose().array() > 0);
      net.step(weights, state, in);
      INFO(name << ", step " << t);
      const auto& neuron = std::get<1>(state).neuron;
      CHECK(neuron.spikes.dense() == spikes.row(t).transpose());
      CHECK((neuron.membrane - membrane.row(t).transpose()).cwiseAbs().maxCoeff() < 1e-5f);
    }
    CHECK(spikes.sum() > 50);
  }
}

TEST_CASE("a layer made of snnTorch's Synaptic spikes as the imported network") {
  if (missing(folder + "snntorch_synaptic.nir")) return;
  const nir::Graph graph = nir::read_nir(folder + "snntorch_synaptic.nir").graph;
  const nir::ImportedNetwork<float> imported(graph, nir::presets::snntorch());
  const nir::FineTuning<float> tuning(graph, nir::presets::snntorch());
  const Network net{tuning.layer(0, Adapts<EventDriven<CurrentPulses<float>>, TargetSpikes<float>>{})};
  auto weights = net.initial_weights(ScaledNormal<float>{}, Generator{});
  tuning.fill(weights);
  auto state = net.zero_state(Extent{1});
  auto expected = imported.zero_state(1);
  const auto x = read_npy(folder + "input.npy").matrix<float>();
  Spikes<float> in(20, 1);
  float all = 0;
  for (Index t = 0; t < x.rows(); ++t) {
    in.assign(x.row(t).transpose().array() > 0);
    net.step(weights, state, in);
    imported.step(expected, in.dense());
    CHECK(std::get<0>(state).neuron.spikes.dense() == imported.output(expected));
    all += imported.output(expected).sum();
  }
  CHECK(all > 50);
}

TEST_CASE("networks that are no chain are refused by the node's name") {
  for (const auto& [file, reason] :
       {std::pair{"braille_noDelay_bias_zero.nir", "gets 'lif1.w_rec' of the step before"},
        std::pair{"cnn_sinabs.nir", "node '4': a SumPool2d between layers"}}) {
    if (missing(folder + file)) return;
    const nir::Graph graph = nir::read_nir(folder + file).graph;
    CHECK_THROWS_WITH(nir::FineTuning<float>(graph), Catch::Matchers::Contains(reason));
  }
}
