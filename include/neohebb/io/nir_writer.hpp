// Writing networks in the Neuromorphic Intermediate Representation, as Python's nir reads them.
#pragma once
#include <neohebb/io/hdf5_writer.hpp>
#include <neohebb/io/nir_validate.hpp>
#if __has_include(<hdf5.h>) && __has_include(<zlib.h>)

namespace neohebb::nir {
namespace detail {

class Writer {
 public:
  Writer(const File& file, int gzip) : gzip_(gzip) {
    validate(file.graph);
    hdf5.put_text("/version", file.version);
    graph("/node", file.graph);
  }
  Hdf5Writer hdf5{"network"};

 private:
  void graph(const std::string& path, const Graph& graph) {
    hdf5.put_text(path + "/type", Graph::type);
    std::vector<std::string> texts;
    for (const Edge& edge : graph.edges) texts.insert(texts.end(), {edge.source, edge.target});
    hdf5.put_texts(path + "/edges", texts, {static_cast<Index>(graph.edges.size()), 2});
    metadata(path, graph.metadata);
    hdf5.group(path + "/nodes");
    for (const Node& node : graph.nodes) {
      const std::string at = path + "/nodes/" + node.name;
      std::visit([&](const auto& parameters) { put(at, parameters); }, node.parameters);
      if (!std::holds_alternative<Graph>(node.parameters)) metadata(at, node.metadata);
    }
  }
  void put(const std::string& path, const Graph& nested) { graph(path, nested); }
  template <class T> void put(const std::string& path, const T& node) {
    hdf5.put_text(path + "/type", T::type);
    T::members(node, [&](const char* member, const auto& value) { put_member(path + "/" + member, value); });
  }

  void put_member(const std::string& path, const NpyArray& value) { hdf5.put(path, value, {.gzip = gzip_}); }
  void put_member(const std::string& path, Index value) { hdf5.put(path, static_cast<std::int64_t>(value)); }
  void put_member(const std::string& path, const Shape& value) { integers(path, value); }
  template <std::size_t N> void put_member(const std::string& path, const std::array<Index, N>& value) {
    integers(path, {value.begin(), value.end()});
  }
  template <std::size_t N> void put_member(const std::string& path, const Padding<N>& value) {
    if (!value.word.empty())
      hdf5.put_text(path, value.word);
    else if constexpr (N == 1)
      put_member(path, value.by[0]);
    else
      put_member(path, value.by);
  }
  template <class T> void put_member(const std::string& path, const std::optional<T>& value) {
    if (value) put_member(path, *value);
  }
  void integers(const std::string& path, const Shape& value) {
    hdf5.put(path, Vector<std::int64_t>(
                       Eigen::Map<const Vector<Index>>(value.data(), static_cast<Index>(value.size()))
                           .template cast<std::int64_t>()));
  }
  void metadata(const std::string& path, const Metadata& all) {
    for (const auto& [key, value] : all) {
      const std::string at = path + "/metadata/" + key;
      if (const auto* text = std::get_if<std::string>(&value))
        hdf5.put_text(at, *text);
      else if (const auto* texts = std::get_if<Texts>(&value))
        hdf5.put_texts(at, texts->texts, texts->shape);
      else
        hdf5.put(at, std::get<NpyArray>(value), {.gzip = gzip_});
    }
  }

  int gzip_;
};

}  // namespace detail

/// The bytes of a .nir file, arrays packed at level `gzip` (0: not packed) as nir does.
/// nir 1.0.8 itself reads no Conv1d or Conv2d without input_shape.
/// Throws std::invalid_argument for graphs that are none (see `validate`).
inline Bytes dump_nir(const File& file, int gzip = 4) { return detail::Writer(file, gzip).hdf5.dump(); }
inline Bytes dump_nir(const Graph& graph, int gzip = 4) {
  File file;
  file.graph = graph;
  return dump_nir(file, gzip);
}

/// Replaces the file in one step (see write_file).
inline void write_nir(const std::string& path, const File& file, int gzip = 4) {
  write_file(path, dump_nir(file, gzip));
}
inline void write_nir(const std::string& path, const Graph& graph, int gzip = 4) {
  write_file(path, dump_nir(graph, gzip));
}

}  // namespace neohebb::nir
#endif
