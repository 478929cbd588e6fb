// Feedback of a readout's error that comes some steps late.
#include <neohebb/learning/broadcast.hpp>
#include <neohebb/neuron/lif.hpp>
#include <neohebb/neuron/surrogate.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/message.hpp"

using namespace neohebb;
using reference::contains, reference::message_of;
using S = double;
using M = Matrix<S>;

namespace {

constexpr Index units = 6, batch = 3, steps = 12;

/// A signal, its weights and state, and what it says step by step.
struct Heard {
  Broadcast<S> signal;
  decltype(signal.initial_weights(Extent<>{}, Generator{})) weights{
      signal.initial_weights(Extent<>(units), Generator{.seed = 3})};
  decltype(signal.zero_state(Extent<>{}, Extent<>{})) state{
      signal.zero_state(Extent<>(units), Extent<>(batch))};
  M operator()(const auto& asked) {
    struct Own {
      Spikes<S> spikes{units, batch};
    } own;
    M l(units, batch);
    signal(weights, state, asked, Population{Lif<S>{}, own, NoSurrogate<S>{}, S(1), true}, l);
    return l;
  }
};
/// Of step t; most entries are zero in some steps.
M error_of(Index outputs, Index t) {
  M error = laws::uniform<S>(outputs, batch, 40 + static_cast<std::uint32_t>(t), -1, 1);
  if (t % 3 == 1) {
    error.setZero();
    error(0, t % batch) = 1;
  }
  return error;
}
M readout_of(Index outputs, Index t) {
  return laws::uniform<S>(outputs, units, 80 + static_cast<std::uint32_t>(t), -1, 1);
}

}  // namespace

TEST_CASE("an error is received so many steps later: L(t) = F e(t - D)", "[learning]") {
  for (const Feedback feedback :
       {Feedback::symmetric, Feedback::random, Feedback::uniform, Feedback::adaptive})
    for (const Index outputs : {2, 9})
      for (const Index delay : {0, 1, 4}) {
        Heard heard{{.outputs = Extent<>(outputs), .feedback = feedback, .delay = delay}};
        for (Index t = 0; t < steps; ++t) {
          const M error = error_of(outputs, t), readout = readout_of(outputs, t);
          const M l = heard(ReadoutError{error, readout});
          M expected = M::Zero(units, batch);
          if (t >= delay) {
            M f = M::Zero(units, outputs);
            if (feedback != Feedback::symmetric) f = heard.weights.feedback;
            if (feedback == Feedback::symmetric || feedback == Feedback::adaptive)
              f += readout_of(outputs, t - delay).transpose();
            expected = f * error_of(outputs, t - delay);
            CHECK(expected.cwiseAbs().maxCoeff() > 0);
          }
          CHECK(laws::deviation(l, expected) < 1e-13);
        }
      }
}

TEST_CASE("a step that asks for nothing has no error, and receives earlier ones", "[learning]") {
  for (const Feedback feedback : {Feedback::symmetric, Feedback::random}) {
    Heard heard{{.outputs = 2, .feedback = feedback, .delay = 2}};
    const M error = error_of(2, 0), readout = readout_of(2, 0);
    const M f = feedback == Feedback::symmetric ? M(readout.transpose()) : M(heard.weights.feedback);
    CHECK(heard(NoTarget{}).isZero(0));
    CHECK(heard(ReadoutError{error, readout}).isZero(0));
    CHECK(heard(NoTarget{}).isZero(0));
    CHECK(laws::deviation(heard(NoTarget{}), M(f * error)) < 1e-13);
    CHECK(heard(NoTarget{}).isZero(0));
  }
}

TEST_CASE("an error that comes late is received as if it had been there", "[learning]") {
  const Broadcast<S> signal{.outputs = 2, .feedback = Feedback::random, .delay = 3};
  Heard here{signal}, elsewhere{signal};
  for (Index t = 0; t < steps; ++t) {
    if (t > 0 && t % 3 == 0)  // errors of three steps come together
      for (Index ago = 0; ago < 3; ++ago)
        elsewhere.state.errors.before_newest(ago) = error_of(2, t - 1 - ago);
    const M error = error_of(2, t), readout = readout_of(2, t);
    CHECK(here(ReadoutError{error, readout}) == elsewhere(LateError{}));
  }
}

TEST_CASE("delays without sense are refused, and late errors without a delay", "[learning]") {
  const auto said = [](const auto& signal) { return message_of([&] { signal.validate(); }); };
  CHECK(said(Broadcast<S>{.outputs = 2, .delay = 3}) == "accepted");
  CHECK(contains(said(Broadcast<S>{.outputs = 2, .delay = -1}),
                 "Broadcast.delay is -1 steps, must not be negative"));
  CHECK(contains(said(Broadcast<S, 2>{.delay = 3}),
                 "Broadcast.delay is 3 steps, but where outputs are known to the compiler"));
  Heard at_once{{.outputs = 2, .feedback = Feedback::random}};
  CHECK(contains(message_of([&] { at_once(LateError{}); }),
                 "errors that come late are for fixed feedback with a delay; this one's is 0"));
}
