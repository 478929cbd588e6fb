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
/// A Delay in a loop takes its input at the end of a step: it delays by its own steps, at least one.
/// Throws std::invalid_argument that begins with `file` and names the node: what `validate` refuses, shapes
/// that do not fit, nodes and subgraphs that nothing reaches, time constants shorter than a step, more than
/// `most_numbers` numbers. So every Graph is a network or an error.
template <class S> class ImportedNetwork {
 public:
  using Scalar = S;
  /// A node as it is run.
  struct Node {
    std::string name = {};
    const char* type = "";
    Shape shape = {};                       // of its output
    std::vector<std::size_t> sources = {};  // nodes; those of the step before last
    RunningMap<S> map = {};                 // what it does in a step
    bool inside = false;                    // of a subgraph
    bool at_end = false;                    // a Delay that closes a loop
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
    std::vector<NodeState<S>> nodes = {};  // in the order in which they are run
    Scratch<S> scratch = {};
  };

  explicit ImportedNetwork(const Graph& graph, const Semantics& semantics = {},
                           const std::string& file = "network") {
    semantics.validate();
    validate(graph, file);
    const Structure structure = structure_of(graph, file);
    Index numbers = 0;
    for (const Structure::Item& item : structure.items) {
      const std::string where = file + ", node '" + item.name + "'";
      Node node{item.name, type_of(*item.node), {}, item.sources, {}, item.inside, item.at_end};
      bool known = false;
      for (const std::size_t from : item.sources) {
        const Shape& shape = nodes_[from].shape;
        if (known) node.shape = added(node.shape, shape, where);
        if (!known) node.shape = shape;
        known = true;
      }
      const bool is_input = std::holds_alternative<Input>(item.node->parameters);
      NEOHEBB_REQUIRE(known || (is_input && !item.inside) || !item.late_sources.empty(), where,
                      ": nothing reaches it; the graph has no edge to ",
                      is_input ? "the subgraph whose Input it is" : "it");
      if (is_input) check_input(item, std::get<Input>(item.node->parameters), known, node.shape, where);
      if (const auto* out = std::get_if<Output>(&item.node->parameters); out && out->shape != node.shape)
        remarks_.push_back(where + " has shape " + shape_text(out->shape) + ", what reaches it " +
                           shape_text(node.shape) + ": that is taken");
      node.map = std::visit(detail::Builder<S>(semantics, where, known, item.at_end, node.shape, remarks_),
                            item.node->parameters);
      detail::check_shape_size(node.shape, where);
      numbers += node.size();
      if (const auto* delay = std::get_if<DelayMap<S>>(&node.map)) numbers += node.size() * delay->longest;
      NEOHEBB_REQUIRE(numbers <= most_numbers, where, ": with its ", node.size(),
                      " numbers the network has more than ", most_numbers);
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
  /// Numbers of the nodes that take the input.
  const std::vector<std::size_t>& input_nodes() const { return inputs_; }
  /// Numbers of the nodes that are the output.
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
    // No spike yet, of thresholds neither: what the nodes without a state make of that is what loops see in
    // the first step.
    for (std::size_t k = 0; k < nodes_.size(); ++k)
      if (!std::holds_alternative<NeuronMap<S>>(nodes_[k].map) &&
          !std::holds_alternative<DelayMap<S>>(nodes_[k].map) &&
          !std::holds_alternative<ThresholdMap<S>>(nodes_[k].map))
        visit(state, k);
    for (NodeState<S>& s : state.nodes) s.operations = 0;
    return state;
  }

  /// x: inputs() × batch. Throws std::invalid_argument for another shape, and for a state that zero_state()
  /// of this network did not make.
  void step(State& state, const auto& x) const {
    check_state(state);
    check_shape("input of an imported network", x, inputs(), state.nodes.front().output.cols());
    Index first = 0;
    for (const std::size_t k : inputs_) {
      state.nodes[k].input = x.middleRows(first, nodes_[k].size()).template cast<S>();
      first += nodes_[k].size();
    }
    for (std::size_t k = 0; k < nodes_.size(); ++k) visit(state, k);
    for (std::size_t k = 0; k < nodes_.size(); ++k)
      if (nodes_[k].at_end) take_at_end(state, k);
  }
  /// What the k-th Output node gave in the last step. Throws std::invalid_argument where there are not so
  /// many, and for another network's state.
  const Matrix<S>& output(const State& state, std::size_t k = 0) const {
    check_nodes(state);
    NEOHEBB_REQUIRE(k < outputs_.size(), "output ", k, " of an imported network, which has ", outputs_.size(),
                    " Output nodes");
    return state.nodes[outputs_[k]].output;
  }
  /// What any node gave; NodeState has the neurons' membranes, too.
  const NodeState<S>& at(const State& state, std::string_view name) const {
    check_nodes(state);
    return state.nodes[index(name)];
  }

  /// Additions of weights in the last step.
  static std::uint64_t operations(const State& state) {
    std::uint64_t all = 0;
    for (const NodeState<S>& s : state.nodes) all += s.operations;
    return all;
  }

 private:
  void check_nodes(const State& state) const {
    NEOHEBB_REQUIRE(state.nodes.size() == nodes_.size(), "a state of ", state.nodes.size(),
                    " nodes for an imported network of ", nodes_.size(), ": zero_state() makes one");
  }
  void check_state(const State& state) const {
    check_nodes(state);
    const Index batch = state.nodes.front().output.cols();
    for (std::size_t k = 0; k < nodes_.size(); ++k) {
      const NodeState<S>& s = state.nodes[k];
      bool fits = s.output.rows() == nodes_[k].size() && s.output.cols() == batch && batch > 0;
      std::visit(
          [&](const auto& map) {
            if constexpr (requires { map.fits(s); }) fits = fits && map.fits(s);
            fits = fits && map.has_room(state.scratch);
          },
          nodes_[k].map);
      NEOHEBB_REQUIRE(fits, "the state of node '", nodes_[k].name,
                      "' is another network's: zero_state() makes one");
    }
  }
  /// The shape of the sum of two inputs.
  Shape added(const Shape& a, const Shape& b, const std::string& where) {
    const detail::Likeness like = detail::likeness(a, b);
    NEOHEBB_REQUIRE(like != detail::Likeness::other, where, ": gets inputs of shapes ", shape_text(a),
                    " and ", shape_text(b), ", whose sum it cannot take");
    if (like == detail::Likeness::in_order)
      remarks_.push_back(where + ": gets inputs of shapes " + shape_text(a) + " and " + shape_text(b) +
                         ": added in C order");
    return detail::less_flat(a, b);
  }
  void check_input(const Structure::Item& item, const Input& input, bool known, Shape& shape,
                   const std::string& where) {
    if (!item.inside) {
      NEOHEBB_REQUIRE(!known && item.late_sources.empty(), where,
                      ": an Input node that another node leads to");
    } else if (known && input.shape != shape) {
      const bool in_order = detail::likeness(input.shape, shape) == detail::Likeness::in_order;
      remarks_.push_back(where + " has shape " + shape_text(input.shape) + ", what reaches it " +
                         shape_text(shape) + ": " + (in_order ? "taken in C order" : "that is taken"));
      if (in_order) shape = input.shape;
    }
  }
  void check_loops(const Structure& structure, const std::string& file) {
    for (std::size_t k = 0; k < nodes_.size(); ++k)
      for (const std::size_t from : structure.items[k].late_sources) {
        const std::string where = file + ", node '" + nodes_[k].name + "'";
        const Index wanted = std::visit([](const auto& m) { return m.inputs(); }, nodes_[k].map);
        NEOHEBB_REQUIRE(nodes_[from].size() == wanted, where, ": gets ", shape_text(nodes_[from].shape),
                        " from '", nodes_[from].name, "', expected ", wanted, " numbers",
                        nodes_[k].at_end ? "; a Delay in a loop needs a number for each neuron" : "");
        if (!structure.items[k].sources.empty())
          added(nodes_[structure.items[k].sources[0]].shape, nodes_[from].shape, where);
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
    if (nodes_[k].at_end) return std::get<DelayMap<S>>(node.map).give(s);
    const Matrix<S>& x = input_of(state, k);
    std::visit([&](const auto& map) { map.step(s, x, state.scratch); }, node.map);
  }
  void take_at_end(State& state, std::size_t k) const {
    NodeState<S>& s = state.nodes[k];
    const auto& delay = std::get<DelayMap<S>>(nodes_[k].map);
    delay.take(s, input_of(state, k));
    s.now = (s.now + 1) % (delay.longest + 1);
  }
  const Matrix<S>& input_of(State& state, std::size_t k) const {
    NodeState<S>& s = state.nodes[k];
    const auto& sources = nodes_[k].sources;
    if (takes_as_it_is(k)) return state.nodes[sources[0]].output;
    for (std::size_t n = 0; n < sources.size(); ++n) {
      const Matrix<S>& from = state.nodes[sources[n]].output;
      if (n == 0)
        s.input = from;
      else
        s.input += from;
    }
    return s.input;
  }

  std::vector<Node> nodes_ = {};
  std::vector<std::size_t> inputs_ = {}, outputs_ = {};
  std::vector<std::string> remarks_ = {};
};

}  // namespace neohebb::nir
