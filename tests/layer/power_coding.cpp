#include <neohebb/core/parallel.hpp>
#include <neohebb/layer/power_coding.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/message.hpp"
#include "support/competing.hpp"

using namespace neohebb;
using laws::deviation;
using reference::contains, reference::message_of;
using support::images;

namespace {

/// Number by number, in double.
Matrix<double> features_of(const auto& coding, const Matrix<double>& w, double p) {
  Matrix<double> f = w;
  for (Index u = 0; u < w.rows(); ++u) {
    double square = 0;
    for (Index i = 0; i < w.cols(); ++i) {
      if (coding.synaptic) f(u, i) = std::copysign(std::pow(std::abs(w(u, i)), p - 1), w(u, i));
      square += f(u, i) * f(u, i);
    }
    if (coding.unit_rows) f.row(u) /= std::sqrt(square);
  }
  return f;
}
Matrix<double> responses(const auto& coding, const Matrix<double>& features, const Matrix<double>& x) {
  Matrix<double> h(features.rows(), x.cols());
  for (Index u = 0; u < h.rows(); ++u)
    for (Index b = 0; b < h.cols(); ++b) {
      double sum = 0;
      for (Index i = 0; i < x.rows(); ++i) sum += features(u, i) * x(i, b);
      h(u, b) = double(coding.gain) * std::pow(std::max(sum, 0.0), double(coding.exponent));
    }
  return h;
}
template <class S> Matrix<S> coded(const PowerCoding<S>& coding, const auto& features, const Matrix<S>& x) {
  auto state = coding.zero_state(Extent{x.rows()}, Extent{x.cols()});
  Matrix<S> h = Matrix<S>::Constant(features.rows(), x.cols(), S(99));
  coding.step(features, state, x, h);
  return h;
}

}  // namespace

TEMPLATE_TEST_CASE("a power coding is its formula, in both forms", "[layer]", float, double) {
  using S = TestType;
  const double tolerance = std::same_as<S, float> ? 3e-5 : 1e-12;
  for (const bool synaptic : {false, true})
    for (const bool unit_rows : {false, true})
      for (const double exponent : {1.0, 4.5, 3.0, 2.3})
        for (const double p : {2.0, 2.7, 3.0})
          for (const Index units : {1, 17, 300})
            for (const double bright : {0.2, 0.9}) {
              const PowerCoding<S> coding{
                  .exponent = S(exponent), .synaptic = synaptic, .unit_rows = unit_rows, .gain = S(1.7)};
              const Matrix<S> w = laws::uniform<S>(units, 60, 4), x = unit_length(images<S>(60, 13, bright));
              const auto f = coding.features(w, S(p));
              const auto wanted = features_of(coding, w.template cast<double>(), p);
              REQUIRE(deviation(f, wanted) < tolerance);
              if (unit_rows) REQUIRE((f.rowwise().norm().array() - 1).abs().maxCoeff() < S(tolerance));
              const auto h = responses(coding, wanted, x.template cast<double>());
              REQUIRE(deviation(coded(coding, f, x), h) < 4 * tolerance);
            }
}

TEMPLATE_TEST_CASE("a unit answers an image like its own with the most it can", "[layer]", float, double) {
  using S = TestType;
  const Matrix<S> x = unit_length(images<S>(60, 5));
  const PowerCoding<S> coding{};
  const Matrix<S> w = S(3) * x.transpose();  // receptive fields: the images themselves
  const Matrix<S> h = coded(coding, coding.features(w), x);
  CHECK((h.diagonal().array() - 1).abs().maxCoeff() < S(1e-5));
  CHECK(h.maxCoeff() < S(1.00001));
  CHECK(coded(coding, coding.features(Matrix<S>(-w)), x).isZero(0));  // nothing of what is unlike
}

TEMPLATE_TEST_CASE("the normalising gain makes the mean square one", "[layer]", float, double) {
  using S = TestType;
  PowerCoding<S> coding{.exponent = S(3), .gain = S(0.3)};
  const auto features = coding.features(laws::uniform<S>(40, 60, 4));
  const Matrix<S> x = unit_length(images<S>(60, 30));
  coding.gain = coding.normalising_gain(coded(coding, features, x));
  CHECK(std::abs(coded(coding, features, x).squaredNorm() / S(40 * 30) - 1) < S(1e-5));
  CHECK(std::abs(coding.normalising_gain(coded(coding, features, x)) / coding.gain - 1) < S(1e-5));
}

