// Graphs that are no networks: an error names file, node and numbers, and nothing crashes.
#include "support/imported.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using namespace support::graphs;

TEST_CASE("imported: what does not fit is refused with file, node and both shapes", "[network]") {
  using Catch::Matchers::Contains;
  CHECK_THAT(refusal(chain_graph({4}, {nir::Linear{random_array({3, 5}, 1)}})),
             Contains("net.nir, node 'n0': gets an input of shape (4,), its weight has (3, 5)"));
  CHECK_THAT(refusal(chain_graph({4}, {nir::Scale{random_array({5}, 1)}})),
             Contains("node 'n0': gets an input of shape (4,), its member 'scale' has (5,)"));
  nir::Conv2d conv;
  conv.weight = random_array({2, 3, 3, 3}, 1), conv.bias = random_array({2}, 1);
  CHECK_THAT(refusal(chain_graph({2, 8, 8}, {conv})), Contains("expects 3 channels"));
  CHECK_THAT(refusal(chain_graph({3, 2, 8}, {conv})), Contains("smaller than the kernel"));
  conv.input_shape = {8, 9};
  CHECK_THAT(refusal(chain_graph({3, 8, 8}, {conv})), Contains("shape (3, 8, 8), its input_shape is (8, 9)"));
  const nir::LIF lif{one(1e-6), one(1), one(0), one(1), one(0)};
  CHECK_THAT(refusal(chain_graph({1}, {lif})), Contains("tau is 1e-06, shorter than a step of 1e-04"));
  CHECK_THAT(refusal(chain_graph({1}, {lif}), {.dt = -1}), Contains("Semantics.dt is -1"));
  nir::Graph lost = chain_graph({1}, {lif});
  lost.edges.push_back({"nobody", "n0"});
  CHECK_THAT(refusal(lost, {.dt = 1e-7}), Contains("'nobody', which is no node"));
  const nir::ImportedNetwork<float> net(chain_graph({4}, {}));
  auto state = net.zero_state(2);
  CHECK_THROWS_AS(net.step(state, Matrix<float>::Zero(5, 2)), std::invalid_argument);
  CHECK_THROWS_AS(net.index("nobody"), std::invalid_argument);
}

TEST_CASE("imported: a subgraph that nothing reaches is named", "[network]") {
  using Catch::Matchers::EndsWith;
  nir::Graph outer = chain_graph({3}, {});
  outer.nodes.push_back({"layer", chain_graph({3}, {nir::Scale{random_array({3}, 1)}}), {}});
  outer.edges.push_back({"layer", "output"});
  CHECK_THAT(refusal(outer),
             EndsWith("net.nir, node 'layer/input': nothing reaches it; the graph has no edge "
                      "to the subgraph whose Input it is"));
  outer.edges.push_back({"input", "layer"});
  CHECK(refusal(outer) == "accepted");
  outer.nodes.push_back({"alone", nir::Scale{random_array({3}, 1)}, {}});
  CHECK_THAT(refusal(outer), EndsWith("node 'alone': nothing reaches it; the graph has no edge to it"));
}

