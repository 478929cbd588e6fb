// A user's own connectivity, and which requirements belong to which projection.
#include <neohebb/projection/dense.hpp>

#include <neohebb/learning/initialisation.hpp>
#include <neohebb/trace/exponential.hpp>

#include "catch.hpp"
#include "reference/message.hpp"
#include "support/layers.hpp"

using namespace neohebb;
using support::distance;

namespace {

/// y_i = w_i x_i, W is neurons × 1; for float alone, as a kernel written for one processor is.
struct OneToOne {
  using M = Eigen::Ref<Matrix<float>>;
  using In = Eigen::Ref<const Matrix<float>>;
  Extent<> neurons;
  auto inputs() const { return neurons; }
  auto outputs() const { return neurons; }
  auto rows() const { return neurons; }
  auto cols() const { return Extent<1>{}; }
  struct Workspace {};
  template <std::same_as<float> S> Workspace workspace() const { return {}; }
  void forward(const In& w, const In& x, M y, Workspace&) const { y = w.col(0).asDiagonal() * x; }
  void gather(float scale, const In& delta, const In& x, M gradient, Workspace&) const {
    gradient += scale * delta.cwiseProduct(x).rowwise().sum();
  }
  void add_bias(const In& bias, M y) const { y.colwise() += bias.col(0); }
  void gather_bias(float scale, const In& delta, M gradient) const {
    gradient += scale * delta.rowwise().sum();
  }
};

}  // namespace

TEST_CASE("a connectivity is one for the numbers it takes; index lists of spikes are a further promise",
          "[projection]") {
  STATIC_REQUIRE(Connectivity<OneToOne, float>);
  STATIC_REQUIRE_FALSE(Connectivity<OneToOne, double>);
  STATIC_REQUIRE_FALSE(SpikingConnectivity<OneToOne, float>);
  STATIC_REQUIRE(SpikingConnectivity<AllToAll<>, float>);
  STATIC_REQUIRE(SpikingConnectivity<AllToAll<3, 4>, double>);
}

TEST_CASE("a connectivity for float alone steps and learns in a dense projection", "[projection]") {
  constexpr Index n = 5, batch = 3;
  const Dense<Exponential<float>, OneToOne> projection{.connectivity = {n}, .trace = {.decay = 0.5f}};
  auto weights = projection.initial_weights(ScaledNormal<float>{}, Generator{.seed = 1});
  weights.bias = support::random_matrix<float>(n, 1, 2);
  auto state = projection.zero_state(Extent{batch});
  auto credit = projection.zero_credit(Extent{batch}, 2);
  auto sgd = projection.learner(Sgd<float>{.rate = 0.5f});
  auto adam = projection.learner(Adam<float>{.rate = 0.1f});
  Spikes<float> spikes(n, batch);
  Matrix<float> drive(n, batch);
  for (Index t = 0; t < 6; ++t) {
    const auto before = weights;
    support::NoisyInput{}(t, 0, spikes);
    projection.step(weights, state, spikes, drive);
    const Matrix<float> p = projection.trace.value(state.pre);
    for (Index i = 0; i < n; ++i)
      for (Index b = 0; b < batch; ++b)
        CHECK(std::abs(drive(i, b) - (before.weight(i) * p(i, b) + before.bias(i))) < 1e-6f);
    const Matrix<float> delta = support::random_matrix<float>(n, batch, static_cast<std::uint64_t>(10 + t));
    projection.credit(weights, state, delta, credit);
    const Vector<float> gradient = delta.cwiseProduct(p).rowwise().sum();
    CHECK(distance(projection.gradient(credit).weight, gradient) < 1e-6f);
    if (t % 2 == 0) {
      projection.update(weights, state, credit, sgd);
      CHECK(distance(weights.weight, before.weight - 0.5f * gradient) < 1e-6f);
    } else {
      projection.update(weights, state, credit, adam);
      CHECK(distance(weights.weight, before.weight) > 0.01f);
    }
  }
}

TEST_CASE("all-to-all products give their output a shape; sums refuse one that does not fit",
          "[projection]") {
  using reference::contains, reference::message_of;
  const AllToAll<> c{4, 3};
  AllToAll<>::Workspace scratch;
  const Matrix<float> w = support::random_matrix<float>(3, 4, 1), x = support::random_matrix<float>(4, 5, 2),
                      delta = support::random_matrix<float>(3, 5, 3);
  Matrix<float> y, none, gradient = Matrix<float>::Zero(3, 4);
  Vector<float> no_bias, one = Vector<float>::Zero(3);
  c.forward(w, x, y, scratch);
  CHECK(distance(y, w * x) < 1e-5f);
  CHECK(contains(message_of([&] { c.gather(1.f, delta, x, none, scratch); }), "expected 3 x 4"));
  CHECK(
      contains(message_of([&] { c.forward_spikes(w, std::vector{0}, no_bias, scratch); }), "expected 3 x 1"));
  CHECK(contains(message_of([&] { c.gather_bias(1.f, delta, no_bias); }), "expected 3 x 1"));
  CHECK(contains(message_of([&] { c.add_bias(one, none); }), "expected 3 x 0"));
  SpikeRecord spikes(4, 1);
  CHECK(
      contains(message_of([&] { c.gather_spikes(1.f, delta, spikes, none, 0, scratch); }), "expected 3 x 0"));
  c.gather(1.f, delta, x, gradient, scratch);
  CHECK(distance(gradient, delta * x.transpose()) < 1e-5f);
}
