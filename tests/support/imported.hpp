// Small NIR graphs, and what they give.
#pragma once
#include <random>

#include "catch.hpp"
#include "support/chain.hpp"
#include "support/nir.hpp"

namespace support::graphs {

using namespace neohebb;
using support::chain_graph;

inline NpyArray numbers(const nir::Shape& shape, const std::vector<double>& values) {
  NpyArray array =
      to_npy(Eigen::Map<const Vector<double>>(values.data(), static_cast<Index>(values.size())).eval());
  array.shape = shape;
  return array;
}
inline NpyArray random_array(const nir::Shape& shape, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<double> all(static_cast<std::size_t>(nir::size_of_shape(shape)));
  for (double& x : all) x = static_cast<double>(random()) / 2147483648.0 - 1;
  return numbers(shape, all);
}
/// Counts, most of which are zero, with a negative one now and then; or, dense, none of them zero.
template <class S> Matrix<S> input(Index rows, Index batch, unsigned seed, bool dense = false) {
  std::mt19937 random(seed);
  Matrix<S> x(rows, batch);
  for (Index b = 0; b < batch; ++b)
    for (Index i = 0; i < rows; ++i) {
      const auto draw = static_cast<int>(random() % 10);
      x(i, b) = dense ? static_cast<S>(draw - 4.5)
                      : static_cast<S>(draw == 0   ? 1
                                       : draw == 1 ? 2
                                       : draw == 2 ? -1
                                                   : 0);
    }
  return x;
}
template <class S> Matrix<S> once(const nir::Graph& graph, const Matrix<S>& x) {
  const nir::ImportedNetwork<S> net(graph);
  auto state = net.zero_state(x.cols());
  net.step(state, x);
  return net.output(state);
}
/// What node n0 gives for currents x, one neuron after the other, sample 0.
template <class S = double>
std::vector<double> run(const nir::Parameters& parameters, const std::vector<double>& x,
                        const nir::Semantics& how, std::vector<double>* membrane = nullptr) {
  const nir::ImportedNetwork<S> net(chain_graph({1}, {parameters}), how);
  auto state = net.zero_state(1);
  std::vector<double> out;
  for (const double now : x) {
    net.step(state, Matrix<S>::Constant(1, 1, static_cast<S>(now)));
    out.push_back(static_cast<double>(net.output(state)(0, 0)));
    if (membrane) membrane->push_back(static_cast<double>(net.at(state, "n0").membrane(0, 0)));
  }
  return out;
}
inline NpyArray one(double x) { return numbers({1}, {x}); }
inline const std::vector<double> currents = {0.3, 0.9, 2.5, 0,   0, 1.7, 0.2, -3,
                                             4,   4,   4,   0.1, 0, 0.6, 0.6, 0.6};

inline void compare(const std::vector<double>& got, const std::vector<double>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t k = 0; k < got.size(); ++k) {
    INFO("step " << k);
    CHECK(got[k] == Approx(expected[k]).margin(1e-12));
  }
}
inline std::string refusal(const nir::Graph& graph, const nir::Semantics& how = {}) {
  try {
    nir::ImportedNetwork<float>(graph, how, "net.nir");
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace support::graphs
