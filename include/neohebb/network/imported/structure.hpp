// A NIR graph without subgraphs, in the order in which its nodes are to be computed.
#pragma once
#include <algorithm>
#include <limits>
#include <neohebb/io/nir_graph.hpp>
#include <set>

namespace neohebb::nir {

/// Nodes in the order of a step, those of subgraphs too: "outer/inner". A subgraph's Input and Output are
/// nodes that pass on what they get.
struct Structure {
  /// A node with the nodes before it.
  struct Item {
    std::string name = {};
    const Node* node = nullptr;                  // of the graph, which must live on
    std::vector<std::size_t> sources = {};       // items before this one
    std::vector<std::size_t> late_sources = {};  // those after it, which close a loop
    bool inside = false;                         // of a subgraph
    bool at_end = false;  // a Delay that takes its input at the end of a step: it closes a loop
  };
  std::vector<Item> items = {};  // all nodes
};

namespace detail {

template <class T> const Node* only(const Graph& graph, const std::string& name, const std::string& file) {
  const Node* found = nullptr;
  for (const Node& node : graph.nodes) {
    if (!std::holds_alternative<T>(node.parameters)) continue;
    NEOHEBB_REQUIRE(!found, file, ", node '", name, "': a subgraph with several ", T::type,
                    " nodes: edges do not say which they mean; give it one");
    found = &node;
  }
  NEOHEBB_REQUIRE(found, file, ", node '", name, "': a subgraph without ", T::type, " node");
  return found;
}

class Flattening {
 public:
  Flattening(const Graph& graph, const std::string& file) : file_(file) {
    add(graph, "");
    std::sort(all_.items.begin(), all_.items.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    for (std::size_t k = 0; k < all_.items.size(); ++k) place_[all_.items[k].name] = k;
    after_.resize(all_.items.size());
    for (const auto& [from, to] : edges_) {
      all_.items[place_[to]].sources.push_back(place_[from]);
      after_[place_[from]].push_back(place_[to]);
    }
  }
  Structure ordered() {
    find_distances();
    const std::size_t n = all_.items.size();
    std::vector<std::size_t> order, rank(n, n);
    while (order.size() < n) {
      const std::size_t next = choose(rank);
      rank[next] = order.size();
      order.push_back(next);
    }
    Structure result;
    for (const std::size_t k : order) {
      Structure::Item item = all_.items[k];
      item.sources.clear();
      for (const std::size_t s : all_.items[k].sources)
        (rank[s] < rank[k] ? item.sources : item.late_sources).push_back(rank[s]);
      std::sort(item.sources.begin(), item.sources.end());
      std::sort(item.late_sources.begin(), item.late_sources.end());
      item.at_end = is_delay(k) && !item.late_sources.empty();
      result.items.push_back(std::move(item));
    }
    return result;
  }

 private:
  void add(const Graph& graph, const std::string& prefix) {
    std::set<std::string> names;
    for (const Node& node : graph.nodes) {
      NEOHEBB_REQUIRE(names.insert(node.name).second, file_, ": two nodes are called '", prefix + node.name,
                      "'");
      if (const auto* inner = std::get_if<Graph>(&node.parameters))
        add(*inner, prefix + node.name + "/");
      else
        all_.items.push_back({prefix + node.name, &node, {}, {}, !prefix.empty()});
    }
    for (const Edge& edge : graph.edges)
      edges_.insert({end<Output>(graph, edge.source, prefix), end<Input>(graph, edge.target, prefix)});
  }
  /// The node that an edge begins or ends at: of a subgraph its Output or Input, however deep.
  template <class T>
  std::string end(const Graph& graph, const std::string& name, const std::string& prefix) const {
    const Node* node = graph.find(name);
    NEOHEBB_REQUIRE(node, file_, ": an edge names '", prefix + name, "', which is no node");
    const auto* inner = std::get_if<Graph>(&node->parameters);
    if (!inner) return prefix + name;
    return prefix + name + "/" + only<T>(*inner, prefix + name, file_)->name;
  }
  /// Edges from the graph's Input nodes.
  void find_distances() {
    distance_.assign(all_.items.size(), all_.items.size());
    std::vector<std::size_t> border;
    for (std::size_t k = 0; k < all_.items.size(); ++k)
      if (all_.items[k].sources.empty()) distance_[k] = 0, border.push_back(k);
    for (std::size_t k = 0; k < border.size(); ++k)
      for (const std::size_t to : after_[border[k]])
        if (distance_[to] > distance_[border[k]] + 1)
          distance_[to] = distance_[border[k]] + 1, border.push_back(to);
  }
  bool reaches(std::size_t from, std::size_t to, const std::vector<std::size_t>& rank) const {
    std::vector<std::size_t> border{from};
    std::vector<bool> seen(after_.size());
    for (std::size_t k = 0; k < border.size(); ++k)
      for (const std::size_t next : after_[border[k]]) {
        if (next == to) return true;
        if (rank[next] < rank.size() || seen[next]) continue;
        seen[next] = true;
        border.push_back(next);
      }
    return false;
  }
  bool is_delay(std::size_t k) const { return std::holds_alternative<Delay>(all_.items[k].node->parameters); }
  bool closes_loop(std::size_t k, const std::vector<std::size_t>& rank) const {
    const auto& sources = all_.items[k].sources;
    return std::any_of(sources.begin(), sources.end(), [&](std::size_t s) {
      return rank[s] == rank.size() && (s == k || reaches(k, s, rank));
    });
  }
  /// The next node: one whose sources are all computed; else a Delay in a loop, whose output does not depend
  /// on this step's input; else, of those whose other sources lie on loops
  /// through themselves, the one nearest to the input, first by name. So the order of nodes and edges in a
  /// file does not matter.
  std::size_t choose(const std::vector<std::size_t>& rank) const {
    const std::size_t n = rank.size();
    std::size_t best = n;
    const auto better = [&](std::size_t k) { return best == n || distance_[k] < distance_[best]; };
    enum { computed, delays, in_loops };
    for (const auto of : {computed, delays, in_loops}) {
      for (std::size_t k = 0; k < n; ++k) {
        if (rank[k] < n || !better(k)) continue;
        const auto& sources = all_.items[k].sources;
        const bool ready = of == delays
                               ? is_delay(k) && closes_loop(k, rank)
                               : std::all_of(sources.begin(), sources.end(), [&](std::size_t s) {
                                   return rank[s] < n || (of == in_loops && (s == k || reaches(k, s, rank)));
                                 });
        if (ready) best = k;
      }
      if (best < n) break;
    }
    return best;
  }

  std::string file_;
  Structure all_;
  std::set<std::pair<std::string, std::string>> edges_;
  std::map<std::string, std::size_t> place_;
  std::vector<std::vector<std::size_t>> after_;
  std::vector<std::size_t> distance_;
};

}  // namespace detail

/// Throws std::invalid_argument, beginning with `file`, for edges of nodes that are not there, names that
/// come twice, and subgraphs with several inputs or outputs.
inline Structure structure_of(const Graph& graph, const std::string& file = "network") {
  return detail::Flattening(graph, file).ordered();
}

}  // namespace neohebb::nir
