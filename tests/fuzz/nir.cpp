// NIR, and with it HDF5: what can be read can be written, is the same when it is read again, and runs or says why not. The input says
// which file is taken, and which of its bytes are changed: {place 16 bits, by 8 bits}.
#include <neohebb/io/nir.hpp>
#include <neohebb/io/nir_writer.hpp>
#include <neohebb/network/imported.hpp>

#include "fuzz.hpp"
#include "support/nir.hpp"

namespace {

using neohebb::Index;
namespace nir = neohebb::nir;

/// Whether a shape, or a size of windows, is larger than the memory that the target has.
struct Large {
  bool found = false;
  void operator()(const char*, const neohebb::NpyArray&) {}
  void operator()(const char*, const nir::Shape& shape) { found |= !nir::detail::size_within(shape, 10000); }
  void operator()(const char*, Index n) { found |= n > 64; }
  template <std::size_t N> void operator()(const char* name, const std::array<Index, N>& all) {
    for (const Index n : all) (*this)(name, n);
  }
  template <std::size_t N> void operator()(const char* name, const nir::Padding<N>& p) {
    (*this)(name, p.by);
  }
  template <class T> void operator()(const char* name, const std::optional<T>& n) {
    if (n) (*this)(name, *n);
  }
};
bool is_large(const nir::Graph& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const nir::Node& node) {
    return std::visit(
        [](const auto& n) {
          if constexpr (requires { n.nodes; }) {
            return is_large(n);
          } else {
            Large large;
            std::remove_cvref_t<decltype(n)>::members(n, large);
            return large.found;
          }
        },
        node.parameters);
  });
}
/// Any graph is a network that runs, or an error.
void run(const nir::Graph& graph) {
  if (is_large(graph)) return;
  try {
    const neohebb::nir::ImportedNetwork<float> net(graph, {.dt = 0.1});
    for (const auto& node : net.nodes())
      if (node.size() > 10000) return;
    auto state = net.zero_state(1);
    for (int t = 0; t < 2; ++t) net.step(state, neohebb::Matrix<float>::Ones(net.inputs(), 1));
  } catch (const std::invalid_argument&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace neohebb;
  static const auto graphs = [] {  // a large one shows more and takes longer
    nir::Graph small;
    small.nodes = {{"in", nir::Input{{3}}, {}},
                   {"fc", nir::Affine{support::filled({2, 3}, 0), support::filled({2}, 0)}, {}},
                   {"threshold", nir::Threshold{support::filled({2}, 1)}, {}},
                   {"out", nir::Output{{2}}, {}}};
    small.edges = {{"in", "fc"}, {"fc", "threshold"}, {"threshold", "out"}};
    return std::vector<Bytes>{nir::dump_nir(small, 0), nir::dump_nir(small, 4),
                              nir::dump_nir(support::all_node_types(), 4)};
  }();
  if (size == 0) return 0;
  Bytes bytes = graphs[data[0] < 250 ? data[0] % 2 : 2];
  for (std::size_t k = 1; k + 3 <= size && k < 25; k += 3)
    bytes[(data[k] + std::size_t{256} * data[k + 1]) * bytes.size() / 65536] ^= data[k + 2];
  try {
    const nir::File file = nir::parse_nir(bytes, "x.nir");
    fuzz::require(nir::parse_nir(nir::dump_nir(file)).graph == file.graph,
                  "another graph after a round trip");
    run(file.graph);
  } catch (const std::runtime_error& error) {
    fuzz::require(std::string(error.what()).find("x.nir") != std::string::npos, "an error without its file");
  }
  fuzz::require(H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL) == 0, "something stays open");
  return 0;
}
