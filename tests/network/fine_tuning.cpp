// Layers of an imported network that learn on: before they do, they spike as the imported network does; what they cannot
// be is refused; what they learned goes back into the graph.
#include <neohebb/network/fine_tuning.hpp>

#include <neohebb/layer/eprop.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/learning/target_spikes.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/projection/frozen.hpp>
#include <neohebb/trace/current_pulses.hpp>

#include "catch.hpp"
#include "support/chain.hpp"
#include "support/layers.hpp"

using namespace neohebb;
using support::affine_node, support::chain_graph, support::constant_array, support::cuba_lif_node,
    support::lif_node;

namespace {

template <class P, class Signal>
using Adapts = PlasticLayer<P, nir::NeuronMap<typename P::Scalar>, FastSigmoid<typename P::Scalar>,
                            Instantaneous<typename P::Scalar>, Signal>;
template <class P> using Hidden = Adapts<P, Broadcast<double>>;
template <class P> using Top = Adapts<P, TargetSpikes<double>>;

/// Steps both and compares: spikes of the last layer are equal, membranes up to rounding. Returns how many spikes there
/// were.
template <class Net>
double same_spikes(const nir::Graph& graph, const nir::Semantics& how, const Net& net, const auto& weights,
                   const nir::FineTuning<double>& tuning, Index batch = 3, const std::string& after = "") {
  const nir::ImportedNetwork<double> imported(graph, how);
  auto expected = imported.zero_state(batch);
  auto state = net.zero_state(Extent{batch});
  constexpr std::integral_constant<std::size_t, std::tuple_size_v<decltype(net.layers)> - 1> last{};
  const auto& layers = tuning.layers();
  const Index n = layers.front().from.size();
  Spikes<double> raw(imported.inputs(), batch), in(n, batch);
  double spikes = 0, differ = 0, apart = 0;
  for (Index t = 0; t < 150; ++t) {
    support::NoisyInput{}(t, 0, raw);
    imported.step(expected, raw.dense());
    const Matrix<double> fed =
        after.empty() ? Matrix<double>(raw.dense()) : imported.at(expected, after).output;
    Matrix<double> ordered(n, batch);
    for (Index i = 0; i < n; ++i) ordered.row(i) = fed.row(layers.front().from[i]);
    in.assign(ordered.array() > 0);
    net.step(weights, state, in);
    const auto& want = imported.at(expected, layers.back().neurons);
    const Vector<Index>& to = layers.back().to;
    for (Index i = 0; i < to.size(); ++i) {
      differ += (net.spikes(state, last).dense().row(i) - want.output.row(to[i])).cwiseAbs().sum();
      apart = std::max(
          apart,
          (std::get<last()>(state).neuron.membrane.row(i) - want.membrane.row(to[i])).cwiseAbs().maxCoeff());
    }
    spikes += want.output.sum();
  }
  CHECK(differ == 0);
  CHECK(apart < 1e-12);
  return spikes;
}
/// Two layers of synapses P, made of the graph.
template <class P> void check_two_layers(const nir::Graph& graph, const nir::Semantics& how) {
  const nir::FineTuning<double> tuning(graph, how);
  REQUIRE(tuning.size() == 2);
  const Network net{tuning.layer(0, Hidden<P>{.signal = {.outputs = 4}}), tuning.layer(1, Top<P>{})};
  auto weights = net.initial_weights(ScaledNormal<double>{}, Generator{});
  tuning.fill(weights);
  CHECK(same_spikes(graph, how, net, weights, tuning) > 100);
}
std::string refusal(auto&& make) {
  try {
    make();
  } catch (const std::invalid_argument& error) {
    return std::string(error.what()).substr(std::string("neohebb: ").size());
  }
  return "accepted";
}
std::string refused(const nir::Graph& graph, const nir::Semantics& how = {}, const std::string& after = "") {
  return refusal([&] { nir::FineTuning<float>(graph, how, "net.nir", after); });
}

constexpr double dt = 1e-4;
std::vector<nir::Semantics> all_resets() {
  using enum nir::SpikeReset;
  using enum nir::ResetTime;
  nir::Semantics floored = nir::presets::sinabs(dt);
  floored.several_spikes = false;
  return {nir::presets::norse(),
          nir::presets::snntorch(to_value, at_once),
          nir::presets::snntorch(to_value, later),
          nir::presets::snntorch(by_subtraction, at_once),
          nir::presets::snntorch(by_subtraction, later),
          floored,
          {.dt = dt, .discretisation = nir::Discretisation::exact, .fires_at_threshold = true}};
}

}  // namespace

