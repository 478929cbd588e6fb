// expect: Network::learn takes layer by layer through all steps
// Layers that receive the readout's error cannot be taught one after the other.
#include <neohebb/layer/eprop.hpp>
#include <neohebb/network/network.hpp>

void learn(const neohebb::Network<std::tuple<neohebb::EpropLayer<float>, neohebb::EpropReadout<float>>>& net,
           const std::vector<neohebb::Spikes<float>>& input, const neohebb::Matrix<float>& target) {
  auto weights = net.initial_weights(neohebb::detail::AnyInitialisation{}, {});
  auto state = net.zero_state(neohebb::Extent<>(1));
  auto record = net.record(state, 10);
  auto learner = net.learner(neohebb::Sgd<float>{}, neohebb::Extent<>(1), 10);
  net.learn(weights, state, learner, record, input, target, 10);
}
