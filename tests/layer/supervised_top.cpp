#include <neohebb/layer/supervised_top.hpp>

#include <neohebb/io/checkpoint.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/learning/schedule.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "laws/users_own.hpp"
#include "support/layers.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using laws::deviation;
using support::contains;

namespace {

template <class T> std::string refusal(T&& f) { return support::error_of<std::invalid_argument>(f); }

template <class S> Matrix<S> features(Index inputs, Index batch, std::uint32_t number = 1) {
  return laws::uniform<S>(inputs, batch, number, -1, 1).cwiseMax(S(0));
}
template <class S> Matrix<S> signs(Index classes, Index batch) {
  std::vector<Index> labels;
  for (Index b = 0; b < batch; ++b) labels.push_back(b % classes);
  return signed_one_hot<S>(labels, classes);
}
/// What this file does to a top: three steps are credited, two of them in one window.
template <class Top, class O> struct Training {
  using S = typename Top::Scalar;
  Top top;
  typename Top::Weights weights;
  typename Top::Credit credit;
  typename Top::template Learner<O> learner;
  Training(const Top& t, const O& optimizer, std::uint64_t seed = 1)
      : top(t),
        weights(t.initial_weights(ScaledNormal<S>{}, Generator{.seed = seed})),
        credit(t.zero_credit()),
        learner(t.learner(optimizer)) {}
  S show(auto batch, std::uint32_t number) {
    auto state = top.zero_state(batch);
    const auto h = features<S>(top.inputs, batch, number);
    top.step(weights, state, h);
    return top.credit(weights, state, h, signs<S>(top.classes, batch), credit);
  }
  void update() {
    auto state = top.zero_state(Extent{1});
    top.update(weights, state, credit, learner);
  }
  static void fields(auto& self, auto&& visit) {
    visit("weights", self.weights);
    visit("credit", self.credit);
    visit("learner", self.learner);
  }
};

/// The formulas, number by number, in double.
template <class S> struct Naive {
  Matrix<double> z, gradient;
  Vector<double> bias_gradient;
  double loss;
};
template <class S>
Naive<S> naive(const auto& w, double beta, const Matrix<S>& h, const auto& loss_of, const Matrix<S>& target) {
  const Matrix<double> s = w.weight.template cast<double>(), x = h.template cast<double>();
  Naive<S> n{Matrix<double>(s.rows(), x.cols()), Matrix<double>::Zero(s.rows(), s.cols()),
             Vector<double>::Zero(s.rows()), 0};
  for (Index a = 0; a < s.rows(); ++a)
    for (Index b = 0; b < x.cols(); ++b) {
      n.z(a, b) = double(w.bias(a));
      for (Index i = 0; i < s.cols(); ++i) n.z(a, b) += s(a, i) * x(i, b);
      n.z(a, b) *= beta;
    }
  Matrix<double> error(s.rows(), x.cols());
  n.loss = loss_of(n.z, Matrix<double>(target.template cast<double>()), error);
  for (Index a = 0; a < s.rows(); ++a)
    for (Index b = 0; b < x.cols(); ++b) {
      n.bias_gradient(a) += beta * error(a, b);
      for (Index i = 0; i < s.cols(); ++i) n.gradient(a, i) += beta * error(a, b) * x(i, b);
    }
  return n;
}

template <class S, template <class> class L> void check_formulas(auto inputs, auto classes, auto batch) {
  CAPTURE(Index(inputs), Index(classes), Index(batch));
  constexpr int I = extent_of<decltype(inputs)>, C = extent_of<decltype(classes)>;
  const SupervisedTop<S, L<S>, I, C> top{
      .inputs = inputs, .classes = classes, .steepness = S(0.7), .bias = true};
  auto w = top.initial_weights(ScaledNormal<S>{}, Generator{.seed = 3});
  w.bias = laws::uniform<S>(classes, 1, 4);
  auto state = top.zero_state(batch);
  auto credit = top.zero_credit();
  const Matrix<S> h = features<S>(inputs, batch), target = signs<S>(classes, batch);
  const auto wanted = naive<S>(w, double(top.steepness), h, L<double>{}, target);
  const double tolerance = std::same_as<S, float> ? 1e-5 : 1e-13;
  top.step(w, state, h);
  CHECK(deviation(top.output(state), wanted.z) < tolerance);
  const S value = top.credit(w, state, h, target, credit);
  CHECK(value == state.loss);
  CHECK(laws::relative_error(double(value), wanted.loss) < 10 * tolerance);
  CHECK(deviation(credit.gradient.weight, wanted.gradient) < tolerance);
  CHECK(deviation(credit.gradient.bias, wanted.bias_gradient) < tolerance);
  top.credit(w, state, h, target, credit);  // a window adds up
  CHECK(deviation(credit.gradient.weight, 2 * wanted.gradient) < 2 * tolerance);
  CHECK(deviation(credit.gradient.bias, 2 * wanted.bias_gradient) < 2 * tolerance);

  // Along the gradient; what was credited is forgotten, and nothing credited moves nothing.
  const auto before = w;
  auto learner = top.learner(Sgd<S>{.rate = S(0.1)});
  top.update(w, state, credit, learner);
  CHECK(deviation(w.weight, before.weight.template cast<double>() - 0.2 * wanted.gradient) < tolerance);
  CHECK(deviation(w.bias, before.bias.template cast<double>() - 0.2 * wanted.bias_gradient) < tolerance);
  const auto moved = w;
  top.update(w, state, credit, learner);
  CHECK((w == moved));
  top.credit(before, state, h, target, credit);
  CHECK(deviation(credit.gradient.weight, wanted.gradient) < tolerance);
}

}  // namespace

