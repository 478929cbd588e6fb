// No heap allocation inside a step of an imported network of all node types, with several samples, loops and subgraphs.
#include <cstdio>

#include "support/count_allocations.hpp"

#ifdef COUNTS_ALLOCATIONS  // else that header has the main of a program that is skipped

#include <neohebb/network/imported.hpp>

#include "support/nir.hpp"

using namespace neohebb;

int main() {
  nir::Graph graph = support::all_node_types();
  for (nir::Node& node : graph.nodes) {
    if (auto* flat = std::get_if<nir::Flatten>(&node.parameters)) flat->input_type.reset();
    if (node.name == "fc")
      node.parameters = nir::Affine{support::filled({3, 12}, -1), support::filled({3}, 0)};
  }
  std::erase_if(graph.nodes, [](const nir::Node& node) { return node.name == "line"; });
  std::erase_if(graph.edges, [](const nir::Edge& edge) { return edge.target == "output"; });
  std::string before = "inner";
  for (const char* next : {"i", "if", "li", "lif.1", "cubali", "threshold", "output"}) {
    graph.edges.push_back({before, next});
    before = next;
  }
  const nir::ImportedNetwork<float> net(graph, {.dt = 0.1});
  int failures = 0;
  for (const Index batch : {1, 5}) {
    auto state = net.zero_state(batch);
    Matrix<float> x = Matrix<float>::Ones(net.inputs(), batch);
    const long found = support::allocations_in([&] {
      for (Index t = 0; t < 20; ++t) {
        x(t, 0) = 0;
        net.step(state, x);
      }
    });
    std::printf("batch %ld: %ld allocations%s\n", long(batch), found, found ? "  FAILED" : "");
    failures += found != 0;
  }
  return failures;
}

#endif