TEST_CASE(
    "layers made of LIF nodes spike as the imported network, whatever the reset and each neuron's "
    "parameters") {
  for (const bool differ : {false, true}) {
    const nir::Graph graph = chain_graph({9}, {affine_node(9, 8, 3, 2), lif_node({8}, 1e-3, differ),
                                               affine_node(8, 4, 5, 2), lif_node({4}, 5e-4, differ)});
    for (const nir::Semantics& how : all_resets()) {
      check_two_layers<EventDriven<Pulses<double>>>(graph, how);
      check_two_layers<Dense<Pulses<double>>>(graph, how);
    }
    CHECK(nir::FineTuning<double>(graph).remarks().size() == (differ ? 2 : 0));
  }
}

TEST_CASE("layers made of CubaLIF nodes spike as the imported network") {
  for (const bool differ : {false, true}) {
    const nir::Graph graph = chain_graph({9}, {affine_node(9, 8, 3, 3), cuba_lif_node({8}, 1e-3, differ),
                                               affine_node(8, 4, 5, 4), cuba_lif_node({4}, 5e-4, differ)});
    for (const nir::Semantics& how : all_resets())
      check_two_layers<EventDriven<CurrentPulses<double>>>(graph, how);
  }
}

TEST_CASE("convolutions have channels fastest here and first in NIR: spikes are the same, in another order") {
  nir::Conv2d conv{.input_shape = {},
                   .weight = support::uniform_array({4, 2, 3, 3}, 3, -0.5, 0.8),
                   .stride = {2, 2},
                   .padding = {{1, 1}, ""},
                   .dilation = {1, 1},
                   .groups = 1,
                   .bias = constant_array({4}, 0.02)};
  nir::Conv2d second = conv;
  second.weight = support::uniform_array({3, 4, 3, 3}, 4, -0.5, 0.8), second.stride = {1, 1};
  second.padding.word = "same", second.bias = constant_array({3}, 0.01);
  const nir::IF first_if{constant_array({4, 3, 4}, 1), support::uniform_array({4, 3, 4}, 6, 0.5, 1.5),
                         constant_array({4, 3, 4}, 0)};
  const nir::IF second_if{constant_array({3, 3, 4}, 2), constant_array({3, 3, 4}, 2),
                          constant_array({3, 3, 4}, 0)};
  const nir::Graph graph = chain_graph({2, 6, 8}, {conv, first_if, second, second_if, nir::Flatten{0, -1, {}},
                                                   affine_node(36, 4, 8, 1), lif_node({4}, 1e-3, false)});
  const nir::FineTuning<double> tuning(graph, nir::presets::norse());
  using Images = EventDriven<Pulses<double>, Convolution>;
  const Network net{
      tuning.layer(0, Hidden<Images>{.signal = {.outputs = 4, .feedback = Feedback::random}}),
      tuning.layer(1, Hidden<Dense<Pulses<double>, Convolution>>{.signal = {.outputs = 4,
                                                                            .feedback = Feedback::random}}),
      tuning.layer(2, Top<EventDriven<Pulses<double>>>{})};
  auto weights = net.initial_weights(ScaledNormal<double>{}, Generator{});
  tuning.fill(weights);
  CHECK(same_spikes(graph, nir::presets::norse(), net, weights, tuning) > 50);

  const nir::Graph again = tuning.learned(graph, weights);
  for (const char* name : {"n0", "n2"}) {
    const auto& before = std::get<nir::Conv2d>(graph.find(name)->parameters);
    const auto& after = std::get<nir::Conv2d>(again.find(name)->parameters);
    CHECK(after.weight.shape == before.weight.shape);
    const auto w = before.weight.as<double>(), v = after.weight.as<double>();
    for (std::size_t k = 0; k < w.size(); ++k) CHECK(v[k] == Approx(w[k]).margin(1e-14));
  }
}

