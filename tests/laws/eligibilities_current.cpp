#include <neohebb/trace/current_pulses.hpp>

#include "laws/eligibility_laws.hpp"

using namespace neohebb;

TEST_CASE("eligibilities are the same where spikes reach a synaptic current", "[laws]") {
  const Eprop<double> eprop{.adaptation_decay = 0.9, .readout_decay = 0.7};
  const CurrentPulses<double> pulses{.synaptic_decay = 0.7, .follow = 0.3};
  laws::check_eligibility<double>(eprop,
                                  Dense<CurrentPulses<double>>{.connectivity = {9, 6}, .trace = pulses});
  laws::check_eligibility<double>(
      eprop, EventDriven<CurrentPulses<double>>{
                 .connectivity = {9, 6}, .trace = pulses, .arithmetic = Arithmetic::events});
}

// What learns step by step, and windows so long that their spikes are gathered as they are found.
TEST_CASE("the bias of a synaptic current learns by events as by products", "[projection]") {
  const CurrentPulses<double> pulses{.synaptic_decay = 0.7, .follow = 0.3};
  const EventDriven<CurrentPulses<double>> events{
      .connectivity = {9, 40}, .trace = pulses, .arithmetic = Arithmetic::events};
  const auto dense = events.plain();
  constexpr Index batch = 3;
  for (const Index steps : {Index{5}, Index{1200}}) {
    auto a = events.initial_weights(ScaledNormal<double>{}, Generator{.seed = 1});
    auto b = dense.initial_weights(ScaledNormal<double>{}, Generator{.seed = 1});
    auto sa = events.zero_state(Extent{batch});
    auto sb = dense.zero_state(Extent{batch});
    auto ca = events.zero_credit(Extent{batch}, steps), held = events.zero_credit(Extent{batch}, steps, true);
    auto cb = dense.zero_credit(Extent{batch}, steps);
    Spikes<double> in(9, batch);
    Matrix<double> da(40, batch), db(40, batch), all(40, batch * steps);
    for (std::uint32_t w = 0; w < 2; ++w) {
      for (Index t = 0; t < steps; ++t) {
        in.assign(laws::zero_one<double>(9, batch, w * 2000 + static_cast<std::uint32_t>(t)));
        events.step(a, sa, in, da);
        dense.step(b, sb, in, db);
        if (steps < 10) CHECK(laws::deviation(da, db) < 1e-13);
        const Matrix<double> delta =
            laws::uniform<double>(40, batch, w * 2000 + 9000 + static_cast<std::uint32_t>(t));
        all.middleCols(t * batch, batch) = delta;
        events.credit(a, sa, delta, ca);
        events.hold(a, sa, held);
        dense.credit(b, sb, delta, cb);
      }
      for (Index n = 0; n < batch; ++n) {  // sample by sample, in blocks from the end on
        Matrix<double> adjoint = Matrix<double>::Zero(40, 2);
        for (Index end = steps; end > 0;) {
          const Index first = std::max<Index>(0, end - 7);
          Matrix<double> block(40, end - first);
          for (Index t = first; t < end; ++t) block.col(t - first) = all.col(t * batch + n);
          events.take(held, block, first, n, batch, adjoint);
          end = first;
        }
      }
      const auto g = dense.gradient(cb);
      CHECK(laws::deviation(events.gradient(ca).bias, g.bias) < 1e-12);
      CHECK(laws::deviation(events.gradient(held).bias, g.bias) < 1e-12);
      CHECK(laws::deviation(events.gradient(held).weight, g.weight) < 1e-12);
      ca.clear();
      held.clear();
      held.plain.clear();
      cb.clear();
    }
  }
}
