#include <neohebb/io/nir.hpp>
#include <neohebb/io/nir_writer.hpp>

#include "catch.hpp"
#include "support/nir.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;
using support::filled;

namespace {

/// A file of one LIF node, whose members `change` writes.
Bytes one_node(const std::string& type, auto&& change,
               const std::vector<std::string>& edges = {"input", "n", "n", "output"}) {
  Hdf5Writer file;
  file.put_text("/version", "0.2");
  file.put_text("/node/type", "NIRGraph");
  for (const std::string name : {"input", "output"}) {
    file.put_text("/node/nodes/" + name + "/type", name == "input" ? "Input" : "Output");
    file.put("/node/nodes/" + name + "/shape", Vector<std::int64_t>{{3}});
  }
  file.put_text("/node/nodes/n/type", type);
  file.put_texts("/node/edges", edges, {static_cast<Index>(edges.size() / 2), 2});
  change([&](const std::string& member, const auto& value) { file.put("/node/nodes/n/" + member, value); });
  return file.dump();
}
void lif(auto&& put) {
  put("tau", filled({3}, 1));
  put("r", filled({3}, 1));
  put("v_leak", filled({3}, 0));
  put("v_threshold", filled({3}, 1));
}
template <class T> T node(const nir::File& file) { return std::get<T>(file.graph.find("n")->parameters); }

nir::Graph small() {
  nir::Graph graph;
  graph.nodes = {{"input", nir::Input{{2}}, {}},
                 {"fc", nir::Affine{filled({2, 2}, 0), filled({2}, 0)}, {}},
                 {"output", nir::Output{{2}}, {}}};
  graph.edges = {{"input", "fc"}, {"fc", "output"}};
  return graph;
}

}  // namespace

TEST_CASE("NIR: all 19 node types, a nested graph and metadata come back, packed or not", "[io]") {
  const nir::Graph graph = support::all_node_types();
  for (const int gzip : {0, 4}) {
    const nir::File back = nir::parse_nir(nir::dump_nir(graph, gzip));
    CHECK((back.graph == graph));
    CHECK(back.remarks.empty());
    CHECK(back.version == "1.0.8");
  }
  std::set<std::string> types;
  for (const auto* of : {&graph, std::get_if<nir::Graph>(&graph.find("inner")->parameters)})
    for (const nir::Node& n : of->nodes) types.insert(nir::type_of(n));
  CHECK(types.size() == 19);
}

TEST_CASE("NIR: graphs are equal in any order of nodes and edges, and differ by one number", "[io]") {
  const nir::Graph graph = support::all_node_types();
  nir::Graph other = graph;
  std::reverse(other.nodes.begin(), other.nodes.end());
  std::reverse(other.edges.begin(), other.edges.end());
  CHECK((other == graph));
  std::get<nir::Output>(other.nodes[0].parameters).shape = {4};
  CHECK(!(other == graph));
}

TEST_CASE("NIR: what is missing or a single number is understood, and remarked upon", "[io]") {
  const auto file = nir::parse_nir(one_node("LIF", [](auto&& put) { lif(put); }));
  CHECK(node<nir::LIF>(file).v_reset.as<float>() == std::vector<float>{0, 0, 0});
  CHECK(file.remarks == std::vector<std::string>{"node 'n' has no v_reset: 0 throughout"});
  CHECK(file.version == "0.2");

  const auto cuba = nir::parse_nir(one_node("CubaLI", [](auto&& put) {
    for (const std::string member : {"tau_syn", "tau_mem", "r"}) put(member, filled({3}, 1));
    put("v_leak", 0.5);
    put("w_in", 2.0);
  }));
  CHECK(node<nir::CubaLI>(cuba).w_in.as<double>() == std::vector<double>{2, 2, 2});
  CHECK(node<nir::CubaLI>(cuba).v_leak.as<double>() == std::vector<double>{0.5, 0.5, 0.5});
  const auto scalar = nir::parse_nir(one_node("Threshold", [](auto&& put) { put("threshold", 1.5); }));
  CHECK(node<nir::Threshold>(scalar).threshold.scalar<double>() == 1.5);

  const auto conv = nir::parse_nir(one_node("Conv2d", [](auto&& put) {
    put("weight", filled({2, 1, 3, 3}, 0));
    put("stride", 2);
    put("padding", Vector<std::int64_t>{{1, 0}});
    put("surprise", 1);
  }));
  CHECK(node<nir::Conv2d>(conv).stride == std::array<Index, 2>{2, 2});
  CHECK(node<nir::Conv2d>(conv).padding.by == std::array<Index, 2>{1, 0});
  CHECK(node<nir::Conv2d>(conv).bias.as<float>() == std::vector<float>{0, 0});
  CHECK(conv.remarks.back() == "node 'n' has a member 'surprise', which is not NIR's: left out");
}

