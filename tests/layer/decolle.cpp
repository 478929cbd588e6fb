// What a DECOLLE layer as a whole must do, with one type of layer.
#include <neohebb/layer/decolle.hpp>

#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/layers.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::distance;
using support::error_of;

namespace {

using Decolle = DecolleLayer<Dense<DoubleExponential<double>>, Srm<double>, Dynamic, FastSigmoid<double>,
                             support::AnyLoss<double>>;
constexpr Index in = 6, out = 5, classes = 4, batch = 3;
const Decolle layer{.projection = {.connectivity = {in, out}, .trace = {0.8, 0.5}},
                    .signal = {.classes = classes, .scale = 1}};

/// A layer at work on samples [first, first + size).
struct Running {
  Decolle layer;
  Decolle::Weights weights;
  Decolle::State<Dynamic> state;
  Spikes<double> spikes;
  Index first;
  Running(const Decolle& l, Index from, Index size, double bias = 0)
      : layer(l),
        weights(l.initial_weights(ScaledNormal<double>{4}, Generator{.seed = 2})),
        state(l.zero_state(Extent{size}, Generator{.seed = 3, .sample = static_cast<std::uint32_t>(from)})),
        spikes(Extent{in}, Extent{size}),
        first(from) {
    weights.projection.bias.setConstant(bias);
  }
  void step(Index t) {
    support::NoisyInput{}(t, first, spikes);
    layer.step(weights, state, spikes);
  }
  Matrix<double> target() const { return support::labels(classes, spikes.batch(), first); }
};

/// Gradient and loss of a batch against the mean of its samples', run one by one.
void batch_equals_its_samples(const Decolle& l, double bias) {
  Running whole(l, 0, batch, bias);
  std::vector<Running> single;
  for (Index b = 0; b < batch; ++b) single.emplace_back(l, b, 1, bias);
  for (Index t = 0; t < 12; ++t) {
    whole.step(t);
    auto credit = l.zero_credit(Extent{batch}, 1);
    const double loss = l.credit(whole.weights, whole.state, whole.target(), credit);
    auto mean = l.projection.zero_weights();
    double mean_loss = 0;
    for (Running& r : single) {
      r.step(t);
      CHECK(distance(r.state.neuron.potential, whole.state.neuron.potential.col(r.first)) < 1e-14);
      CHECK(r.state.neuron.spikes.dense() == whole.state.neuron.spikes.dense().col(r.first));
      auto own = l.zero_credit(Extent{1}, 1);
      mean_loss += l.credit(r.weights, r.state, r.target(), own) / batch;
      mean.weight += l.projection.gradient(own.projection).weight / batch;
      mean.bias += l.projection.gradient(own.projection).bias / batch;
    }
    CHECK(std::abs(loss - mean_loss) < 1e-14);
    CHECK(loss == whole.state.loss);
    const auto gradient = l.projection.gradient(credit.projection);
    CHECK(distance(gradient.weight, mean.weight) < 1e-14);
    CHECK(distance(gradient.bias, mean.bias) < 1e-14);
    if (t > 0) CHECK(gradient.weight.cwiseAbs().maxCoeff() > 0);  // no spike has reached P before
  }
}

}  // namespace

TEST_CASE("a batch's update is the mean of its samples', run one by one", "[layer]") {
  for (int loss = 0; loss < support::AnyLoss<double>::count; ++loss) {
    Decolle l = layer;
    l.signal.loss.which = loss;
    batch_equals_its_samples(l, 0);
  }
}

TEST_CASE("dropout hides the same units from a sample in any batch", "[layer]") {
  Decolle l = layer;
  l.signal.dropout = 0.5;
  batch_equals_its_samples(l, 0);
}

TEST_CASE("the high-rate term of a batch is the mean of its samples'", "[layer]") {
  Decolle l = layer;
  l.rate.strength = 5;
  batch_equals_its_samples(l, 1);  // no sample is quiet: the low-rate term vanishes
}

TEST_CASE("samples given the whole batch's quietness add up to the batch's low-rate term", "[layer]") {
  Decolle l = layer;
  l.rate.strength = 5e3;
  Running whole(l, 0, batch, -1.5);
  std::vector<Running> single;
  for (Index b = 0; b < batch; ++b) single.emplace_back(l, b, 1, -1.5);
  bool differed = false;  // from what samples would do on their own
  for (Index t = 0; t < 30; ++t) {
    whole.step(t);
    double quiet = 0;
    for (Running& r : single) {
      r.step(t);
      quiet += l.of_batch(r.state) / batch;
    }
    CHECK(std::abs(quiet - l.of_batch(whole.state)) < 1e-14);
    auto credit = l.zero_credit(Extent{batch}, 1);
    const double loss = l.credit(whole.weights, whole.state, whole.target(), credit);
    auto sum = l.projection.zero_weights();
    double sum_of_losses = 0;
    for (Running& r : single) {
      differed |= (l.of_batch(r.state) > 0) != (quiet > 0);
      auto own = l.zero_credit(Extent{1}, 1);
      sum_of_losses += l.credit(r.weights, r.state, r.target(), own, 1.0 / batch, quiet);
      sum.weight += l.projection.gradient(own.projection).weight;
    }
    CHECK(std::abs(loss - sum_of_losses) < 1e-12);
    CHECK(distance(l.projection.gradient(credit.projection).weight, sum.weight) < 1e-13);
  }
  CHECK(differed);
}