TEMPLATE_TEST_CASE("a supervised top is its formulas", "[layer]", float, double) {
  using S = TestType;
  for (const Index inputs : {1, 7, 300})
    for (const Index classes : {1, 3, 10, 40})
      for (const Index batch : {1, 2, 3, 30})
        check_formulas<S, TanhPower>(Extent{inputs}, Extent{classes}, Extent{batch});
  check_formulas<S, CrossEntropy>(Extent{50}, Extent{10}, Extent{20});
  check_formulas<S, MeanSquare>(Extent{50}, Extent{10}, Extent{20});
  check_formulas<S, TanhPower>(Extent<20>{}, Extent<4>{}, Extent<3>{});
  check_formulas<S, TanhPower>(Extent<20>{}, Extent<4>{}, Extent{6});
  check_formulas<S, TanhPower>(Extent<1>{}, Extent<4>{}, Extent<3>{});
  check_formulas<S, TanhPower>(Extent<5>{}, Extent<1>{}, Extent<1>{});
  check_formulas<S, CrossEntropy>(Extent<20>{}, Extent<4>{}, Extent<1>{});
}

TEST_CASE("a supervised top's gradient is the slope of its loss", "[layer]") {
  const auto check = [](const auto& top) {
    constexpr Index batch = 4;
    auto w = top.initial_weights(ScaledNormal<double>{}, Generator{.seed = 3});
    w.bias = laws::uniform<double>(top.classes, 1, 4);
    auto state = top.zero_state(Extent{batch});
    auto credit = top.zero_credit(), ignored = credit;
    const Matrix<double> h = features<double>(top.inputs, batch), target = signs<double>(top.classes, batch);
    top.step(w, state, h);
    top.credit(w, state, h, target, credit);
    const auto loss_at = [&] {
      top.step(w, state, h);
      return top.credit(w, state, h, target, ignored);
    };
    const auto slope_at = [&](double& x) {
      const double at = x, step = 1e-5;
      x = at + step;
      const double above = loss_at();
      x = at - step;
      const double below = loss_at();
      x = at;
      return (above - below) / (2 * step);
    };
    const double largest = credit.gradient.weight.cwiseAbs().maxCoeff();
    double worst = 0;
    for (Index a = 0; a < w.weight.rows(); ++a) {
      worst = std::max(worst, std::abs(slope_at(w.bias(a)) - credit.gradient.bias(a)));
      for (Index i = 0; i < w.weight.cols(); ++i)
        worst = std::max(worst, std::abs(slope_at(w.weight(a, i)) - credit.gradient.weight(a, i)));
    }
    CHECK(largest > 0);
    CHECK(worst < 1e-8 * std::max(1.0, largest));
  };
  for (const double m : {1.5, 2.0, 4.5, 6.0})
    check(SupervisedTop<double>{
        .inputs = 6, .classes = 5, .steepness = 1.3, .loss = {.exponent = m}, .bias = true});
  check(
      SupervisedTop<double, CrossEntropy<double>>{.inputs = 6, .classes = 5, .steepness = 0.6, .bias = true});
  check(SupervisedTop<double, SmoothL1<double>>{.inputs = 6, .classes = 5, .bias = true});
}