TEST_CASE("NIR: edges that are there twice are there once, and those of a wrong name find their node",
          "[io]") {
  const auto twice = nir::parse_nir(
      one_node("LIF", [](auto&& put) { lif(put); }, {"input", "n", "input", "n", "n", "output"}));
  CHECK((twice.graph.edges == std::vector<nir::Edge>{{"input", "n"}, {"n", "output"}}));
  CHECK(twice.remarks.back() == "the graph has the edge 'input' to 'n' twice: once");
  const auto wrong =
      nir::parse_nir(one_node("LIF", [](auto&& put) { lif(put); }, {"input", "n1", "n1", "output"}));
  CHECK((wrong.graph.edges == std::vector<nir::Edge>{{"input", "n"}, {"n", "output"}}));
  CHECK(wrong.remarks.back() == "the graph has edges of 'n1', which is no node: 'n' is taken");
  CHECK(contains(error_of([&] {
                   nir::parse_nir(one_node("LIF", [](auto&& put) { lif(put); }, {"input", "m"}), "x.nir");
                 }),
                 "x.nir, node '', member 'edges' names a node 'm', which is none of 'input', 'n', 'output'"));
}

TEST_CASE("NIR: what cannot be understood names file, node and member", "[io]") {
  const auto refused = [](const std::string& type, auto&& change) {
    return error_of([&] { nir::parse_nir(one_node(type, change), "x.nir"); });
  };
  CHECK(contains(refused("LIF", [](auto&& put) { put("tau", 1.0); }),
                 "x.nir, node 'n', member 'r' is missing"));
  CHECK(contains(refused("Izhikevich", [](auto&&) {}), "x.nir, node 'n', member 'type' is 'Izhikevich'"));
  CHECK(contains(refused("IF",
                         [](auto&& put) {
                           put("r", filled({3}, 1));
                           put("v_threshold", filled({4}, 1));
                         }),
                 "node 'n', member 'r' has shape (3,), another parameter has (4,)"));
  CHECK(
      contains(refused("Scale", [](auto&& put) { put("scale", std::nan("")); }), "member 'scale' holds NaN"));
  CHECK(contains(refused("Affine",
                         [](auto&& put) {
                           put("weight", filled({3, 2}, 0));
                           put("bias", filled({2}, 0));
                         }),
                 "member 'bias' has shape (2,), the weight's asks for (3,)"));
  CHECK(contains(refused("Conv1d",
                         [](auto&& put) {
                           put("weight", filled({3, 2}, 0));
                         }),
                 "member 'weight' has shape (3, 2), expected 3 dimensions"));
  CHECK(contains(refused("Delay", [](auto&& put) { put("delay", -0.5); }),
                 "x.nir, node 'n', member 'delay' is -0.5, must be at least 0"));
  CHECK(contains(refused("LI",
                         [](auto&& put) {
                           put("tau", 0.0);
                           put("r", 1.0);
                         }),
                 "member 'tau' is 0, must be above 0"));
  CHECK(contains(refused("SumPool2d",
                         [](auto&& put) {
                           put("kernel_size", 2);
                           put("stride", 3000000000);
                         }),
                 "member 'stride' is 3000000000, expected at most 2147483647"));
  CHECK(contains(refused("SumPool2d", [](auto&& put) { put("kernel_size", 2); }),
                 "member 'stride' is missing"));
  CHECK(contains(error_of([&] { nir::parse_nir(Hdf5Writer().dump(), "x.nir"); }),
                 "x.nir: no NIR file, it has no group 'node'"));
}

