#pragma once
#include <neohebb/core/types.hpp>

namespace neohebb {

/// The caller alone does all tasks: in place of a ThreadTeam, where no threads are wanted, or none exist.
struct OneThread {
  int size() const { return 1; }
  void run(Index tasks, auto&& f) const {
    for (Index k = 0; k < tasks; ++k) f(k);
  }
};

}  // namespace neohebb