TEST_CASE("a bias that is not learned stays as given, and counts", "[layer]") {
  const SupervisedTop<double> top{.inputs = 4, .classes = 3};
  const Vector<double> bias{{0.1, -0.2, 0.3}};
  auto w = top.weights(Matrix<double>::Zero(3, 4), bias);
  auto state = top.zero_state(Extent{5});
  auto credit = top.zero_credit();
  auto learner = top.learner(Adam<double>{.rate = 0.1});
  const auto h = features<double>(4, 5);
  top.step(w, state, h);
  CHECK(top.output(state) == bias.replicate(1, 5));
  CHECK(top.predict(state, 2) == 2);
  top.credit(w, state, h, signs<double>(3, 5), credit);
  top.update(w, state, credit, learner);
  CHECK(w.bias == bias);
  CHECK(w.weight.cwiseAbs().maxCoeff() > 0.09);
}

TEMPLATE_TEST_CASE("any optimizer moves a top as it moves a matrix of its shape", "[layer]", float, double) {
  using S = TestType;
  const auto check = [](const auto& optimizer) {
    const SupervisedTop<S> top{.inputs = 300, .classes = 10, .bias = true};
    Training a(top, optimizer);
    Matrix<S> weight = a.weights.weight, bias = a.weights.bias;
    auto moments = optimizer.zero_state(Extent{10}, Extent{300});
    auto moments_of_bias = optimizer.zero_state(Extent{10}, Extent{1});
    for (std::uint32_t k = 0; k < 5; ++k) {
      a.show(Extent{8}, k);
      optimizer.step(moments, Matrix<S>(a.credit.gradient.weight), weight);
      optimizer.step(moments_of_bias, Matrix<S>(a.credit.gradient.bias), bias);
      a.update();
      CHECK(deviation(a.weights.weight, weight) <= laws::rounding<S>);
      CHECK(deviation(a.weights.bias, bias) <= laws::rounding<S>);
    }
  };
  check(Sgd<S>{.rate = S(0.1)});
  check(Momentum<S>{.rate = S(0.1)});
  check(Adam<S>{.rate = S(0.01)});
  check(AdaMax<S>{.rate = S(0.01)});
  check(users::RmsProp<S>{});
}

TEMPLATE_TEST_CASE("sizes known to the compiler give what sizes known at run time give", "[layer]", float,
                   double) {
  using S = TestType;
  Training dynamic(SupervisedTop<S>{.inputs = 24, .classes = 4, .bias = true}, Adam<S>{.rate = S(0.01)});
  Training fixed(SupervisedTop<S, TanhPower<S>, 24, 4>{.bias = true}, Adam<S>{.rate = S(0.01)});
  for (std::uint32_t k = 0; k < 6; ++k) {
    CHECK(std::abs(dynamic.show(Extent{3}, k) - fixed.show(Extent<3>{}, k)) < 100 * laws::rounding<S>);
    dynamic.update();
    fixed.update();
  }
  CHECK(deviation(fixed.weights.weight, dynamic.weights.weight) < 10 * laws::rounding<S>);
}

TEST_CASE("features may be a block of all samples' features, or an expression", "[layer]") {
  const SupervisedTop<float> top{.inputs = 40, .classes = 4};
  const auto w = top.initial_weights(ScaledNormal<float>{}, Generator{.seed = 3});
  const Matrix<float> all = features<float>(40, 12), h = all.middleCols(3, 5), target = signs<float>(4, 5);
  auto plain = top.zero_state(Extent{5}), state = plain;
  auto wanted = top.zero_credit();
  top.step(w, plain, h);
  top.credit(w, plain, h, target, wanted);
  const auto check = [&](const auto& x) {
    auto credit = top.zero_credit();
    top.step(w, state, x);
    top.credit(w, state, x, target, credit);
    CHECK(deviation(state.output, plain.output) < 1e-6);
    CHECK(deviation(credit.gradient.weight, wanted.gradient.weight) < 1e-6);
  };
  check(all.middleCols(3, 5));
  check(all.middleCols(3, 5).cwiseMax(0.f));
}

