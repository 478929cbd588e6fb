// expect: (satisfaction of|satisfy|because) 'Optimizer
// An optimizer that does not say whether it is linear.
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/exponential.hpp>

struct Undecided {
  using Scalar = float;
  struct State {};
  template <int R, int C> State zero_state(neohebb::Extent<R>, neohebb::Extent<C>) const { return {}; }
  void step(State&, const auto& gradient, auto&& weights) const { weights -= gradient; }
};

void train(const neohebb::Dense<neohebb::Exponential<float>>& projection) { projection.learner(Undecided{}); }
