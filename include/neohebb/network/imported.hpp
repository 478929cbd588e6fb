// Networks that came as NIR graphs, running step by step. [io/nir.hpp reads the files]
#pragma once
#include <neohebb/network/imported/build.hpp>

namespace neohebb::nir {

/// A NIR graph as a network that runs: all 19 node types, fan-in (sums), loops, subgraphs.
///
///     const nir::File file = nir::read_nir("braille.nir");
///     const nir::ImportedNetwork<float> net(file.graph, nir::presets::norse());
///     auto state = net.zero_state(1);
///     net.step(state, x);          // inputs × batch: spikes, counts or currents
///     net.output(state);           // outputs × batch
///
/// A step visits each node once, from the inputs on. Where nodes form a loop, the one that is nearest to
/// the input takes the others' outputs of the step before: a recurrent layer sees its spikes one step
/// later. Before the first step there is no spike; what an Affine node in a loop makes of that is its bias.
/// Columns are samples; a sample's numbers are in C order, channels first, as NIR has shapes. Products and
/// convolutions add the columns of those inputs that are not zero. A step allocates nothing.
/// Throws std::invalid_argument that begins with `file` and names the node: shapes that do not fit, time
/// constants shorter than a step.
template <class S> class ImportedNetwork {
 public:
  using Scalar = S;
  struct Node {
    std::string name = {};
    const char* type = "";
    Shape shape = {};                       // of its output
    std::vector<std::size_t> sources = {};  // nodes; those of the step before last
    RunningMap<S> map = {};
    bool inside = false;  // of a subgraph
    Index size() const { return size_of_shape(shape); }
    bool spikes() const {
      const auto* neurons = std::get_if<NeuronMap<S>>(&map);
      return (neurons && neurons->spikes) || std::holds_alternative<ThresholdMap<S>>(map);
    }
    std::uint64_t synapses() const {
      return std::visit([](const auto& m) { return m.synapses(); }, map);
    }
  };
  struct State {
    std::vector<NodeState<S>> nodes = {};
    Scratch<S> scratch = {};
  };

  explicit ImportedNetwork(const Graph& graph, const Semantics& semantics = {},
                           const std::string& file = "network") {
    semantics.validate();
    const Structure structure = structure_of(graph, file);
    for (const Structure::Item& item : structure.items) {
      const std::string where = file + ", node '" + item.name + "'";
      Node node{item.name, type_of(*item.node), {}, item.sources, {}, item.inside};
      bool known = false;
      for (const std::size_t from : item.sources) {
        const Shape& shape = nodes_[from].shape;
        if (!known) node.shape = shape;
        NEOHEBB_REQUIRE(size_of_shape(shape) == size_of_shape(node.shape), where, ": gets inputs of shapes ",
                        shape_text(node.shape), " and ", shape_text(shape), ", whose sum it cannot take");
        known = true;
      }
      const bool is_input = std::holds_alternative<Input>(item.node->parameters);
      NEOHEBB_REQUIRE(known || is_input || !item.late_sources.empty(), where,
                      ": nothing reaches it; the graph has no edge to it");
      if (is_input) check_input(item, std::get<Input>(item.node->parameters), known, node.shape, where);
      if (const auto* out = std::get_if<Output>(&item.node->parameters); out && out->shape != node.shape)
        remarks_.push_back(where + " has shape " + shape_text(out->shape) + ", what reaches it " +
                           shape_text(node.shape) + ": that is taken");
      node.map = std::visit(detail::Builder<S>(semantics, where, known, node.shape), item.node->parameters);
      for (const std::size_t from : item.late_sources) node.sources.push_back(from);
      if (!item.inside && is_input) inputs_.push_back(nodes_.size());
      if (!item.inside && std::holds_alternative<Output>(item.node->parameters))
        outputs_.push_back(nodes_.size());
      nodes_.push_back(std::move(node));
    }
    NEOHEBB_REQUIRE(!inputs_.empty(), file, ": the graph has no Input node");
    NEOHEBB_REQUIRE(!outputs_.empty(), file, ": the graph has no Output node");
    const auto by_name = [&](std::size_t a, std::size_t b) { return nodes_[a].name < nodes_[b].name; };
    std::sort(inputs_.begin(), inputs_.end(), by_name);
    std::sort(outputs_.begin(), outputs_.end(), by_name);
    check_loops(structure, file);
  }

  /// Inputs of all Input nodes, which come in the order of their names.
  Index inputs() const { return sizes_of(inputs_); }
  /// Nodes in the order of a step.
  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<std::size_t>& input_nodes() const { return inputs_; }
  const std::vector<std::size_t>& output_nodes() const { return outputs_; }
  /// What was odd in the graph, and how it was understood.
  const std::vector<std::string>& remarks() const { return remarks_; }
  /// The node's place; a subgraph's node is "outer/inner". Throws std::invalid_argument where none has the
  /// name.
  std::size_t index(std::string_view name) const {
    for (std::size_t k = 0; k < nodes_.size(); ++k)
      if (nodes_[k].name == name) return k;
    std::string all;
    for (const Node& node : nodes_) all += (all.empty() ? "" : ", ") + node.name;
    NEOHEBB_THROW(std::invalid_argument, "no node '", name, "' in the network; it has ", all);
  }

  State zero_state(Index batch) const {
    NEOHEBB_REQUIRE(batch > 0, "a batch of ", batch, " samples, must be at least 1");
    State state;
    for (std::size_t k = 0; k < nodes_.size(); ++k) {
      const Node& node = nodes_[k];
      NodeState<S> s;
      s.output = Matrix<S>::Zero(node.size(), batch);
      std::visit(
          [&](const auto& map) {
            if (!takes_as_it_is(k)) s.input = Matrix<S>::Zero(map.inputs(), batch);
            if constexpr (requires { map.prepare(s, batch); }) map.prepare(s, batch);
            map.reserve(state.scratch);
          },
          node.map);
      state.nodes.push_back(std::move(s));
    }
    // No spike yet, of thresholds neither: what the nodes without a state make of that is what loops see in the first
    // step.
    for (std::size_t k = 0; k < nodes_.size(); ++k)
      if (!std::holds_alternative<NeuronMap<S>>(nodes_[k].map) &&
          !std::holds_alternative<DelayMap<S>>(nodes_[k].map) &&
          !std::holds_alternative<ThresholdMap<S>>(nodes_[k].map))
        visit(state, k);
    for (NodeState<S>& s : state.nodes) s.operations = 0;
    return state;
  }

  /// x: inputs() × batch. Throws std::invalid_argument for another shape.
  void step(State& state, const auto& x) const {
    check_shape("input of an imported network", x, inputs(), state.nodes.front().output.cols());
    Index first = 0;
    for (const std::size_t k : inputs_) {
      state.nodes[k].input = x.middleRows(first, nodes_[k].size()).template cast<S>();
      first += nodes_[k].size();
    }
    for (std::size_t k = 0; k < nodes_.size(); ++k) visit(state, k);
  }
  /// What the k-th Output node gave in the last step.
  const Matrix<S>& output(const State& state, std::size_t k = 0) const {
    return state.nodes[outputs_.at(k)].output;
  }
  /// What any node gave; NodeState has the neurons' membranes, too.
  const NodeState<S>& at(const State& state, std::string_view name) const { return state.nodes[index(name)]; }

  /// Additions of weights in the last step.
  static std::uint64_t operations(const State& state) {
    std::uint64_t all = 0;
    for (const NodeState<S>& s : state.nodes) all += s.operations;
    return all;
  }

 private:
  void check_input(const Structure::Item& item, const Input& input, bool known, Shape& shape,
                   const std::string& where) {
    if (!item.inside) {
      NEOHEBB_REQUIRE(!known && item.late_sources.empty(), where,
                      ": an Input node that another node leads to");
    } else if (known && size_of_shape(input.shape) == size_of_shape(shape)) {
      shape = input.shape;
    } else if (known) {
      remarks_.push_back(where + " has shape " + shape_text(input.shape) + ", what reaches it " +
                         shape_text(shape) + ": that is taken");
    }
  }
  void check_loops(const Structure& structure, const std::string& file) const {
    for (std::size_t k = 0; k < nodes_.size(); ++k)
      for (const std::size_t from : structure.items[k].late_sources) {
        const Index wanted = std::visit([](const auto& m) { return m.inputs(); }, nodes_[k].map);
        NEOHEBB_REQUIRE(nodes_[from].size() == wanted, file, ", node '", nodes_[k].name, "': gets ",
                        shape_text(nodes_[from].shape), " from '", nodes_[from].name, "', expected ", wanted,
                        " numbers");
      }
  }
  Index sizes_of(const std::vector<std::size_t>& which) const {
    Index all = 0;
    for (const std::size_t k : which) all += nodes_[k].size();
    return all;
  }
  /// Another node's output is read where it lies. A node's own is copied first, since the step writes there.
  bool takes_as_it_is(std::size_t k) const {
    return nodes_[k].sources.size() == 1 && nodes_[k].sources[0] != k;
  }
  void visit(State& state, std::size_t k) const {
    const Node& node = nodes_[k];
    NodeState<S>& s = state.nodes[k];
    s.operations = 0;
    const auto from = [&](std::size_t n) -> const Matrix<S>& { return state.nodes[node.sources[n]].output; };
    const bool as_it_is = takes_as_it_is(k);
    if (!as_it_is && !node.sources.empty()) {
      s.input = from(0);
      for (std::size_t n = 1; n < node.sources.size(); ++n) s.input += from(n);
    }
    const Matrix<S>& x = as_it_is ? from(0) : s.input;
    std::visit([&](const auto& map) { map.step(s, x, state.scratch); }, node.map);
  }

  std::vector<Node> nodes_ = {};
  std::vector<std::size_t> inputs_ = {}, outputs_ = {};
  std::vector<std::string> remarks_ = {};
};

}  // namespace neohebb::nir