TEMPLATE_TEST_CASE("a top learns what a plane can separate", "[layer]", float, double) {
  using S = TestType;
  constexpr Index inputs = 20, classes = 4, batch = 50, samples = 200;
  // Clusters around four points, in which a plane parts every one from all others.
  const Matrix<S> centres = support::random_matrix<S>(inputs, classes, 1);
  Matrix<S> h = support::random_matrix<S>(inputs, samples, 2, S(0.5));
  std::vector<Index> labels;
  for (Index k = 0; k < samples; ++k) {
    labels.push_back(k * 7 % classes);
    h.col(k) += centres.col(labels.back());
  }
  const auto learn = [&](const auto& top, const Matrix<S>& target, S rate, int passes) {
    auto w = top.zero_weights();
    auto state = top.zero_state(Extent{batch});
    auto credit = top.zero_credit();
    auto learner = top.learner(Adam<S>{});
    const LinearDecay<S> schedule{.initial = rate, .length = double(passes)};
    S first = 0, last = 0;
    Index wrong = 0;
    for (int pass = 0; pass < passes; ++pass) {
      set_rate(learner, schedule(pass));
      last = 0;
      wrong = 0;
      for (Index k = 0; k < samples; k += batch) {
        const auto x = h.middleCols(k, batch);
        top.step(w, state, x);
        for (Index b = 0; b < batch; ++b)
          wrong += top.predict(state, b) != labels[static_cast<std::size_t>(k + b)];
        last += top.credit(w, state, x, target.middleCols(k, batch), credit);
        top.update(w, state, credit, learner);
      }
      if (pass == 0) first = last;
    }
    CHECK(wrong == 0);
    CHECK(last < first / 4);
  };
  learn(SupervisedTop<S>{.inputs = inputs, .classes = classes, .steepness = S(0.5)},
        signed_one_hot<S>(labels, classes), S(0.05), 60);
  learn(SupervisedTop<S>{.inputs = inputs, .classes = classes, .loss = {.exponent = S(4.5)}, .bias = true},
        signed_one_hot<S>(labels, classes), S(0.05), 60);
  learn(SupervisedTop<S, CrossEntropy<S>>{.inputs = inputs, .classes = classes}, one_hot<S>(labels, classes),
        S(0.05), 60);
}

TEST_CASE("training of a top resumes bit for bit, in the middle of a window", "[layer]") {
  const support::TemporaryFolder folder;
  const SupervisedTop<float> top{.inputs = 30, .classes = 4, .bias = true};
  Training whole(top, Adam<float>{.rate = 0.01f}), half = whole, resumed(top, Adam<float>{.rate = 0.5f}, 2);
  const auto to_the_middle = [](auto& t) {
    t.show(Extent{6}, 1);
    t.update();
    t.show(Extent{6}, 2);
  };
  const auto to_the_end = [](auto& t) {
    t.show(Extent{5}, 3);
    t.update();
    t.show(Extent{6}, 4);
    t.update();
  };
  to_the_middle(whole);
  to_the_end(whole);
  to_the_middle(half);
  Checkpoint file;
  file.put("training", half);
  file.save(folder / "half.npz");
  Checkpoint::load(folder / "half.npz").get("training", resumed);
  to_the_end(resumed);
  CHECK((resumed.weights == whole.weights));
  CHECK((resumed.learner.weight == whole.learner.weight));
  CHECK(!(whole.weights == half.weights));
}

