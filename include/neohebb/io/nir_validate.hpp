// What the nodes of a NIR graph must have, wherever they come from.
#pragma once
#include <limits>
#include <neohebb/io/nir_graph.hpp>
#include <set>

namespace neohebb::nir {

/// How deep graphs may lie in each other: as deep as a file can hold them.
inline constexpr int deepest_graph = 30;
/// The largest size of a window, its step or the zeros around it: indices within an image have 32 bits.
inline constexpr Index largest_window = std::numeric_limits<std::int32_t>::max();
/// The most numbers that a shape may stand for.
inline constexpr Index largest_shape = Index{1} << 48;

namespace detail {

/// The product of the sizes, or none: a size is negative, or there are more than `most` numbers.
inline std::optional<Index> size_within(const Shape& shape, Index most) {
  Index n = 1;
  bool none = false;
  for (const Index size : shape) {
    if (size < 0) return {};
    none |= size == 0;
    if (size > 0 && n > most / size) return {};
    if (size > 0) n *= size;
  }
  return none ? 0 : n;
}

/// Whether the array has as many bytes as its shape and type say.
inline bool is_whole(const NpyArray& array) {
  if (array.type > DataType::float64 || array.data.size() % size_of(array.type) != 0) return false;
  return size_within(array.shape, array.size()) == array.size();
}

/// Calls fail(member, reason…), which throws, for the first member that is wrong.
template <class Fail> class NodeCheck {
 public:
  explicit NodeCheck(Fail fail) : fail_(std::move(fail)) {}

  template <class T> void operator()(const T& node) const {
    T::members(node, [&](const char* member, const auto& value) { check(member, value); });
    if constexpr (is_elementwise<T>) same_shape(node);
    if constexpr (requires { node.weight; }) weights(node);
  }
  void operator()(const Graph&) const {}  // its nodes are checked one by one

 private:
  void check(const char* member, const NpyArray& value) const {
    const std::string_view name = member;
    if (!is_whole(value))
      fail_(member, "has shape ", shape_text(value.shape), " but ", value.data.size(), " bytes");
    if (value.data.empty())
      fail_(member, "has shape ", shape_text(value.shape), ", expected at least one number");
    if (value.has_nan()) fail_(member, "holds NaN");
    const bool above = name.starts_with("tau");
    if (!above && name != "delay") return;
    for (const double x : value.template as<double>(name.data()))
      if (above ? !(x > 0) : !(x >= 0))
        fail_(member, "is ", x, ", must be ", above ? "above 0" : "at least 0");
  }
  void check(const char* member, const Shape& value) const {
    for (const Index n : value)
      if (n < 0) fail_(member, "has a size of ", n);
    if (!size_within(value, largest_shape))
      fail_(member, "is ", shape_text(value), ", more than ", largest_shape, " numbers");
  }
  void check(const char* member, Index value) const {
    const std::string_view name = member;
    if (name == "start_dim" || name == "end_dim") return;
    const Index least = name == "padding" ? 0 : 1;
    if (value < least) fail_(member, "is ", value, ", expected at least ", least);
    if (value > largest_window) fail_(member, "is ", value, ", expected at most ", largest_window);
  }
  template <std::size_t N> void check(const char* member, const std::array<Index, N>& value) const {
    for (const Index n : value) check(member, n);
  }
  template <std::size_t N> void check(const char* member, const Padding<N>& value) const {
    check(member, value.by);
    if (!value.word.empty() && value.word != "same" && value.word != "valid")
      fail_(member, "is '", value.word, "', expected numbers, 'same' or 'valid'");
  }
  template <class T> void check(const char* member, const std::optional<T>& value) const {
    if (value) check(member, *value);
  }

  /// One number stands for all neurons.
  template <class T> void same_shape(const T& node) const {
    const NpyArray* largest = nullptr;
    T::members(node, [&](const char*, const NpyArray& value) {
      if (!largest || value.size() > largest->size()) largest = &value;
    });
    T::members(node, [&](const char* member, const NpyArray& value) {
      if (value.size() != 1 && value.shape != largest->shape)
        fail_(member, "has shape ", shape_text(value.shape), ", another parameter has ",
              shape_text(largest->shape));
    });
  }
  template <class T> void weights(const T& node) const {
    const Shape& shape = node.weight.shape;
    constexpr std::size_t conv = std::is_same_v<T, Conv1d> ? 3 : std::is_same_v<T, Conv2d> ? 4 : 0;
    if (conv > 0 ? shape.size() != conv : shape.size() < 2)
      fail_("weight", "has shape ", shape_text(shape), ", expected ", conv > 0 ? conv : 2,
            conv > 0 ? "" : " or more", " dimensions");
    if constexpr (requires { node.bias; }) {
      const Shape wanted = conv > 0 ? Shape{shape[0]} : Shape(shape.begin(), shape.end() - 1);
      if (node.bias.size() != 1 && node.bias.shape != wanted)
        fail_("bias", "has shape ", shape_text(node.bias.shape), ", the weight's asks for ",
              shape_text(wanted));
    }
    if constexpr (requires { node.groups; })
      if (shape[0] % node.groups != 0)
        fail_("groups", "is ", node.groups, ", which does not divide the ", shape[0], " outputs");
  }

  Fail fail_;
};

inline void validate(const Metadata& all, const std::string& where) {
  for (const auto& [key, value] : all) {
    const auto* texts = std::get_if<Texts>(&value);
    const auto* array = std::get_if<NpyArray>(&value);
    const bool whole = texts   ? size_within(texts->shape, largest_shape) == std::ssize(texts->texts)
                       : array ? is_whole(*array)
                               : true;
    NEOHEBB_REQUIRE(whole, where, ", metadata '", key, "' has shape ",
                    shape_text(texts ? texts->shape : array->shape), " but other contents");
  }
}

}  // namespace detail

inline void validate(const Graph& graph, const std::string& what = "network", const std::string& called = "",
                     int depth = 0);

/// Throws std::invalid_argument, which begins with `what` and names node and member: arrays whose shape their
/// data do not have, that are empty or hold NaN; weights and biases of other dimensions; parameters of
/// different shapes, one number aside, which stands for all neurons; time constants not above 0, negative
/// delays; sizes that are not positive or too large; and what is wrong with the nodes of a nested graph.
/// `called`: the node's name with those of the graphs around it.
inline void validate(const Node& node, const std::string& what, const std::string& called, int depth = 0) {
  const auto fail = [&](const char* member, const auto&... reason) {
    NEOHEBB_THROW(std::invalid_argument, what, ", node '", called, "', member '", member, "' ", reason...);
  };
  std::visit(detail::NodeCheck(fail), node.parameters);
  if (const auto* graph = std::get_if<Graph>(&node.parameters))
    validate(*graph, what, called, depth + 1);
  else
    detail::validate(node.metadata, what + ", node '" + called + "'");
}
inline void validate(const Node& node, const std::string& what = "network") {
  validate(node, what, node.name);
}

/// The same of all nodes; their names must differ and be names, edges must lead from node to node, and graphs
/// lie no deeper in each other than `deepest_graph`.
inline void validate(const Graph& graph, const std::string& what, const std::string& called, int depth) {
  NEOHEBB_REQUIRE(depth < deepest_graph, what, ", node '", called, "': graphs lie more than ", deepest_graph,
                  " deep in each other");
  const std::string prefix = called.empty() ? "" : called + "/";
  std::set<std::string_view> names;
  for (const Node& node : graph.nodes) {
    NEOHEBB_REQUIRE(!node.name.empty() && node.name != "." && node.name.find('/') == std::string::npos, what,
                    ": '", prefix + node.name, "' cannot name a node: it is empty, a dot, or has a slash");
    NEOHEBB_REQUIRE(names.insert(node.name).second, what, ": two nodes are called '", prefix + node.name,
                    "'");
    validate(node, what, prefix + node.name, depth);
  }
  for (const Edge& edge : graph.edges)
    for (const std::string& end : {edge.source, edge.target})
      NEOHEBB_REQUIRE(names.contains(end), what, ": an edge from '", prefix + edge.source, "' to '",
                      prefix + edge.target, "' names '", prefix + end, "', which is no node");
  detail::validate(graph.metadata, what + (called.empty() ? "" : ", node '" + called + "'"));
}

}  // namespace neohebb::nir
