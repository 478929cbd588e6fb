#pragma once
#include <neohebb/core/types.hpp>

namespace neohebb {

/// How a sample is shown to a network.
///
///   parameter   default   meaning
///   steps       20        time steps, ≥ 1
///   burn_in     4         first steps in which the state runs, nothing is learned and nobody votes, < steps
///   window      4         credited steps per update: 1 is online, steps − burn_in or more one per sequence
struct Presentation {
  Index steps = 20;
  Index burn_in = 4;
  Index window = 4;

  void validate() const {
    check_positive("Presentation.steps", steps);
    NEOHEBB_REQUIRE(burn_in >= 0 && burn_in < steps, "Presentation.burn_in is ", burn_in,
                    ", must be from 0 to steps - 1 = ", steps - 1, "; nothing would be learned");
    check_positive("Presentation.window", window);
  }
};

}  // namespace neohebb
