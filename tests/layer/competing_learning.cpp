// Competing units learn digits: norms converge, receptive fields are strokes and prototypes, and a classifier on
// them does better than on random features.
#include <neohebb/layer/competing.hpp>
#include <neohebb/layer/power_coding.hpp>
#include <neohebb/layer/supervised_top.hpp>
#include <neohebb/learning/schedule.hpp>

#include "catch.hpp"
#include "support/competing.hpp"

using namespace neohebb;
using S = float;

namespace {

constexpr Index train = 1000, test = 500, pixels = 784, hidden = 40, batch = 50;

/// deviation: of the initial weights, whose norm is to be well above the radius.
auto learned(int passes, S deviation = S(0.5)) {
  const CompetingUnits<S> layer{.inputs = pixels, .units = hidden, .competition = {.rank = 2}, .power = 2};
  const Matrix<S> x = support::digits<S>(train);
  support::Lessons lessons(layer, LargestEntry<S>{}, deviation, batch);
  auto state = layer.zero_state(Extent{batch});
  const LinearDecay<S> rate{.initial = S(0.05), .length = double(passes)};
  for (int pass = 0; pass < passes; ++pass) {
    set_rate(lessons.learner, rate(pass));
    lessons.pass(state, x);
  }
  return lessons;
}

std::vector<int> labels(Index count, std::uint32_t stream) {
  std::vector<int> all;
  for (Index k = 0; k < count; ++k)
    all.push_back(HandwrittenDigits::label(Generator{.seed = 7, .stream = stream}, k));
  return all;
}
/// Every unit's cosine with the image most like it.
Vector<S> nearest(const auto& weight) {
  return (PowerCoding<S>{}.features(weight) * unit_length(support::digits<S>(train))).rowwise().maxCoeff();
}
/// Digits of another stream that a top on these weights' features gets right, in percent.
double right(const auto& weight) {
  PowerCoding<S> coding{.exponent = S(3)};
  const auto features = coding.features(weight);
  const auto code = [&](Index count, std::uint32_t stream) {
    auto state = coding.zero_state(Extent{pixels}, Extent{count});
    Matrix<S> h(features.rows(), count);
    coding.step(features, state, unit_length(support::digits<S>(count, stream)), h);
    return h;
  };
  coding.gain = coding.normalising_gain(code(train, 0));
  const Matrix<S> h = code(train, 0), unseen = code(test, 1),
                  target = signed_one_hot<S>(labels(train, 0), 10);
  const SupervisedTop<S> top{.inputs = features.rows(), .classes = 10, .loss = {.exponent = S(4)}};
  auto w = top.zero_weights();
  auto state = top.zero_state(Extent{batch});
  auto credit = top.zero_credit();
  auto learner = top.learner(Adam<S>{});
  const LinearDecay<S> rate{.initial = S(0.01), .length = 40};
  for (int pass = 0; pass < 40; ++pass) {
    set_rate(learner, rate(pass));
    for (Index first = 0; first < train; first += batch) {
      const auto some = h.middleCols(first, batch);
      top.step(w, state, some);
      top.credit(w, state, some, target.middleCols(first, batch), credit);
      top.update(w, state, credit, learner);
    }
  }
  auto all = top.zero_state(Extent{test});
  top.step(w, all, unseen);
  const auto wanted = labels(test, 1);
  Index correct = 0;
  for (Index b = 0; b < test; ++b) correct += top.predict(all, b) == wanted[static_cast<std::size_t>(b)];
  return 100 * double(correct) / double(test);
}

}  // namespace

TEST_CASE("competing units learn digits without labels", "[layer]") {
  const auto lessons = learned(200);
  const auto& layer = lessons.layer;
  const auto& w = lessons.weights;
  CHECK(layer.converged(w) >= hidden * 9 / 10);
  std::vector<Index> wins(static_cast<std::size_t>(hidden));  // those whose norm is elsewhere seldom win
  const Matrix<S> x = support::digits<S>(train);
  auto state = layer.zero_state(Extent{train});
  layer.step(w, state, x);
  for (Index b = 0; b < train; ++b) ++wins[static_cast<std::size_t>(layer.learning(state, b)(0))];
  const Vector<S> norms = layer.norms(w);
  for (Index u = 0; u < hidden; ++u)
    if (std::abs(norms(u) - 1) > S(0.05)) CHECK(wins[static_cast<std::size_t>(u)] <= train / hidden / 5);

  // Receptive fields look like digits: their cosine with the nearest image. Noise has one of about 0.1.
  const auto random = layer.initial_weights(Generator{.seed = 3});
  CHECK((nearest(w.weight).array() > S(0.6)).count() >= hidden * 9 / 10);
  CHECK(nearest(random.weight).maxCoeff() < S(0.3));

  const double with_features = right(w.weight), at_random = right(random.weight);
  CAPTURE(with_features, at_random);
  CHECK(with_features >= 90);
  CHECK(with_features > at_random + 2);
}

TEST_CASE("on learned digits the full dynamics picks the winners of the ranked rule", "[layer]") {
  const auto lessons = learned(100);
  const auto& w = lessons.weights;
  const Matrix<S> x = support::digits<S>(200, 2);
  auto ranked = lessons.layer.zero_state(Extent{x.cols()});
  lessons.layer.step(w, ranked, x);
  LateralInhibition<S> inhibition{.inhibition = S(0.9), .tolerance = S(1e-6)};
  auto dynamics = inhibition.zero_state(Extent{hidden});
  Index pairs = 0;
  for (Index b = 0; b < x.cols(); ++b) {
    inhibition.settle(dynamics, ranked.currents.col(b));
    Vector<S> h = dynamics.h;
    Index winner;
    h.maxCoeff(&winner);
    CHECK(winner == lessons.layer.learning(ranked, b)(0));
    if ((h.array() >= 0).count() != 2) continue;
    // Its regime: two units stay active, and h* lies between them.
    ++pairs;
    const S strongest = h(winner);
    h(winner) = -1;
    Index second;
    inhibition.threshold = (strongest + h.maxCoeff(&second)) / 2;
    std::vector<std::pair<Index, S>> learn;
    inhibition(dynamics, ranked.currents.col(b), [&](Index unit, S g) { learn.emplace_back(unit, g); });
    CHECK(learn.size() == 2);
    for (const auto& [unit, g] : learn) CHECK(g == (unit == winner ? S(1) : S(-0.4)));
    CHECK(second == lessons.layer.learning(ranked, b)(1));
  }
  CAPTURE(pairs);
  CHECK(pairs >= 20);
}

TEST_CASE("where weights begin shorter than the radius, whoever wins first wins ever after", "[layer]") {
  const auto lessons = learned(40, S(0.02));
  CHECK((nearest(lessons.weights.weight).array() > S(0.6)).count() <= 3);
  CHECK(lessons.layer.converged(lessons.weights) >= hidden * 9 / 10);  // a norm alone is no feature
}