TEST_CASE(
    "layers may begin behind any node that spikes, while the imported network runs what is before them") {
  const nir::Graph graph = chain_graph(
      {16}, {affine_node(16, 16, 3, 2), lif_node({16}, 1e-3, true), nir::Scale{constant_array({16}, 2)},
             nir::Threshold{constant_array({16}, 0.5)}, affine_node(16, 6, 4, 2), lif_node({6}, 1e-3, true)});
  const nir::FineTuning<double> tuning(graph, nir::presets::norse(), "net.nir", "n3");
  REQUIRE(tuning.size() == 1);
  const Network net{tuning.layer(0, Top<EventDriven<Pulses<double>>>{})};
  auto weights = net.initial_weights(ScaledNormal<double>{}, Generator{});
  tuning.fill(weights);
  CHECK(same_spikes(graph, nir::presets::norse(), net, weights, tuning, 2, "n3") > 50);
  CHECK(refused(graph, {}, "n2") ==
        "net.nir, node 'n2': a Scale gives no spikes, which is what the layers behind it are fed with");
}

TEST_CASE("what was learned goes back into the graph, which then spikes as the layers do") {
  nir::Graph graph =
      chain_graph({9}, {affine_node(9, 8, 3, 2), lif_node({8}, 1e-3, true),
                        nir::Linear{support::uniform_array({4, 8}, 5, -1, 2)}, lif_node({4}, 5e-4, true)});
  graph.nodes[1].metadata["kept"] = std::string("yes");
  nir::Graph outer;
  outer.nodes = {{"input", nir::Input{{9}}, {}}, {"net", graph, {}}, {"output", nir::Output{}, {}}};
  outer.edges = {{"input", "net"}, {"net", "output"}};
  const nir::Semantics how = nir::presets::snntorch();
  const nir::FineTuning<double> tuning(outer, how);
  CHECK(tuning.layers()[1].synapses == "net/n2");
  using P = EventDriven<Pulses<double>>;
  const Network net{tuning.layer(0, Hidden<P>{.signal = {.outputs = 4}}), tuning.layer(1, Top<P>{})};
  CHECK(std::get<0>(net.layers).projection.bias);
  CHECK_FALSE(std::get<1>(net.layers).projection.bias);  // a Linear node has none
  auto weights = net.initial_weights(ScaledNormal<double>{}, Generator{});
  tuning.fill(weights);

  auto state = net.zero_state(Extent{1});
  auto learner = net.learner(Sgd<double>{.rate = 0.01}, Extent{1}, 1);
  Spikes<double> in(9, 1), target(4, 1);
  target.assign_list(std::vector{1, 2});
  const auto before = std::get<0>(weights).projection.copy();
  for (Index t = 0; t < 100; ++t) {
    support::NoisyInput{}(t, 0, in);
    net.step(weights, state, in);
    net.credit(weights, state, target, learner);
    net.update(weights, state, learner);
  }
  CHECK(support::distance(before.weight, std::get<0>(weights).projection.copy().weight) > 0.01);
  const nir::Graph adapted = tuning.learned(outer, weights);
  CHECK(same_spikes(adapted, how, net, weights, tuning) > 50);
  const auto& inner = std::get<nir::Graph>(adapted.find("net")->parameters);
  CHECK(inner.nodes[1].metadata == graph.nodes[1].metadata);
  CHECK(std::get<nir::Linear>(inner.find("n2")->parameters).weight.shape == nir::Shape{4, 8});
}

