// Small NIR graphs: nodes one after the other, parameters drawn at random.
#pragma once
#include <neohebb/core/random.hpp>
#include <neohebb/io/npy.hpp>
#include <neohebb/network/imported.hpp>

namespace support {

namespace nir = neohebb::nir;

/// Numbers, uniform from `low` to `high`.
inline neohebb::NpyArray uniform_array(const nir::Shape& shape, std::uint64_t seed, double low, double high) {
  neohebb::Vector<double> all(nir::size_of_shape(shape));
  neohebb::Generator{.seed = seed}.uniform(all);
  all = (low + (high - low) * all.array()).matrix().eval();
  neohebb::NpyArray array = neohebb::to_npy(all);
  array.shape = shape;
  return array;
}
inline neohebb::NpyArray constant_array(const nir::Shape& shape, double x) {
  return uniform_array(shape, 1, x, x);
}
/// n0, n1, … between input and output.
inline nir::Graph chain_graph(const nir::Shape& in, const std::vector<nir::Parameters>& parameters) {
  nir::Graph graph;
  graph.nodes.push_back({"input", nir::Input{in}, {}});
  std::string before = "input";
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    const std::string name = "n" + std::to_string(k);
    graph.nodes.push_back({name, parameters[k], {}});
    graph.edges.push_back({before, name});
    before = name;
  }
  graph.nodes.push_back({"output", nir::Output{}, {}});
  graph.edges.push_back({before, "output"});
  return graph;
}
inline nir::Affine affine_node(neohebb::Index in, neohebb::Index out, std::uint64_t seed, double strength) {
  return {uniform_array({out, in}, seed, -0.7 * strength, strength),
          uniform_array({out}, seed + 1, -0.1, 0.1)};
}
/// Neurons for steps of dt; where `differ`, each has its own parameters.
inline nir::LIF lif_node(const nir::Shape& shape, double tau, bool differ, double threshold = 1) {
  const double d = differ ? 0.3 : 0;
  return {uniform_array(shape, 21, (1 - d) * tau, (1 + d) * tau),
          uniform_array(shape, 22, 5 - 5 * d, 5 + 5 * d), uniform_array(shape, 23, -d, d),
          uniform_array(shape, 24, threshold - d, threshold + d), uniform_array(shape, 25, -d, d)};
}
inline nir::CubaLIF cuba_lif_node(const nir::Shape& shape, double tau, bool differ, double threshold = 1) {
  const nir::LIF m = lif_node(shape, tau, differ, threshold);
  const double d = differ ? 0.3 : 0;
  return {uniform_array(shape, 26, (1 - d) * tau / 2, (1 + d) * tau / 2),
          m.tau,
          m.r,
          m.v_leak,
          m.v_threshold,
          m.v_reset,
          uniform_array(shape, 27, 2 - d, 2 + d)};
}

}  // namespace support