TEMPLATE_TEST_CASE("a team of any size gives the same responses, and so do blocks of a larger batch",
                   "[layer]", float, double) {
  using S = TestType;
  const PowerCoding<S> coding{.gain = S(0.7)};
  const auto features = coding.features(laws::uniform<S>(300, 60, 4));
  for (const double bright : {0.2, 0.9}) {
    const Matrix<S> x = unit_length(images<S>(60, 30, bright)), alone = coded(coding, features, x);
    auto state = coding.zero_state(Extent{60}, Extent{30});
    for (const int threads : {1, 2, 3}) {
      ThreadTeam team(threads);
      Matrix<S> h(300, 30);
      coding.step(features, state, x, h, team);
      CHECK(h == alone);
    }
    Matrix<S> h = Matrix<S>::Constant(300, 30, S(-1));
    for (const Index n : {12, 18}) {
      const Index first = n == 12 ? 0 : 12;
      coding.step(features, state, x.middleCols(first, n), h.middleCols(first, n));
    }
    CHECK(deviation(h, alone) < laws::rounding<S>);
    RowMatrix<S> by_rows(300, 30);
    coding.step(features, state, x, by_rows);
    CHECK(deviation(by_rows, alone) < laws::rounding<S>);
  }
}

TEMPLATE_TEST_CASE("NaN in an image shows in its code", "[layer]", float, double) {
  using S = TestType;
  for (const S exponent : {S(4.5), S(2.3), S(1)}) {
    const PowerCoding<S> coding{.exponent = exponent};
    const auto features = coding.features(laws::uniform<S>(40, 60, 4));
    for (const double bright : {0.2, 0.9}) {
      Matrix<S> x = images<S>(60, 7, bright);
      x(33, 4) = std::numeric_limits<S>::quiet_NaN();
      const Matrix<S> h = coded(coding, features, x);
      for (Index b = 0; b < 7; ++b) CHECK(h.col(b).array().isNaN().all() == (b == 4));
      for (Index b = 0; b < 7; ++b) CHECK(h.col(b).array().isNaN().any() == (b == 4));
    }
  }
}

TEST_CASE("a power coding refuses parameters, weights and shapes without sense", "[layer]") {
  using C = PowerCoding<float>;
  const auto refusal = [](const C& coding) { return message_of([&] { coding.validate(); }); };
  CHECK(refusal({}) == "accepted");
  CHECK(refusal({.exponent = 0}) == "neohebb: PowerCoding.exponent is 0, must be finite and positive");
  CHECK(refusal({.gain = -1}) == "neohebb: PowerCoding.gain is -1, must be finite and positive");
  for (const float bad : {NAN, INFINITY}) {
    CHECK(contains(refusal({.exponent = bad}), "PowerCoding.exponent is"));
    CHECK(contains(refusal({.gain = bad}), "PowerCoding.gain is"));
  }
  const auto given = [](const C& coding, const Matrix<float>& w, float p = 2) {
    return message_of([&] { coding.features(w, p); });
  };
  Matrix<float> w = Matrix<float>::Ones(4, 6);
  CHECK(contains(given({.gain = 0}, w), "PowerCoding.gain is 0"));
  CHECK(given({.synaptic = true}, w, 1.5f) ==
        "neohebb: PowerCoding: p is 1.5, must be finite and at least 2");
  CHECK(contains(given({.synaptic = true}, w, NAN), "PowerCoding: p is"));
  w.row(2).setZero();
  CHECK(given({}, w) == "neohebb: PowerCoding: unit 2 has weights of length 0, which cannot be made 1");
  CHECK(given({.unit_rows = false}, w) == "accepted");
  w(1, 1) = NAN;
  CHECK(contains(given({.unit_rows = false}, w), "PowerCoding weights has NaN"));

  const C coding{};
  const auto features = coding.features(Matrix<float>::Ones(4, 6).eval());
  auto state = coding.zero_state(Extent{6}, Extent{5});
  const auto stepped = [&](Index inputs, Index batch, Index units, Index columns) {
    Matrix<float> h(units, columns);
    return message_of([&] { coding.step(features, state, Matrix<float>::Ones(inputs, batch).eval(), h); });
  };
  CHECK(stepped(6, 5, 4, 5) == "accepted");
  CHECK(stepped(6, 3, 4, 3) == "accepted");
  CHECK(stepped(6, 5, 4, 4) == "neohebb: PowerCoding h is 4 x 4, expected 4 x 5");
  CHECK(stepped(6, 5, 3, 5) == "neohebb: PowerCoding h is 3 x 5, expected 4 x 5");
  CHECK(stepped(7, 5, 4, 5) == "neohebb: PowerCoding images is 7 x 5, expected 6 x 5");
  CHECK(contains(stepped(6, 6, 4, 6), "a right factor made for 6 x 5 is given 6 x 6"));
  const auto gain = [&](float value) {
    return message_of([&] { coding.normalising_gain(Matrix<float>::Constant(2, 3, value).eval()); });
  };
  CHECK(gain(0) == "neohebb: PowerCoding: the mean of h squared is 0; no gain can make it 1");
  CHECK(contains(gain(NAN), "the mean of h squared is"));
  CHECK(contains(gain(INFINITY), "the mean of h squared is"));
}
