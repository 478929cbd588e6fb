// Reading networks in the Neuromorphic Intermediate Representation, which many frameworks for spiking
// networks write. [NIR 1.0.8: HDF5; /version, and at /node a graph: type, edges (E, 2), nodes/NAME with their
// type and parameters]
#pragma once
#include <neohebb/io/nir_members.hpp>
#if __has_include(<hdf5.h>) && __has_include(<zlib.h>)

namespace neohebb::nir {
namespace detail {

class Reader {
 public:
  Reader(const Hdf5Reader& file, std::uint64_t limit) : in(file, limit), file_(file) {}
  Members in;

  Graph graph(const std::string& path, const std::string& called) {
    Graph graph;
    if (!file_.contains(path + "/nodes")) in.fail(called, "nodes", "is missing");
    for (const std::string& name : in.group(path + "/nodes", called, "nodes"))
      graph.nodes.push_back(node(path + "/nodes/" + name, name, called.empty() ? name : called + "/" + name));
    edges(path, called, graph);
    graph.metadata = metadata(path, called);
    in.known(path, called, {"type", "edges", "nodes", "metadata"});
    return graph;
  }

 private:
  Node node(const std::string& path, const std::string& name, const std::string& called) {
    if (file_.kind(path) != Hdf5Kind::group) in.fail(called, "type", "is missing: this is no group");
    const std::string type = in.word(path, called, "type");
    Node node{name, {}, {}};
    bool found = false;
    [&]<std::size_t... K>(std::index_sequence<K...>) {
      (parameters<std::variant_alternative_t<K, Parameters>>(type, path, called, node.parameters, found),
       ...);
    }
    (std::make_index_sequence<std::variant_size_v<Parameters>>());
    if (!found)
      in.fail(called, "type", "is '", type, "', which is none of NIR's 19 (it has Affine, CubaLIF, …)");
    if (!std::holds_alternative<Graph>(node.parameters)) node.metadata = metadata(path, called);
    return node;
  }

  template <class T>
  void parameters(const std::string& type, const std::string& path, const std::string& called,
                  Parameters& all, bool& found) {
    if (type != T::type) return;
    found = true;
    if constexpr (std::is_same_v<T, Graph>) {
      all = graph(path, called);
    } else {
      all = in.parameters<T>(path, called);
    }
  }

  void edges(const std::string& path, const std::string& called, Graph& graph) {
    const std::string at = path + "/edges";
    if (!file_.contains(at)) in.fail(called, "edges", "is missing");
    const Hdf5Kind is = in.kind(path, called, "edges");
    const Shape shape =
        is == Hdf5Kind::group ? Shape{} : in.of(called, "edges", [&] { return file_.shape(at); });
    const bool none = std::find(shape.begin(), shape.end(), 0) != shape.end();
    if (!none && (is != Hdf5Kind::text || shape.size() != 2 || shape[1] != 2))
      in.fail(called, "edges", "has shape ", shape_text(shape), ", expected text of shape (E, 2)");
    const auto texts = none ? std::vector<std::string>{} : in.texts(path, called, "edges");

    std::set<std::string> names, named;
    for (const Node& node : graph.nodes) names.insert(node.name);
    for (const std::string& text : texts) named.insert(text);
    std::map<std::string, std::string> meant;
    for (const std::string& text : named)
      meant[text] = names.contains(text) ? text : similar(text, called, names, named);
    std::set<Edge> seen;
    for (std::size_t k = 0; k + 1 < texts.size(); k += 2) {
      Edge edge{meant[texts[k]], meant[texts[k + 1]]};
      if (seen.insert(edge).second)
        graph.edges.push_back(std::move(edge));
      else
        in.remark(called, " has the edge '", edge.source, "' to '", edge.target, "' twice: once");
    }
  }
  /// Some files name nodes in edges otherwise than among the nodes: "lif" for "lif1". The one node without an
  /// edge whose name goes on after this one, or the other way round, is meant; if several are, none.
  std::string similar(const std::string& text, const std::string& called, const std::set<std::string>& names,
                      const std::set<std::string>& named) {
    std::vector<std::string> like;
    for (const std::string& name : names)
      if (!named.contains(name) && (name.starts_with(text) || text.starts_with(name))) like.push_back(name);
    const auto others = std::count_if(named.begin(), named.end(), [&](const std::string& other) {
      return !names.contains(other) && like.size() == 1 &&
             (like[0].starts_with(other) || other.starts_with(like[0]));
    });
    if (text.empty() || like.size() != 1 || others != 1) {
      std::string all;
      for (const std::string& name : names) all += (all.empty() ? "'" : ", '") + name + "'";
      in.fail(called, "edges", "names a node '", text, "', which is none of ", all);
    }
    in.remark(called, " has edges of '", text, "', which is no node: '", like[0], "' is taken");
    return like[0];
  }

