#pragma once
#include <neohebb/core/types.hpp>

namespace neohebb {

/// How a sample is shown to a network.
///
///   parameter   default   meaning
///   steps       20        time steps, ≥ 1
///   burn_in     4         first steps in which the state runs, nothing is learned and nobody votes, < steps
///   window      4         credited steps per update: 1 is online, steps − burn_in or more one per sequence
///   quiet       0         steps after those in which nothing is asked and nobody votes, but what synapses remember goes
///                         on: a task that is taught at its end has a quiet beginning. They count in windows
struct Presentation {
  Index steps = 20;
  Index burn_in = 4;
  Index window = 4;
  Index quiet = 0;

  /// Steps with a target, and a vote.
  Index asked() const { return steps - burn_in - quiet; }

  void validate() const {
    check_positive("Presentation.steps", steps);
    NEOHEBB_REQUIRE(burn_in >= 0 && burn_in < steps, "Presentation.burn_in is ", burn_in,
                    ", must be from 0 to steps - 1 = ", steps - 1, "; nothing would be learned");
    check_positive("Presentation.window", window);
    NEOHEBB_REQUIRE(quiet >= 0 && asked() > 0, "Presentation.quiet is ", quiet,
                    ", must be from 0 to steps - burn_in - 1 = ", steps - burn_in - 1,
                    "; nothing would be asked");
  }
};

}  // namespace neohebb