TEST_CASE("a top refuses parameters and shapes without sense", "[layer]") {
  using Top = SupervisedTop<float>;
  const auto refused = [](const Top& top) { return refusal([&] { top.zero_weights(); }); };
  CHECK(refused({.classes = 3}) == "neohebb: SupervisedTop.inputs is 0, must be at least 1");
  CHECK(refused({.inputs = 3}) == "neohebb: SupervisedTop.classes is 0, must be at least 1");
  CHECK(refused({.inputs = 3, .classes = 3, .steepness = 0}) ==
        "neohebb: SupervisedTop.steepness is 0, must be finite and positive");
  CHECK(contains(refused({.inputs = 3, .classes = 3, .steepness = NAN}), "SupervisedTop.steepness is"));
  CHECK(contains(refused({.inputs = 3, .classes = 3, .loss = {.exponent = 0.5f}}),
                 "TanhPower.exponent is 0.5"));
  const Top top{.inputs = 4, .classes = 3};
  CHECK(contains(refusal([&] { top.zero_state(Extent{0}); }), "batch is 0"));
  CHECK(contains(refusal([&] { top.learner(Sgd<float>{.rate = -1}); }), "Sgd.rate is -1"));
  const Matrix<float> weight = Matrix<float>::Ones(3, 4);
  const Vector<float> bias = Vector<float>::Zero(3);
  CHECK(contains(refusal([&] { top.weights(weight.transpose(), bias); }),
                 "SupervisedTop weight is 4 x 3, expected 3 x 4"));
  CHECK(contains(refusal([&] { top.weights(weight, Vector<float>::Zero(4)); }),
                 "SupervisedTop bias is 4 x 1, expected 3 x 1"));
  CHECK(contains(refusal([&] { top.weights(weight * NAN, bias); }), "SupervisedTop weight has NaN"));
  CHECK(contains(refusal([&] { top.weights(weight, bias * INFINITY); }), "SupervisedTop bias has NaN"));

  auto w = top.weights(weight, bias);
  auto state = top.zero_state(Extent{5});
  auto credit = top.zero_credit();
  const Matrix<float> h = Matrix<float>::Ones(4, 5), target = Matrix<float>::Ones(3, 5);
  CHECK(contains(refusal([&] { top.step(w, state, h.leftCols(4)); }),
                 "SupervisedTop features is 4 x 4, expected 4 x 5"));
  CHECK(contains(refusal([&] { top.step(w, state, h.topRows(3)); }), "is 3 x 5, expected 4 x 5"));
  CHECK(contains(refusal([&] { top.credit(w, state, h.topRows(3), target, credit); }),
                 "is 3 x 5, expected 4 x 5"));
  CHECK(contains(refusal([&] { top.credit(w, state, h, h, credit); }),
                 "SupervisedTop target is 4 x 5, expected 3 x 5"));
  CHECK(contains(refusal([&] { top.credit(w, state, h, target * NAN, credit); }),
                 "SupervisedTop target has NaN or infinite entries"));
  auto wide_state = Top{.inputs = 4, .classes = 6}.zero_state(Extent{5});
  CHECK(
      contains(refusal([&] { top.step(w, wide_state, h); }), "SupervisedTop state is 6 x 5, expected 3 x 5"));
  auto wide_credit = Top{.inputs = 4, .classes = 6}.zero_credit();
  CHECK(contains(refusal([&] { top.credit(w, state, h, target, wide_credit); }),
                 "SupervisedTop credit is 6 x 4, expected 3 x 4"));
  auto long_bias = w;
  long_bias.bias.setZero(4);
  CHECK(contains(refusal([&] { top.step(long_bias, state, h); }),
                 "SupervisedTop bias is 4 x 1, expected 3 x 1"));
  const Top other{.inputs = 5, .classes = 3};
  CHECK(contains(refusal([&] { other.step(w, state, h); }), "SupervisedTop weight is 3 x 4, expected 3 x 5"));
}

TEMPLATE_TEST_CASE("features with NaN or infinity are refused before weights move", "[layer]", float,
                   double) {
  using S = TestType;
  const SupervisedTop<S> top{.inputs = 40, .classes = 3};
  for (auto w : {top.zero_weights(), top.initial_weights(ScaledNormal<S>{}, Generator{})})
    for (const S bad : {std::numeric_limits<S>::quiet_NaN(), std::numeric_limits<S>::infinity(),
                        -std::numeric_limits<S>::infinity()})
      for (const Index batch : {1, 2, 7}) {
        auto state = top.zero_state(Extent{batch});
        Matrix<S> h = features<S>(40, batch);
        h(17, batch - 1) = bad;
        CHECK(contains(refusal([&] { top.step(w, state, h); }),
                       "SupervisedTop: the output has NaN or infinite entries (3 x "));
      }
  // A loss beyond the numbers there are: nothing is credited.
  const SupervisedTop<S, SumSquare<S>> far{.inputs = 1, .classes = 1};
  auto w =
      far.weights(Matrix<S>::Constant(1, 1, std::sqrt(std::numeric_limits<S>::max())), Vector<S>::Zero(1));
  auto state = far.zero_state(Extent{1});
  auto credit = far.zero_credit();
  const Matrix<S> two = Matrix<S>::Constant(1, 1, S(2));
  far.step(w, state, two);
  CHECK(contains(refusal([&] { far.credit(w, state, two, two, credit); }), "SupervisedTop: the loss is inf"));
  CHECK(credit.empty());
}