  Metadata metadata(const std::string& path, const std::string& called) {
    Metadata all;
    if (file_.contains(path + "/metadata")) metadata(path + "/metadata", called, "", all);
    return all;
  }
  /// Metadata that cannot be read is left out.
  void metadata(const std::string& path, const std::string& called, const std::string& above, Metadata& all) {
    for (const std::string& name : in.group(path, called, "metadata")) {
      const std::string key = above + name, at = path + "/" + name;
      try {
        const Hdf5Kind is = file_.kind(at);
        if (is == Hdf5Kind::group)
          metadata(at, called, key + "/", all);
        else if (is == Hdf5Kind::text && file_.shape(at).empty())
          all[key] = in.word(path, called, name.c_str());
        else if (is == Hdf5Kind::text)
          all[key] = Texts{file_.shape(at), in.texts(path, called, name.c_str())};
        else
          all[key] = in.array(path, called, name.c_str());
      } catch (const std::runtime_error& error) {
        if (in.full()) throw;
        in.remark(called, " has metadata '", key, "' that cannot be read: left out");
      }
    }
  }

  const Hdf5Reader& file_;
};

inline File read(const Hdf5Reader& file, std::uint64_t limit) {
  Reader reader(file, limit);
  File result;
  if (file.kind("/node") != Hdf5Kind::group)
    NEOHEBB_THROW(std::runtime_error, file.file(), ": no NIR file, it has no group 'node'");
  result.version = file.contains("/version") ? file.text("/version") : "";
  const std::string type = reader.in.word("/node", "", "type");
  if (type != Graph::type)
    NEOHEBB_THROW(std::runtime_error, file.file(), ", node '', member 'type' is '", type, "', expected '",
                  Graph::type, "'");
  result.graph = reader.graph("/node", "");
  if (result.version.empty())
    reader.in.remarks.insert(reader.in.remarks.begin(), "the file does not tell its version");
  result.remarks = std::move(reader.in.remarks);
  return result;
}

}  // namespace detail

/// A .nir file: all 19 node types, nested graphs, metadata. What is odd but can be understood is, and is
/// remarked upon: a missing v_reset, v_leak or bias is 0 and a missing w_in 1; one number stands for all
/// neurons; an edge that is there twice is there once; edges that name a node by the beginning of its name
/// find it; metadata that cannot be read, and members that NIR does not know, are left out. Throws
/// std::runtime_error naming file, node and member: what is missing, of another shape, NaN, or of an unknown
/// type; see Hdf5Reader for damaged files. limits.bytes is for all arrays together.
inline File read_nir(const std::string& path, const Hdf5Limits& limits = {}) {
  const Hdf5Reader file(path, limits);
  return detail::read(file, file.limit());
}
/// The same of a file held in memory; `file` names it in errors.
inline File parse_nir(std::span<const unsigned char> bytes, const std::string& file = "network",
                      const Hdf5Limits& limits = {}) {
  const Hdf5Reader reader(bytes, file, limits);
  return detail::read(reader, reader.limit());
}

}  // namespace neohebb::nir
#endif
