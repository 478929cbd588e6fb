// Competing units as the formulas say, number by number, in double.
#pragma once
#include <neohebb/learning/competition.hpp>
#include <numeric>
#include <vector>

namespace reference {

using neohebb::Index, neohebb::Matrix, neohebb::Vector;

struct Competing {
  Matrix<double> currents, g, ds;  // units × batch, units × batch, units × inputs
  Vector<double> norms;            // Σ|W|^p
};

namespace detail {
inline Vector<double> by_threshold(const Vector<double>& x, double threshold, double anti_hebbian) {
  return x.unaryExpr([&](double q) { return q >= threshold ? 1.0 : q >= 0 ? -anti_hebbian : 0.0; });
}
}  // namespace detail

template <class S>
Vector<double> factors(const neohebb::Ranked<S>& rule, const Vector<double>& currents, const Vector<double>&,
                       double) {
  std::vector<Index> order(static_cast<std::size_t>(currents.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::sort(order.begin(), order.end(), [&](Index a, Index b) {
    return currents(a) > currents(b) || (currents(a) == currents(b) && a < b);
  });
  Vector<double> g = Vector<double>::Zero(currents.size());
  g(order[0]) = 1;
  g(order[static_cast<std::size_t>(rule.rank - 1)]) = -double(rule.anti_hebbian);
  return g;
}
template <class S>
Vector<double> factors(const neohebb::Uninhibited<S>& rule, const Vector<double>& currents,
                       const Vector<double>& norms, double p) {
  return detail::by_threshold(currents.array() / norms.array().pow((p - 1) / p), double(rule.threshold),
                              double(rule.anti_hebbian));
}
/// By small steps of h, for as long as it takes.
template <class S>
Vector<double> factors(const neohebb::LateralInhibition<S>& rule, const Vector<double>& currents,
                       const Vector<double>&, double) {
  Vector<double> h = Vector<double>::Zero(currents.size());
  for (int step = 0; step < 20000; ++step) {
    const Vector<double> r = h.cwiseMax(0);
    h += 0.01 * (currents - h - double(rule.inhibition) * (r.sum() - r.array()).matrix());
  }
  return detail::by_threshold(h, double(rule.threshold), double(rule.anti_hebbian));
}

/// `decided`: the currents that competed, those of the rule under test: rounding may exchange two that are as
/// good as equal.
Competing competing(const auto& layer, const Matrix<double>& w, const Matrix<double>& images,
                    const Matrix<double>& decided) {
  const double p = double(layer.power), attraction = std::pow(double(layer.radius), p);
  const Index units = w.rows(), inputs = w.cols(), batch = images.cols();
  Competing c{Matrix<double>::Zero(units, batch), Matrix<double>(units, batch),
              Matrix<double>::Zero(units, inputs), Vector<double>::Zero(units)};
  for (Index u = 0; u < units; ++u)
    for (Index i = 0; i < inputs; ++i) {
      c.norms(u) += std::pow(std::abs(w(u, i)), p);
      const double weight = std::copysign(std::pow(std::abs(w(u, i)), p - 1), w(u, i));
      for (Index b = 0; b < batch; ++b) c.currents(u, b) += weight * images(i, b);
    }
  for (Index b = 0; b < batch; ++b) {
    c.g.col(b) = factors(layer.competition, decided.col(b), c.norms, p);
    for (Index u = 0; u < units; ++u)
      for (Index i = 0; i < inputs; ++i)
        c.ds(u, i) += c.g(u, b) * (attraction * images(i, b) - c.currents(u, b) * w(u, i));
  }
  return c;
}

}  // namespace reference
