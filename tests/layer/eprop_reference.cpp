// Losses that NEST 3.10 prints for its two e-prop tasks, from the same random numbers.
#include "support/eprop_reference.hpp"

#include "catch.hpp"

namespace {

void check(const std::vector<double>& losses, const std::vector<double>& published) {
  REQUIRE(losses.size() == published.size());
  for (std::size_t k = 0; k < losses.size(); ++k) {
    INFO("iteration " << k + 1 << ": " << losses[k] << ", published " << published[k]);
    CHECK(std::abs(losses[k] / published[k] - 1) < 1e-8);
  }
}
const std::vector<double> regression{101.964356999041, 103.466731126205, 103.340607074771, 103.680244037686,
                                     104.412775748752};
const std::vector<double> evidence{0.741152550006, 0.740388187700, 0.665785233177, 0.663644193322,
                                   0.729428962844};

}  // namespace

TEST_CASE("e-prop learns a pattern as NEST does, loss by loss", "[layer]") {
  using namespace neohebb;
  check(support::regression_losses<Exchanged, EventDriven>(5), regression);
  check(support::regression_losses<PerSynapse, Dense>(5), regression);
}

TEST_CASE("e-prop accumulates evidence as NEST does, loss by loss", "[layer]") {
  using namespace neohebb;
  check(support::evidence_losses<Exchanged, EventDriven>(5), evidence);
  check(support::evidence_losses<PerSynapse, Dense>(5), evidence);
}
