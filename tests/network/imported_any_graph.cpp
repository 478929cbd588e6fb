// Whatever is in a graph, it becomes a network that runs, or an error.
#include "support/imported.hpp"

using namespace neohebb;
using namespace support::graphs;

namespace {

/// Makes a member another one, by chance.
struct Changes {
  std::mt19937 random{5};

  std::size_t draw(std::size_t n) { return static_cast<std::size_t>(random() % n); }
  Index size() {
    constexpr Index sizes[] = {-1,
                               0,
                               1,
                               2,
                               3,
                               4,
                               8,
                               9,
                               1 << 20,
                               Index{1} << 33,
                               Index{1} << 62,
                               std::numeric_limits<Index>::max(),
                               std::numeric_limits<Index>::min()};
    return sizes[draw(std::size(sizes))];
  }
  void operator()(NpyArray& a) {
    if (draw(2)) a.shape.push_back(size());
    if (draw(2) && !a.shape.empty()) a.shape[draw(a.shape.size())] = size();
    if (draw(3) == 0 && !a.shape.empty()) a.shape.pop_back();
    if (draw(4) == 0 && !a.data.empty()) a.data.resize(draw(a.data.size()));
    if (draw(4) == 0 && !a.data.empty()) a.data[draw(a.data.size())] = static_cast<unsigned char>(draw(256));
    if (draw(4) == 0) a.type = static_cast<DataType>(draw(14));
    if (draw(4) == 0) a.fortran_order = true;
    if (draw(4) == 0) a = numbers({}, {draw(2) ? 1.0 : 1e300});
  }
  void operator()(nir::Shape& shape) { shape.push_back(size()); }
  void operator()(Index& n) { n = size(); }
  template <std::size_t N> void operator()(std::array<Index, N>& n) { n[draw(N)] = size(); }
  template <std::size_t N> void operator()(nir::Padding<N>& p) {
    p.by[0] = size(), p.word = draw(3) ? "" : "same";
  }
  template <class T> void operator()(std::optional<T>& n) {
    n.reset();
    if (draw(2)) (*this)(n.emplace());
  }
};

}  // namespace

TEST_CASE("imported: any graph is a network or an error", "[network]") {
  Changes change;
  nir::Graph whole = support::all_node_types();
  for (nir::Node& node : whole.nodes) {
    if (auto* flat = std::get_if<nir::Flatten>(&node.parameters)) flat->input_type.reset();
    if (node.name == "fc")
      node.parameters = nir::Affine{support::filled({3, 12}, -1), support::filled({3}, 0)};
  }
  for (const char* name : {"i", "if", "li", "lif.1", "cubali", "threshold"})
    whole.edges.insert(whole.edges.end(), {{"delay", name}, {name, "output"}});
  int networks = 0, errors = 0;
  for (int k = 0; k < 6000; ++k) {
    nir::Graph graph = whole;
    nir::Node& node = graph.nodes[change.draw(graph.nodes.size())];
    for (std::size_t n = change.draw(3); n > 0; --n)
      std::visit(
          [&](auto& parameters) {
            using T = std::remove_cvref_t<decltype(parameters)>;
            if constexpr (!std::is_same_v<T, nir::Graph>) {
              std::size_t members = 0, at = 0;
              T::members(parameters, [&](const char*, auto&) { ++members; });
              const std::size_t chosen = change.draw(members);
              T::members(parameters, [&](const char*, auto& member) {
                if (at++ == chosen) change(member);
              });
            }
          },
          node.parameters);
    // Nodes of the graph that lie aside take part, and edges go anywhere.
    for (std::size_t n = 0; n < 3; ++n)
      if (change.draw(4) == 0)
        graph.edges.push_back({graph.nodes[change.draw(graph.nodes.size())].name,
                               graph.nodes[change.draw(graph.nodes.size())].name});
    if (change.draw(4)) std::erase_if(graph.nodes, [&](const nir::Node& n) { return n.name == "line"; });
    if (change.draw(4) == 0)
      graph.edges.erase(graph.edges.begin() + static_cast<std::ptrdiff_t>(change.draw(graph.edges.size())));
    std::set<std::string> led;
    for (const nir::Edge& e : graph.edges) led.insert(e.source), led.insert(e.target);
    std::erase_if(graph.nodes, [&](const nir::Node& n) { return !led.contains(n.name); });
    try {
      const nir::ImportedNetwork<float> net(graph, {.dt = 0.1});
      Index most = 0;
      for (const auto& n : net.nodes()) most = std::max(most, n.size());
      if (most > 100000) continue;
      auto state = net.zero_state(2);
      for (int t = 0; t < 3; ++t) net.step(state, Matrix<float>::Ones(net.inputs(), 2));
      ++networks;
    } catch (const std::invalid_argument&) {
      ++errors;
    }
  }
  CHECK(networks > 100);
  CHECK(errors > 1000);
}
