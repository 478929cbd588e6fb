// The graph of a network in the Neuromorphic Intermediate Representation.
#pragma once
#include <neohebb/io/nir_nodes.hpp>

namespace neohebb::nir {

/// Text in an array.
struct Texts {
  Shape shape = {};
  std::vector<std::string> texts = {};  // in C order
  friend bool operator==(const Texts&, const Texts&) = default;
};
/// What a tool wrote beside a node or graph, by name; that of nested groups has a path, "training/epochs".
using Metadata = std::map<std::string, std::variant<std::string, NpyArray, Texts>>;

/// From the node named source to the node named target.
struct Edge {
  std::string source = {}, target = {};  // names of nodes
  friend bool operator==(const Edge&, const Edge&) = default;
  friend auto operator<=>(const Edge&, const Edge&) = default;
};

struct Node;

/// Nodes, whose names differ, and what passes from node to node. A graph may be a node of another: its Input
/// and Output nodes stand for its ends. Equal are graphs with the same nodes and edges in any order.
struct Graph {
  std::vector<Node> nodes;       // no initialiser here: Node is not complete yet
  std::vector<Edge> edges = {};  // any order
  Metadata metadata = {};        // what a tool wrote beside the graph
  static constexpr const char* type = "NIRGraph";

  /// Null where no node has the name.
  const Node* find(std::string_view name) const;
  friend bool operator==(const Graph& a, const Graph& b);
};

/// NIR's 19 node types.
using Parameters = std::variant<Input, Output, Affine, Linear, Scale, Conv1d, Conv2d, SumPool2d, AvgPool2d,
                                Flatten, Delay, Threshold, Integrator, IF, LI, LIF, CubaLI, CubaLIF, Graph>;

/// One node: its name, its type with its parameters, and what a tool wrote beside it.
struct Node {
  std::string name = {};
  Parameters parameters = {};  // the node's type, with its parameters
  Metadata metadata = {};      // a graph's is its own
  friend bool operator==(const Node&, const Node&) = default;
};

/// The name of the node's type in files: "CubaLIF".
inline const char* type_of(const Node& node) {
  return std::visit([](const auto& n) { return std::remove_cvref_t<decltype(n)>::type; }, node.parameters);
}

inline const Node* Graph::find(std::string_view name) const {
  const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const Node& n) { return n.name == name; });
  return found == nodes.end() ? nullptr : &*found;
}

inline bool operator==(const Graph& a, const Graph& b) {
  if (a.nodes.size() != b.nodes.size() || a.metadata != b.metadata) return false;
  auto edges = a.edges, others = b.edges;
  std::sort(edges.begin(), edges.end());
  std::sort(others.begin(), others.end());
  if (edges != others) return false;
  std::map<std::string_view, const Node*> by_name;
  for (const Node& node : a.nodes) by_name[node.name] = &node;
  return std::all_of(b.nodes.begin(), b.nodes.end(), [&](const Node& node) {
    const auto found = by_name.find(node.name);
    return found != by_name.end() && *found->second == node;
  });
}

/// A graph as a file has it: with the version that wrote it, and remarks.
struct File {
  Graph graph = {};                       // the network
  std::string version = "1.0.8";          // of Python's nir that wrote it, or whose layout it has
  std::vector<std::string> remarks = {};  // what was odd in the file, and how it was understood
};

}  // namespace neohebb::nir