TEST_CASE("a graph that is no chain of weights and neurons is refused, with the node and the reason") {
  const auto a = [](Index in, Index out) { return affine_node(in, out, 3, 1); };
  const auto lif = [](Index n) { return lif_node({n}, 1e-3, false); };
  const nir::LIF neurons = lif(4);
  const nir::LI li{neurons.tau, neurons.r, neurons.v_leak};
  CHECK(refused(chain_graph({3}, {a(3, 4), lif(4)})) == "accepted");
  CHECK(refused(chain_graph({4}, {lif(4)})) ==
        "net.nir, node 'n0': a LIF without weights before it, which a layer has");
  CHECK(refused(chain_graph({3}, {a(3, 4)})) == "net.nir, node 'n0': no neurons follow it");
  CHECK(refused(chain_graph({3}, {})) == "net.nir: there is no layer of weights and neurons");
  CHECK(refused(chain_graph({3}, {a(3, 4), lif(4)}), {}, "n1") ==
        "net.nir: there is no layer of weights and neurons behind 'n1'");
  CHECK(refused(chain_graph({3}, {a(3, 3), a(3, 4), lif(4)})) ==
        "net.nir, node 'n1': follows 'n0' without neurons between them");
  CHECK(refused(chain_graph({3}, {a(3, 4), lif(4), nir::Scale{constant_array({4}, 2)}, a(4, 4), lif(4)})) ==
        "net.nir, node 'n2': a Scale between layers, which take spikes of 0 and 1 as they are; begin behind "
        "it, by "
        "FineTuning's argument `after`");
  CHECK(refused(chain_graph({3}, {a(3, 4), li, a(4, 4), lif(4)})) ==
        "net.nir, node 'n2': is fed by neurons that do not spike");
  CHECK(refused(chain_graph({3}, {a(3, 4), lif(4)}), nir::presets::sinabs()) ==
        "net.nir: Semantics.several_spikes: neurons of layers that learn spike once a step at most");
  CHECK(refused(chain_graph({2, 3}, {a(3, 4), lif_node({2, 4}, 1e-3, false)})) ==
        "net.nir, node 'n0': its weights meet 2 rows of inputs; a layer has one");

  nir::Graph loop = chain_graph({4}, {a(4, 4), lif(4)});
  loop.nodes.push_back({"back", nir::Linear{constant_array({4, 4}, 1)}, {}});
  loop.edges.push_back({"n1", "back"}), loop.edges.push_back({"back", "n1"});
  CHECK(refused(loop) ==
        "net.nir, node 'n1': gets 'back' of the step before; layers that learn form a chain, without loops");
  nir::Graph skip = chain_graph({4}, {a(4, 4), lif(4), a(4, 4), lif(4)});
  skip.edges.push_back({"n1", "n3"});
  CHECK(refused(skip) == "net.nir, node 'n1': leads to 'n2' and 'n3'; layers that learn form a chain");
  nir::Graph two = chain_graph({4}, {a(4, 4), lif(4)});
  two.nodes.push_back({"more", nir::Input{{4}}, {}});
  two.edges.push_back({"more", "n1"});
  CHECK(refused(two) == "net.nir: 2 Input nodes; layers that learn form a chain");

  const nir::CubaLIF cuba = cuba_lif_node({4}, 1e-3, false);
  CHECK(refused(chain_graph({3}, {a(3, 4), cuba}), nir::presets::reference()) ==
        "net.nir, node 'n1': with CurrentOrder::membrane_first the synapses' trace, CurrentPulses, is a step "
        "early");
  nir::LIF deaf = lif(4);
  deaf.r = to_npy(Vector<double>{{1, 1, 0, 1}});
  CHECK(refused(chain_graph({3}, {a(3, 4), deaf})) ==
        "net.nir, node 'n1': neuron 2 takes 0 times its input, which leaves nothing to learn");
}

