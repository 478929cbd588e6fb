// expect: (satisfaction of|satisfy|because) 'Competition
// A competition that does not say how many units learn from a sample.
#include <neohebb/layer/competing.hpp>

struct WinnerTakesAll {
  static constexpr bool by_norm = false;
  void validate(neohebb::Index) const {}
  template <int Units> static constexpr int most = 1;
  struct State {};
  template <int Units> State zero_state(neohebb::Extent<Units>) const { return {}; }
  void operator()(State&, const auto& currents, auto&& learns) const {
    neohebb::Index winner;
    currents.maxCoeff(&winner);
    learns(winner, 1.f);
  }
};

neohebb::CompetingUnits<float, WinnerTakesAll> layer;
