// What tests of competitions share.
#pragma once
#include <neohebb/learning/competition.hpp>
#include <stdexcept>

namespace support {

using neohebb::Index, neohebb::Vector;

/// g of every unit; a unit named twice, or a factor of 0, is an error.
template <class S> Vector<S> factors_of(const auto& competition, const auto& currents) {
  Vector<S> g = Vector<S>::Zero(currents.size());
  auto state = competition.zero_state(neohebb::Extent<>{currents.size()});
  Index count = 0;
  competition(state, currents, [&](Index unit, S factor) {
    if (unit < 0 || unit >= g.size() || g(unit) != 0 || !(factor != 0))
      throw std::logic_error("a unit that is none, or twice, or does not learn");
    g(unit) = factor;
    ++count;
  });
  if (count > competition.active(g.size())) throw std::logic_error("more units learn than were announced");
  return g;
}

}  // namespace support