TEST_CASE("convolutions that Convolution is not are refused") {
  const nir::Conv2d plain{.input_shape = {},
                          .weight = constant_array({2, 2, 3, 3}, 1),
                          .stride = {1, 1},
                          .padding = {},
                          .dilation = {1, 1},
                          .groups = 1,
                          .bias = constant_array({2}, 0)};
  const auto with = [&](auto&& change, const nir::Shape& out) {
    nir::Conv2d conv = plain;
    change(conv);
    return refused(chain_graph(
        {2, 6, 6}, {conv, nir::IF{constant_array(out, 1), constant_array(out, 1), constant_array(out, 0)}}));
  };
  CHECK(with([](auto&) {}, {2, 4, 4}) == "accepted");
  CHECK(with(
            [](auto& c) {
              c.stride = {2, 1};
            },
            {2, 2, 4}) ==
        "net.nir, node 'n0': Convolution has square kernels, with one stride and one padding; this one's "
        "kernel is 3 x 3");
  CHECK(with(
            [](auto& c) {
              c.dilation = {2, 2};
            },
            {2, 2, 2}) == "net.nir, node 'n0': Convolution has no dilation and no groups");
  CHECK(with(
            [](auto& c) {
              c.weight = constant_array({2, 2, 2, 2}, 1), c.padding.word = "same";
            },
            {2, 6, 6}) ==
        "net.nir, node 'n0': padding 'same' of an even kernel, which is not the same on all sides");
  nir::IF uneven{constant_array({2, 4, 4}, 1), constant_array({2, 4, 4}, 1), constant_array({2, 4, 4}, 0)};
  uneven.r = support::uniform_array({2, 4, 4}, 1, 0.5, 1.5);
  CHECK(refused(chain_graph({2, 6, 6}, {plain, uneven})).find("neurons of one channel take ") !=
        std::string::npos);
  nir::Conv1d line;
  line.weight = constant_array({2, 1, 3}, 1), line.bias = constant_array({2}, 0);
  CHECK(refused(chain_graph({1, 6}, {line, lif_node({2, 4}, 1e-3, false)})) ==
        "net.nir, node 'n0': a Conv1d; layers have Convolution, of images");
}

TEST_CASE("a layer of another kind than its nodes is refused") {
  const auto tuning = [](const nir::Parameters& weights, const nir::Parameters& neurons,
                         const nir::Shape& in) {
    return nir::FineTuning<double>(chain_graph(in, {weights, neurons}), {}, "net.nir");
  };
  const nir::LIF lif = lif_node({4}, 1e-3, false);
  const auto dense = tuning(affine_node(3, 4, 3, 1), lif, {3}),
             cuba = tuning(affine_node(3, 4, 3, 1), cuba_lif_node({4}, 1e-3, false), {3}),
             leaky = tuning(affine_node(3, 4, 3, 1), nir::LI{lif.tau, lif.r, lif.v_leak}, {3}),
             lifted = tuning(affine_node(3, 4, 3, 1), nir::LI{lif.tau, lif.r, constant_array({4}, 1)}, {3}),
             mixed = tuning(affine_node(3, 4, 3, 1),
                            nir::LI{support::uniform_array({4}, 1, 1e-3, 2e-3), lif.r, lif.v_leak}, {3});
  using P = EventDriven<Pulses<double>>;
  CHECK(refusal([&] { cuba.layer(0, Top<P>{}); }) ==
        "net.nir, node 'n1': a CubaLIF: its synapses' trace is CurrentPulses");
  CHECK(refusal([&] { dense.layer(0, Top<EventDriven<CurrentPulses<double>>>{}); }) ==
        "net.nir, node 'n1': a LIF: its synapses' trace is Pulses");
  CHECK(refusal([&] { leaky.layer(0, Top<P>{}); }) ==
        "net.nir, node 'n1': a LI does not spike; its layer is a LeakyReadout");
  CHECK(refusal([&] { dense.layer(0, LeakyReadout<P>{}); }) ==
        "net.nir, node 'n1': a LIF spikes; its layer is a PlasticLayer, not a LeakyReadout");
  CHECK(refusal([&] { lifted.layer(0, LeakyReadout<P>{}); }) ==
        "net.nir, node 'n1': v_leak is not 0, to which a LeakyReadout leaks");
  CHECK(refusal([&] { mixed.layer(0, LeakyReadout<P>{}); }) ==
        "net.nir, node 'n1': its neurons have different time constants, a LeakyReadout has one");
  CHECK(refusal([&] { dense.layer(0, Top<EventDriven<Pulses<double>, Convolution>>{}); }) ==
        "net.nir, node 'n0': its layer is AllToAll, not a Convolution");
  const Network net{dense.layer(0, Top<Frozen<P>>{})};
  auto weights = net.initial_weights(ScaledNormal<double>{}, Generator{});
  dense.fill(weights);
  CHECK(std::get<0>(weights).projection.copy().weight == dense.layers()[0].weight);
  std::vector two{std::get<0>(weights), std::get<0>(weights)};
  CHECK(refusal([&] { dense.fill(two); }) ==
        "net.nir: weights of 2 layers, the graph has 1; FineTuning::fill(k, …) takes one");
}
