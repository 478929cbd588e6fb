#include <neohebb/learning/anti_causal.hpp>
#include <neohebb/projection/with_recurrence.hpp>

#include "laws/eligibility_laws.hpp"
#include "laws/own_eligibility.hpp"

using namespace neohebb;

TEST_CASE("eligibilities are the same over a population's own connections", "[laws]") {
  using Forward = EventDriven<Pulses<double>>;
  using Lateral = EventDriven<Pulses<double>, AllToAll<>, NoSelf>;
  const WithRecurrence<Forward, Lateral> p{
      .forward = {.connectivity = {9, 6}, .trace = {.decay = 0.8}, .arithmetic = Arithmetic::events},
      .lateral = {
          .connectivity = {6, 6}, .trace = {.decay = 0.8}, .bias = false, .arithmetic = Arithmetic::events}};
  laws::check_eligibility<double>(Eprop<double>{.adaptation_decay = 0.9, .readout_decay = 0.7}, p);
  laws::check_eligibility<double>(EpropRunning<double>{0.9, 0.7, 0.8}, p);
  laws::check_eligibility<double>(laws::Own<double>{}, p);
  laws::check_eligibility<double>(AntiCausal<double>{.presynaptic_decay = 0.8, .postsynaptic_decay = 0.6}, p);
}
