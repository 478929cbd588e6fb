// A network that learns which half of a picture flickers, and prints what it computed. The numbers must not depend on
// build switches that leave its arithmetic as it is, and be the same up to rounding where a switch changes the order of sums.
//
//     learn [TOLERANCE]    prints its numbers, or compares those on standard input with them
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <neohebb/data/encoders.hpp>
#include <neohebb/layer/decolle.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/learning/prediction.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/projection/convolution.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/trace/double_exponential.hpp>
#include <vector>

using namespace neohebb;
using S = double;

namespace {

using Trace = DoubleExponential<S>;
constexpr Index side = 8, batch = 10, steps = 30;

/// Eigen refuses to allocate while this lives, where it was told to watch.
struct NoHeap {
#ifdef EIGEN_RUNTIME_NO_MALLOC
  NoHeap() { Eigen::internal::set_is_malloc_allowed(false); }
  ~NoHeap() { Eigen::internal::set_is_malloc_allowed(true); }
#else
  NoHeap() {}
#endif
};

/// right: of the last trial.
std::vector<double> learn(int& right) {
  const Network net{
      DecolleLayer<Dense<Trace, Convolution>>{
          .projection = {.connectivity = {.height = side,
                                          .width = side,
                                          .channels_in = 1,
                                          .channels_out = 3,
                                          .kernel = 3},
                         .trace = {.membrane_decay = S(0.8), .synaptic_decay = S(0.6)}},
          .signal = {.classes = 2}},
      DecolleLayer<EventDriven<Trace>>{.projection = {.connectivity = {108, 37}}, .signal = {.classes = 2}}};
  auto weights = net.initial_weights(ScaledNormal<S>{4}, Generator{.seed = 1});
  auto learner = net.learner(Adam<S>{.rate = S(3e-4)}, Extent{batch}, 1);
  // as a user hands them in: Eigen's own matrices, which EIGEN_DEFAULT_TO_ROW_MAJOR stores by rows
  Eigen::Matrix<S, Dynamic, Dynamic> rate =
      Eigen::Matrix<S, Dynamic, Dynamic>::Constant(side * side, batch, S(0.05));
  Eigen::Matrix<S, Dynamic, Dynamic> target = Eigen::Matrix<S, Dynamic, Dynamic>::Zero(2, batch);
  for (Index b = 0; b < batch; ++b) {
    rate.col(b).segment(b % 2 * side * side / 2, side * side / 2).setConstant(S(0.3));
    target(b % 2, b) = 1;
  }
  Spikes<S> in(side * side, batch);
  std::vector<double> numbers;
  for (Index trial = 0; trial < 12; ++trial) {
    auto state = net.zero_state(Extent{batch});
    MostFrequentWinner<> votes(2, batch);
    double loss = 0;
    for (Index t = 0; t < steps; ++t) {
      BernoulliEncoder{}(rate, t, Generator{.seed = 2}.at_step(steps * trial + t), in);
      const NoHeap here;
      net.step(weights, state, in);
      net.credit(weights, state, target, learner);
      net.update(weights, state, learner);
      votes.count(std::get<1>(state).signal_state.output);
      loss += static_cast<double>(std::get<1>(state).loss);
    }
    right = 0;
    for (Index b = 0; b < batch; ++b) right += votes.predict(b) == b % 2;
    std::fprintf(stderr, "trial %2d: loss %.4f, %d of %d right\n", int(trial), loss / steps, right,
                 int(batch));
    numbers.push_back(loss);
    numbers.push_back(right);
  }
  const auto describe = [&](const auto& affine) {
    for (Index j = 0; j < affine.weight.cols(); j += 5)
      numbers.push_back(double(affine.weight(j % affine.weight.rows(), j)));
    numbers.push_back(double(affine.bias(affine.bias.size() - 1)));
  };
  describe(std::get<0>(weights).projection);
  describe(std::get<1>(weights).projection.settled());
  return numbers;
}

}  // namespace

int main(int argc, char** argv) {
  int right = 0;
  const std::vector<double> numbers = learn(right);
  if (right != batch) return 2;  // it has learned nothing, whatever it is compared with
  if (argc < 2) {
    for (const double x : numbers) std::printf("%a\n", x);
    return 0;
  }
  const double tolerance = std::atof(argv[1]);
  double worst = 0;
  std::size_t count = 0;
  for (std::string text; std::getline(std::cin, text); ++count) {
    const double expected = std::strtod(text.c_str(), nullptr);
    if (count < numbers.size())
      worst = std::max(worst, std::abs(numbers[count] - expected) / (1 + std::abs(expected)));
  }
  std::printf("%zu numbers, %zu expected; the largest difference is %g, allowed: %g\n", numbers.size(), count,
              worst, tolerance);
  return count == numbers.size() && worst <= tolerance ? 0 : 1;
}
