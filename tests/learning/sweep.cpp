// A step backwards of neurons side by side: in one sweep by the rule's own step, or by its gates.
#include <neohebb/learning/sweep.hpp>

#include "catch.hpp"
#include "laws/material.hpp"

using namespace neohebb;

namespace {

/// The same rule, known by its gates alone.
template <class E> struct ByGates {
  using Scalar = typename E::Scalar;
  static constexpr int stages = E::stages, signals = E::signals;
  E rule{};
  auto gates(const Post<Scalar>& post) const { return rule.gates(post); }
};
/// δ of some steps backwards, neurons × steps, and the ξ that is left in the last column's place.
template <class Rule> Matrix<double> walked(const Rule& rule, Index neurons) {
  using Back = detail::LanesBack<Rule>;
  constexpr Index steps = 20;
  const Matrix<double> psi = laws::uniform<double>(neurons, steps, 1),
                       heard = laws::uniform<double>(neurons, 2 * steps, 2),
                       beta = laws::uniform<double>(neurons, 1, 3);
  Matrix<double> delta = Matrix<double>::Zero(neurons, steps + Rule::stages);
  detail::each_lanes<Back::Lanes::lanes>(0, neurons, [&](Index first, auto count) {
    typename Back::Lanes::template Rows<Rule::stages> xi{};
    Back back;
    for (Index t = steps; t-- > 0;) {
      typename Back::Signals signals;
      for (std::size_t m = 0; m < signals.size(); ++m)
        signals[m] = &heard.coeffRef(first, 2 * t + static_cast<Index>(m));
      back(rule, {&psi.coeffRef(first, t), nullptr, &beta.coeffRef(first, 0), nullptr}, count, signals, xi,
           &delta.coeffRef(first, t));
    }
    for (std::size_t k = 0; k < xi.size(); ++k)
      detail::store(xi[k], &delta.coeffRef(first, steps + static_cast<Index>(k)), count);
  });
  return delta;
}
template <class E> void check() {
  static_assert(detail::LanesBack<E>::own && !detail::LanesBack<ByGates<E>>::own);
  for (const Index neurons : {1, 7, 8, 29}) {  // fewer than lanes, as many, more
    const Matrix<double> fast = walked(E{}, neurons), plain = walked(ByGates<E>{}, neurons);
    CHECK(plain.cwiseAbs().maxCoeff() > 0.1);
    CHECK((fast - plain).cwiseAbs().maxCoeff() < 1e-12 * plain.cwiseAbs().maxCoeff());
  }
}

}  // namespace

TEST_CASE("a rule's own step backwards is what its gates make of ξ", "[learning]") {
  check<TwiceFiltered<double>>();
  check<Eprop<double>>();
}
