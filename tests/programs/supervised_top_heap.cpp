// No heap allocation inside a SupervisedTop's step, credit, update and predict once their values exist, and none at
// all where its sizes are fixed. The same of a frozen projection.
//
//     supervised_top_heap        prints a line per case; exits 0 only if none allocates
#include <cstdio>

#include "support/count_allocations.hpp"

#ifdef COUNTS_ALLOCATIONS  // else that header has the main of a program that is skipped

#include <neohebb/layer/supervised_top.hpp>
#include <neohebb/learning/initialisation.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/projection/frozen.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "support/layers.hpp"

using namespace neohebb;
using S = float;
using support::allocations_in;

namespace {

int failures = 0;

void report(const char* what, const char* optimizer, Index batch, long found) {
  std::printf("%-28s %-6s batch %3ld: %ld allocations%s\n", what, optimizer, long(batch), found,
              found ? "  FAILED" : "");
  failures += found != 0;
}

/// A window of two steps and its update.
void teach(const auto& top, auto& weights, auto& state, auto& credit, auto& learner, const auto& h,
           const auto& target) {
  set_rate(learner, S(1e-4));
  for (int k = 0; k < 2; ++k) {
    top.step(weights, state, h);
    top.credit(weights, state, h, target, credit);
  }
  top.update(weights, state, credit, learner);
  failures += top.predict(state, 0) < 0;
}

void top_allocates_nothing(const char* what, const auto& top, const char* name, const auto& optimizer,
                           Index batch) {
  auto weights = top.initial_weights(ScaledNormal<S>{}, Generator{.seed = 1});
  auto state = top.zero_state(Extent{batch});
  auto credit = top.zero_credit();
  auto learner = top.learner(optimizer);
  const Matrix<S> h = support::random_matrix<S>(top.inputs, batch, 1).cwiseMax(0);
  const Matrix<S> target = support::labels<S>(top.classes, batch);
  report(what, name, batch, allocations_in([&] { teach(top, weights, state, credit, learner, h, target); }));
}

/// From the making of its values on.
template <int B> void fixed_top_allocates_nothing(const char* name, const auto& optimizer) {
  report("fixed top", name, B, allocations_in([&] {
           const SupervisedTop<S, TanhPower<S>, 24, 4> top{.bias = true};
           auto weights = top.initial_weights(ScaledNormal<S>{}, Generator{.seed = 1});
           auto state = top.zero_state(Extent<B>{});
           auto credit = top.zero_credit();
           auto learner = top.learner(optimizer);
           Matrix<S, 24, B> h = Matrix<S, 24, B>::Constant(S(0.1));
           Matrix<S, 4, B> target = Matrix<S, 4, B>::Constant(S(-1));
           teach(top, weights, state, credit, learner, h, target);
         }));
}

template <class P> void frozen_allocates_nothing(const char* what, Index batch) {
  const Frozen<P> frozen{{.connectivity = {784, 512}}};
  auto weights = frozen.initial_weights(ScaledNormal<S>{}, Generator{.seed = 1});
  auto state = frozen.zero_state(Extent{batch});
  auto credit = frozen.zero_credit(Extent{batch}, 1);
  auto learner = frozen.learner(Adam<S>{});
  Spikes<S> in(784, batch);
  Matrix<S> drive(512, batch);
  const auto step = [&](Index t) {
    support::NoisyInput{}(t, 0, in);
    frozen.step(weights, state, in, drive);
    frozen.credit(weights, state, drive, credit);
    frozen.update(weights, state, credit, learner);
  };
  step(0);  // lists of spikes may grow
  report(what, "Adam", batch, allocations_in([&] { step(1); }));
}

}  // namespace

int main() {
  volatile Index size = 3;
  if (allocations_in([&] { size = Matrix<S>::Zero(size, size).eval().cols(); }) != 1) {
    std::puts("the hook on malloc does not see a matrix");
    return 1;
  }
  const auto each_optimizer = [](const char* name, const auto& optimizer) {
    for (const Index batch : {1, 2, 3, 30, 100, 1000})
      for (const Index classes : {1, 10, 40}) {
        top_allocates_nothing("top, TanhPower", SupervisedTop<S>{.inputs = 2000, .classes = classes}, name,
                              optimizer, batch);
        top_allocates_nothing(
            "top, CrossEntropy and bias",
            SupervisedTop<S, CrossEntropy<S> >{.inputs = 2000, .classes = classes, .bias = true}, name,
            optimizer, batch);
      }
    fixed_top_allocates_nothing<1>(name, optimizer);
    fixed_top_allocates_nothing<8>(name, optimizer);
  };
  each_optimizer("Sgd", Sgd<S>{});
  each_optimizer("Adam", Adam<S>{});
  each_optimizer("AdaMax", AdaMax<S>{});
  for (const Index batch : {1, 72}) {
    frozen_allocates_nothing<Dense<DoubleExponential<S> > >("frozen Dense", batch);
    frozen_allocates_nothing<EventDriven<DoubleExponential<S> > >("frozen EventDriven", batch);
  }
  std::puts(failures ? "FAILED" : "no allocations");
  return failures ? 1 : 0;
}

#endif