TEST_CASE("NIR: a graph that is none is not written", "[io]") {
  nir::Graph graph = small();
  graph.edges.push_back({"fc", "nowhere"});
  CHECK(contains(error_of<std::invalid_argument>([&] { nir::dump_nir(graph); }),
                 "names 'nowhere', which is no node"));
  graph = small();
  graph.nodes[1].name = "a/b";
  graph.edges.clear();
  CHECK(contains(error_of<std::invalid_argument>([&] { nir::dump_nir(graph); }), "'a/b' cannot name a node"));
  graph = small();
  graph.nodes[1].name = "input";
  CHECK(contains(error_of<std::invalid_argument>([&] { nir::dump_nir(graph); }),
                 "two nodes are called 'input'"));
  graph = small();
  std::get<nir::Affine>(graph.nodes[1].parameters).bias = filled({3}, 0);
  CHECK(contains(error_of<std::invalid_argument>([&] { nir::dump_nir(graph); }),
                 "network, node 'fc', member 'bias' has shape (3,), the weight's asks for (2,)"));
  CHECK(contains(error_of<std::invalid_argument>([&] { nir::validate(graph.nodes[1], "mine"); }),
                 "mine, node 'fc', member 'bias' has shape (3,)"));
  nir::Graph outer = small();
  outer.nodes[1].parameters = graph;
  CHECK(contains(error_of<std::invalid_argument>([&] { nir::dump_nir(outer); }),
                 "node 'fc/fc', member 'bias' has shape (3,)"));
}

TEST_CASE(
    "NIR: a file that is cut off is refused; one with a byte changed is refused or read; nothing stays open",
    "[io]") {
  for (const int gzip : {0, 4}) {
    Bytes bytes = nir::dump_nir(small(), gzip);
    for (std::size_t n = 0; n < bytes.size(); n += 256) {
      const std::span<const unsigned char> part(bytes.data(), n);
      CHECK(contains(error_of([&] { nir::parse_nir(part, "x.nir"); }), "x.nir"));
    }
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
      const auto flip = static_cast<unsigned char>(1u << at % 8);
      bytes[at] ^= flip;
      const std::string error = error_of([&] { nir::parse_nir(bytes, "x.nir"); });
      if (error != "no error" && !contains(error, "x.nir")) CHECK(error == "names the file");
      if (H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL) != 0) FAIL("byte " << at << " leaves a handle open");
      bytes[at] ^= flip;
    }
  }
}

TEST_CASE("NIR: the files in ../shared are read, and written again the same", "[io]") {
  const std::string folder = support::shared_folder() + "/nir";
  if (!std::filesystem::exists(folder)) {
    std::puts("skipped: no ../shared/nir");
    return;
  }
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".nir") continue;
    ++files;
    const nir::File file = nir::read_nir(entry.path().string());
    const nir::File again = nir::parse_nir(nir::dump_nir(file));
    CHECK((again.graph == file.graph));
    CHECK(again.version == file.version);
    CHECK(again.remarks.empty());
  }
  CHECK(files >= 11);
}

TEST_CASE(
    "NIR: of the files in ../shared, those that are cut off are refused, those with a byte changed are "
    "refused or read",
    "[io]") {
  const std::string folder = support::shared_folder() + "/nir";
  if (!std::filesystem::exists(folder)) {
    std::puts("skipped: no ../shared/nir");
    return;
  }
  int files = 0, refused = 0, read = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".nir") continue;
    INFO(entry.path().string());
    ++files;
    Bytes bytes = read_file(entry.path().string());
    for (std::size_t n = 0; n < bytes.size(); n += 256) {
      const std::span<const unsigned char> part(bytes.data(), n);
      if (!contains(error_of([&] { nir::parse_nir(part, "x.nir"); }), "x.nir")) FAIL("cut at " << n);
    }
    // Some 400 bytes of each file, since all of them would take an hour.
    const std::size_t every = std::max<std::size_t>(1, bytes.size() / 400);
    for (std::size_t at = static_cast<std::size_t>(files); at < bytes.size(); at += every) {
      const auto flip = static_cast<unsigned char>(1u << at % 8);
      bytes[at] ^= flip;
      const std::string error = error_of([&] { nir::parse_nir(bytes, "x.nir"); });
      if (error != "no error" && !contains(error, "x.nir")) FAIL("byte " << at << ": " << error);
      ++(error == "no error" ? read : refused);
      bytes[at] ^= flip;
    }
    if (H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL) != 0) FAIL("a handle stays open");
  }
  CHECK(files >= 11);
  CHECK(refused > 10);
  CHECK(read > 10);
}
