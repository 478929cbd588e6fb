// expect: one element for each layer of the network
// Three targets for two layers.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/exponential.hpp>

using Layer = neohebb::DecolleLayer<neohebb::Dense<neohebb::Exponential<float>>>;
using Network = neohebb::Network<std::tuple<Layer, Layer>>;

float teach(const Network& network, const Network::Weights& weights, auto& state, auto& learner) {
  const Eigen::MatrixXf target;
  return network.credit(weights, state, std::tuple{target, target, target}, learner);
}
void all(const Network& network, const Network::Weights& weights) {
  auto state = network.zero_state(neohebb::Extent{5});
  auto learner = network.learner(neohebb::Sgd<float>{}, neohebb::Extent{5}, 1);
  teach(network, weights, state, learner);
}