TEST_CASE("imported: members of graphs made in memory are checked as those of files", "[network]") {
  using Catch::Matchers::Contains;
  const auto node = [](auto parameters, auto&& change) {
    change(parameters);
    return refusal(chain_graph({2, 8, 8}, {parameters}));
  };
  nir::Conv2d conv;
  conv.weight = random_array({4, 2, 3, 3}, 1), conv.bias = random_array({4}, 1);
  CHECK(node(conv, [](auto&) {}) == "accepted");
  CHECK_THAT(node(conv,
                  [](auto& n) {
                    n.weight.shape = {4, 2};
                  }),
             Contains("net.nir, node 'n0', member 'weight' has shape (4, 2) but 576 bytes"));
  CHECK_THAT(node(conv,
                  [](auto& n) {
                    n.weight = random_array({4, 2, 9}, 1);
                  }),
             Contains("member 'weight' has shape (4, 2, 9), expected 4 dimensions"));
  CHECK_THAT(node(conv, [](auto& n) { n.bias = random_array({3}, 1); }),
             Contains("member 'bias' has shape (3,), the weight's asks for (4,)"));
  CHECK_THAT(node(conv, [](auto& n) { n.bias = {}; }), Contains("member 'bias' has shape () but 0 bytes"));
  CHECK_THAT(node(conv, [](auto& n) { n.groups = 3; }),
             Contains("'groups' is 3, which does not divide the 4"));
  CHECK_THAT(node(conv, [](auto& n) { n.groups = 0; }), Contains("'groups' is 0, expected at least 1"));
  CHECK_THAT(node(conv, [](auto& n) { n.stride[1] = 0; }), Contains("'stride' is 0, expected at least 1"));
  CHECK_THAT(node(conv, [](auto& n) { n.padding.by[0] = -1; }),
             Contains("'padding' is -1, expected at least 0"));
  CHECK_THAT(node(conv, [](auto& n) { n.padding.word = "full"; }), Contains("'padding' is 'full', expected"));
  CHECK_THAT(node(conv, [](auto& n) { n.padding.by[0] = Index{1} << 40; }),
             Contains("'padding' is 1099511627776, expected at most 2147483647"));
  CHECK_THAT(node(conv, [](auto& n) { n.padding.by[0] = 2000000000; }),
             Contains("with padding 2000000000 and 2000000000 give 4000000006 windows, more than 268435456"));
  CHECK_THAT(node(conv,
                  [](auto& n) {
                    n.padding.by = {20000, 20000};
                  }),
             Contains("has shape (4, 40006, 40006), more than 268435456 numbers"));
  CHECK_THAT(node(nir::SumPool2d{{0, 2}, {1, 1}, {0, 0}}, [](auto&) {}),
             Contains("'kernel_size' is 0, expected at least 1"));
  CHECK_THAT(node(nir::AvgPool2d{{1000000000, 2}, {1, 1}, {1000000000, 0}}, [](auto&) {}),
             Contains("give 1000000009 windows, more than 268435456"));
  CHECK_THAT(node(nir::AvgPool2d{{100000000, 2}, {1, 1}, {100000000, 0}}, [](auto&) {}),
             Contains("a kernel of 100000000 for inputs of 8 makes a table of more than 268435456 entries"));
  CHECK_THAT(node(nir::Linear{random_array({128}, 1)}, [](auto&) {}),
             Contains("'weight' has shape (128,), expected 2 or more dimensions"));
  CHECK_THAT(node(nir::Scale{numbers({0}, {})}, [](auto&) {}),
             Contains("'scale' has shape (0,), expected at least one number"));
  CHECK_THAT(node(nir::Scale{numbers({1}, {std::nan("")})}, [](auto&) {}), Contains("'scale' holds NaN"));
  CHECK_THAT(node(nir::Scale{},
                  [](auto& n) {
                    n.scale.shape = {Index{1} << 40, Index{1} << 40};
                  }),
             Contains("'scale' has shape (1099511627776, 1099511627776) but 0 bytes"));
  CHECK_THAT(node(nir::Delay{one(-1)}, [](auto&) {}), Contains("'delay' is -1, must be at least 0"));
  const nir::LIF lif{one(1), one(1), one(0), one(1), one(0)};
  CHECK_THAT(node(lif, [](auto& n) { n.tau = one(0); }), Contains("'tau' is 0, must be above 0"));
  CHECK_THAT(node(lif, [](auto& n) { n.r = random_array({2}, 1), n.v_leak = random_array({3}, 1); }),
             Contains("'r' has shape (2,), another parameter has (3,)"));
  CHECK_THAT(refusal(chain_graph({3, -2}, {})), Contains("node 'input', member 'shape' has a size of -2"));
  CHECK_THAT(refusal(chain_graph({Index{1} << 40, Index{1} << 40}, {})),
             Contains("'shape' is (1099511627776, 1099511627776), more than 281474976710656 numbers"));
  CHECK_THAT(refusal(chain_graph({Index{1} << 40}, {})),
             Contains("has shape (1099511627776,), more than 268435456"));
  CHECK_THAT(refusal(chain_graph({3, 0}, {})), Contains("has shape (3, 0), which holds no number"));
  CHECK_THAT(refusal(chain_graph({1000}, {nir::Delay{one(90)}}), {.dt = 1e-4}),
             Contains("a delay of 900000 steps for 1000 neurons keeps more than 268435456 numbers"));
  CHECK_THAT(refusal(chain_graph({1 << 27}, {nir::Scale{numbers({}, {1})}})),
             Contains("node 'output': with its 134217728 numbers the network has more than 268435456"));
}

TEST_CASE("imported: names and edges of graphs made in memory are checked", "[network]") {
  using Catch::Matchers::Contains;
  nir::Graph graph = chain_graph({3}, {nir::Scale{random_array({3}, 1)}});
  graph.nodes[1].name = "input/n0";
  CHECK_THAT(refusal(graph), Contains("net.nir: 'input/n0' cannot name a node"));
  graph.nodes[1].name = "input";
  CHECK_THAT(refusal(graph), Contains("net.nir: two nodes are called 'input'"));
  nir::Graph deep = chain_graph({3}, {});
  for (int k = 0; k < 40; ++k) {
    nir::Graph around = chain_graph({3}, {deep});
    deep = around;
  }
  CHECK_THAT(refusal(deep), Contains("graphs lie more than 30 deep in each other"));
  CHECK(refusal({}) == "neohebb: net.nir: the graph has no Input node");
  graph = chain_graph({3}, {});
  graph.nodes[0].metadata["x"] = nir::Texts{{2}, {"a"}};
  CHECK_THAT(refusal(graph), Contains("node 'input', metadata 'x' has shape (2,) but other contents"));
}

TEST_CASE("imported: states of no network and of another one, and outputs that are not there, are refused",
          "[network]") {
  using Catch::Matchers::Contains;
  using support::error_of;
  const nir::Scale scale{random_array({3}, 1)};
  const nir::IF neurons{random_array({3}, 1), random_array({3}, 1), random_array({3}, 1)};
  const nir::ImportedNetwork<float> net(chain_graph({3}, {neurons})), other(chain_graph({3}, {scale})),
      longer(chain_graph({3}, {scale, scale}));
  const Matrix<float> x = Matrix<float>::Zero(3, 1);
  const auto message = [&](auto state) {
    return error_of<std::invalid_argument>([&] { net.step(state, x); });
  };
  nir::ImportedNetwork<float>::State empty;
  CHECK_THAT(message(empty),
             Contains("a state of 0 nodes for an imported network of 3: zero_state() makes one"));
  CHECK_THAT(message(longer.zero_state(1)), Contains("a state of 4 nodes for an imported network of 3"));
  CHECK_THAT(message(other.zero_state(1)), Contains("the state of node 'n0' is another network's"));
  CHECK_THAT(error_of<std::invalid_argument>([&] { net.output(empty); }), Contains("a state of 0 nodes"));
  CHECK_THAT(error_of<std::invalid_argument>([&] { net.at(empty, "n0"); }), Contains("a state of 0 nodes"));
  CHECK_THAT(error_of<std::invalid_argument>([&] { net.output(net.zero_state(1), 1); }),
             Contains("output 1 of an imported network, which has 1 Output nodes"));
  auto good = net.zero_state(2);
  CHECK_THAT(error_of<std::invalid_argument>([&] { net.step(good, x); }),
             Contains("input of an imported network"));
}
