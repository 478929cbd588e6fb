// A graph of all of NIR's node types.
#pragma once
#include <neohebb/io/nir_graph.hpp>
#include <neohebb/io/npy.hpp>

namespace support {

namespace nir = neohebb::nir;

/// An array of the shape whose entries are x, x + 0.1, …
inline neohebb::NpyArray filled(const nir::Shape& shape, float x) {
  neohebb::Index n = 1;
  for (const auto size : shape) n *= size;
  neohebb::Vector<float> all(n);
  for (neohebb::Index k = 0; k < n; ++k) all[k] = x + 0.1f * static_cast<float>(k);
  neohebb::NpyArray array = neohebb::to_npy(all);
  array.shape = shape;
  return array;
}

inline nir::Graph all_node_types() {
  const auto p = [](float x) { return filled({3}, x); };
  nir::Graph inner;
  inner.nodes = {{"input", nir::Input{{3}}, {}},
                 {"lif", nir::CubaLIF{p(1), p(2), p(3), p(0), p(1), p(0), p(1)}, {}},
                 {"w_rec", nir::Linear{filled({3, 3}, 0)}, {}},
                 {"output", nir::Output{{3}}, {}}};
  inner.edges = {{"input", "lif"}, {"lif", "w_rec"}, {"w_rec", "lif"}, {"lif", "output"}};
  inner.metadata["name"] = std::string("recurrent");

  nir::Conv2d conv;
  conv.input_shape = {8, 8};
  conv.weight = filled({2, 1, 3, 3}, -1);
  conv.padding.word = "same";
  conv.bias = filled({2}, 0);
  nir::Conv1d line;
  line.input_shape = 8;
  line.weight = filled({4, 2, 3}, -1);
  line.padding.by = {1};
  line.bias = filled({4}, 0);
  nir::Graph graph;
  graph.nodes = {{"input", nir::Input{{1, 8, 8}}, {}},
                 {"conv", conv, {}},
                 {"line", line, {}},
                 {"sum", nir::SumPool2d{{2, 2}, {2, 2}, {0, 0}}, {}},
                 {"mean", nir::AvgPool2d{{2, 2}, {2, 2}, {0, 1}}, {}},
                 {"flat", nir::Flatten{0, -1, nir::Shape{2, 2, 2}}, {}},
                 {"fc", nir::Affine{filled({3, 8}, -1), p(0)}, {{"dt", neohebb::to_npy(1e-4)}}},
                 {"scale", nir::Scale{p(2)}, {}},
                 {"delay", nir::Delay{p(0)}, {}},
                 {"i", nir::Integrator{p(1)}, {}},
                 {"if", nir::IF{p(1), p(1), p(0)}, {}},
                 {"li", nir::LI{p(1), p(1), p(0)}, {}},
                 {"lif.1", nir::LIF{p(1), p(1), p(0), p(1), p(0)}, {}},
                 {"cubali", nir::CubaLI{p(1), p(2), p(1), p(0), p(1)}, {}},
                 {"threshold", nir::Threshold{p(1)}, {}},
                 {"inner", inner, {}},
                 {"output", nir::Output{{3}}, {}}};
  graph.edges = {{"input", "conv"},  {"conv", "sum"},    {"sum", "mean"},
                 {"mean", "flat"},   {"flat", "fc"},     {"fc", "scale"},
                 {"scale", "delay"}, {"delay", "inner"}, {"inner", "output"}};
  graph.metadata = {{"dt", neohebb::to_npy(1e-4)},
                    {"made_by", std::string("näohebb")},
                    {"training/classes", nir::Texts{{2}, {"a", "b"}}}};
  return graph;
}

}  // namespace support
