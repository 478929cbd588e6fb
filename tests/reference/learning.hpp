// Learning written out entry by entry, to compare the library with.
#pragma once
#include <algorithm>
#include <cmath>
#include <neohebb/core/types.hpp>

namespace reference {

using neohebb::Index;

/// y_ib = Σ_j w_ij x_jb
auto product(const auto& w, const auto& x) {
  using S = typename std::decay_t<decltype(w)>::Scalar;
  neohebb::Matrix<S> y(w.rows(), x.cols());
  for (Index i = 0; i < w.rows(); ++i)
    for (Index b = 0; b < x.cols(); ++b) {
      S sum = 0;
      for (Index j = 0; j < w.cols(); ++j) sum += w(i, j) * x(j, b);
      y(i, b) = sum;
    }
  return y;
}
/// w_ij += scale · Σ_k l_ik r_jk
void add_product(auto& w, auto scale, const auto& left, const auto& right) {
  for (Index i = 0; i < w.rows(); ++i)
    for (Index j = 0; j < w.cols(); ++j)
      for (Index k = 0; k < left.cols(); ++k) w(i, j) += scale * left(i, k) * right(j, k);
}

/// One weight and its moments under each optimizer, as the papers write the rule down.
template <class S> struct SgdWeight {
  S w;
  void step(S g, S rate) { w -= rate * g; }
};
template <class S> struct MomentumWeight {
  S w, v = 0;
  void step(S g, S rate, S mu) {
    v = mu * v + g;
    w -= rate * v;
  }
};
template <class S> struct AdamWeight {  // Kingma & Ba 2015, algorithm 1
  S w, m = 0, v = 0;
  int t = 0;
  void step(S g, S rate, S beta1, S beta2, S epsilon) {
    ++t;
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    const S m_hat = m / (1 - std::pow(beta1, S(t))), v_hat = v / (1 - std::pow(beta2, S(t)));
    w -= rate * m_hat / (std::sqrt(v_hat) + epsilon);
  }
};
template <class S> struct AdaMaxWeight {  // Kingma & Ba 2015, algorithm 2, ε beside |g|
  S w, m = 0, u = 0;
  int t = 0;
  void step(S g, S rate, S beta1, S beta2, S epsilon) {
    ++t;
    m = beta1 * m + (1 - beta1) * g;
    u = std::max(beta2 * u, std::abs(g) + epsilon);
    w -= rate / (1 - std::pow(beta1, S(t))) * m / u;
  }
};

}  // namespace reference
