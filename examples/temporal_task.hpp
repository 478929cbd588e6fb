// What temporal_digits learns: labelled sequences of spikes.
#pragma once
#include <neohebb/core/parallel.hpp>
#include <neohebb/data/events/binning.hpp>

#include "program.hpp"

struct DataOptions : Common {
  std::string data, braille, shd;  // a folder of WAV files; an .npz, or its folder; a folder of HDF5 files
  neohebb::Index samples = 0,
                 hold_out = 0;  // of made-up sounds; held-out repetitions of every class (and speaker)
  neohebb::Index channels = 0, fields = 8;  // bands of the filter bank, or of the cochlea
  neohebb::Index steps = 0;                 // after which sequences end
  double dt = 0, low = 50, high = 4000;     // ms; Hz
  double frame = 25, range = 50;            // ms, of sound; dB
  double spike_threshold = 0.08;            // send-on-delta, of values in [0, 1]
  double current = 0.6, current_tau = 25;   // into encoder neurons; ms
};

struct Sequence {
  neohebb::EventBins spikes;
  int label = 0;
  static void fields(auto& self, auto&& visit) {
    visit("spikes", self.spikes);
    visit("label", self.label);
  }
};
/// Inputs are neurons of some kinds, one of each for every channel: the k-th of channel c is k·channels + c.
struct Task {
  std::string name;
  std::vector<Sequence> train, held_out, test;
  std::vector<std::string> classes;
  std::vector<std::string> kinds = {"ON", "OFF", "level"};
  neohebb::Index channels = 0;
  double dt = 5;     // ms
  std::string lost;  // what the encoding could not say
  neohebb::Index inputs() const { return static_cast<neohebb::Index>(kinds.size()) * channels; }
};

namespace temporal {

using namespace neohebb;

/// make(k, clipped) for all k < n, on the team's threads.
inline std::vector<Sequence> each(std::size_t n, ThreadTeam& team, Index& clipped, auto&& make) {
  std::vector<Sequence> made(n);
  std::vector<Index> lost(n, 0);
  team.run(static_cast<Index>(n), [&](Index i) {
    const auto k = static_cast<std::size_t>(i);
    made[k] = make(k, lost[k]);
  });
  for (const Index l : lost) clipped += l;
  return made;
}

}  // namespace temporal
