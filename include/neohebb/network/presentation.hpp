#pragma once
#include <neohebb/core/types.hpp>

namespace neohebb {

/// How a sample is shown to a network.
///
///   parameter   default   meaning
///   steps       20        time steps, ≥ 1
///   burn_in     4         first steps, of which nothing is learned, and which do not vote, < steps
///   window      4         credited steps per update: 1 is online, steps − burn_in or more one per sequence
///   quiet       0         steps after those without a target and without a vote, which synapses remember
///                         nevertheless: for a task that is taught at its end. They count in windows
///
/// Parallel and Lsuv throw std::invalid_argument for other values.
struct Presentation {
  Index steps = 20;
  Index burn_in = 4;
  Index window = 4;
  Index quiet = 0;

  /// Steps that have a target and a vote.
  Index taught_steps() const { return steps - burn_in - quiet; }

  void validate() const {
    check_positive("Presentation.steps", steps);
    NEOHEBB_REQUIRE(burn_in >= 0 && burn_in < steps, "Presentation.burn_in is ", burn_in,
                    ", must be from 0 to steps - 1 = ", steps - 1, "; nothing would be learned");
    check_positive("Presentation.window", window);
    NEOHEBB_REQUIRE(quiet >= 0 && taught_steps() > 0, "Presentation.quiet is ", quiet,
                    ", must be from 0 to steps - burn_in - 1 = ", steps - burn_in - 1,
                    "; no step would have a target");
  }
};

}  // namespace neohebb