TEST_CASE("dropout doubles what it keeps at one half, draws anew at each step, and not for predictions",
          "[layer]") {
  Decolle l = layer;
  l.projection.connectivity.to = 400;
  l.signal.dropout = 0.5;
  Running r(l, 0, batch), plain(
                              [] {
                                Decolle p = layer;
                                p.projection.connectivity.to = 400;
                                return p;
                              }(),
                              0, batch);
  Matrix<double> before;
  for (Index t = 0; t < 5; ++t) {
    r.step(t);
    plain.step(t);
    CHECK(r.state.signal_state.output == plain.state.signal_state.output);
    auto credit = l.zero_credit(Extent{batch}, 1);
    l.credit(r.weights, r.state, r.target(), credit);
    const Matrix<double> kept = r.state.signal_state.kept;
    CHECK((kept.array() == 0 || kept.array() == 2).all());
    CHECK(std::abs(kept.mean() - 1) < 0.12);  // 1200 draws: four standard deviations
    if (t > 0) CHECK(kept != before);
    before = kept;
  }
}

TEST_CASE("targets that differ per step are those of their step", "[layer]") {
  Running r(layer, 0, batch);
  auto learner = layer.learner(Sgd<double>{.rate = 1});
  for (Index t = 0; t < 12; ++t) {
    r.step(t);
    auto credit = layer.zero_credit(Extent{batch}, 1);
    // A target equal to the output asks for nothing, at any step.
    CHECK(layer.credit(r.weights, r.state, Matrix<double>(r.state.signal_state.output), credit) == 0);
    CHECK(layer.projection.gradient(credit.projection).weight.isZero(0));
    const auto before = r.weights;
    layer.update(r.weights, r.state, credit, learner);
    CHECK(distance(r.weights.projection.weight, before.projection.weight) == 0);
  }
}

TEST_CASE("learning never moves the readout", "[layer]") {
  Running r(layer, 0, batch);
  auto learner = layer.learner(Adam<double>{.rate = 0.1});
  auto credit = layer.zero_credit(Extent{batch}, 1);
  const auto before = r.weights;
  for (Index t = 0; t < 20; ++t) {
    r.step(t);
    layer.credit(r.weights, r.state, r.target(), credit);
    layer.update(r.weights, r.state, credit, learner);
  }
  const bool same = r.weights.signal == before.signal;
  CHECK(same);
  CHECK(distance(r.weights.projection.weight, before.projection.weight) > 0.1);
  CHECK(before.signal.weight.cwiseAbs().maxCoeff() <= 1 / std::sqrt(5.0));
}

TEST_CASE("parameters that make no sense are refused by name", "[layer]") {
  const auto refused = [](auto&& change) {
    Decolle l = layer;
    change(l);
    return error_of<std::invalid_argument>([&] { l.zero_state(Extent{batch}); });
  };
  CHECK(contains(refused([](Decolle& l) { l.signal.classes = 0; }), "OwnReadout.classes is 0"));
  CHECK(contains(refused([](Decolle& l) { l.signal.scale = 0; }), "OwnReadout.scale is 0"));
  CHECK(contains(refused([](Decolle& l) { l.signal.dropout = 1; }), "OwnReadout.dropout is 1"));
  CHECK(contains(refused([](Decolle& l) { l.signal.dropout = -0.1; }), "OwnReadout.dropout is -0.1"));
  CHECK(contains(refused([](Decolle& l) { l.rate.strength = -1; }), "RateRegularisation.strength is -1"));
  CHECK(contains(refused([](Decolle& l) { l.surrogate.steepness = 0; }), "FastSigmoid.steepness is 0"));
  CHECK(contains(refused([](Decolle& l) { l.neuron.refractory.decay = 1.5; }), "Exponential.decay is 1.5"));
  CHECK(contains(refused([](Decolle& l) { l.projection.trace.synaptic_decay = -1; }),
                 "DoubleExponential.synaptic_decay is -1"));
  CHECK(contains(refused([](Decolle& l) { l.projection.connectivity.from = 0; }), "AllToAll.from is 0"));
  CHECK(contains(error_of<std::invalid_argument>([] { layer.zero_state(Extent{0}); }), "batch is 0"));
}

TEST_CASE("a layer refuses spikes and targets of other shapes, naming both", "[layer]") {
  Running r(layer, 0, batch);
  const auto stepped = [&](Index neurons, Index samples) {
    return error_of<std::invalid_argument>([&] {
      layer.step(r.weights, r.state, Spikes<double>{Extent{neurons}, Extent{samples}});
    });
  };
  CHECK(stepped(in, batch) == "no error");
  CHECK(stepped(in + 1, batch) == "neohebb: PlasticLayer input is 7 x 3, expected 6 x 3");
  CHECK(stepped(in, batch - 1) == "neohebb: PlasticLayer input is 6 x 2, expected 6 x 3");
  auto credit = layer.zero_credit(Extent{batch}, 1);
  const auto taught = [&](const Matrix<double>& target) {
    return error_of<std::invalid_argument>([&] { layer.credit(r.weights, r.state, target, credit); });
  };
  CHECK(taught(Matrix<double>::Zero(classes - 1, batch)) ==
        "neohebb: OwnReadout target is 3 x 3, expected 4 x 3");
  CHECK(taught(Matrix<double>::Zero(classes, batch + 1)) ==
        "neohebb: OwnReadout target is 4 x 4, expected 4 x 3");
  CHECK(credit.empty());
}

TEST_CASE("a layer refuses targets with NaN and infinity, and notes nothing of them", "[layer]") {
  Running r(layer, 0, batch);
  r.step(0);
  auto credit = layer.zero_credit(Extent{batch}, 1);
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    Matrix<double> target = r.target();
    target(2, 1) = bad;
    CHECK(contains(error_of<std::invalid_argument>([&] { layer.credit(r.weights, r.state, target, credit); }),
                   "OwnReadout target has NaN or infinite entries (4 x 3)"));
  }
  CHECK(credit.empty());
}
