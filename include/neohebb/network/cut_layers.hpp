// Which consecutive layers each of several processes has.
#pragma once
#include <algorithm>
#include <limits>
#include <neohebb/core/types.hpp>
#include <vector>

namespace neohebb {

/// Where consecutive layers are cut for so many ranks: the first layer of each, and the number of layers at
/// the end, such that the largest sum of costs is as small as it can be. Throws std::invalid_argument for
/// more ranks than layers.
inline std::vector<Index> cut_layers(const std::vector<double>& costs, Index ranks) {
  const auto layers = static_cast<Index>(costs.size());
  NEOHEBB_REQUIRE(ranks >= 1 && ranks <= layers, "RankGrid: ", ranks, " ranks were to share ", layers,
                  " layers; there must be a layer for each");
  // best[r][n]: the largest sum when r + 1 ranks share the first n layers; cut[r][n]: where the last begins
  const auto at = [](Index k) { return static_cast<std::size_t>(k); };
  const double none = std::numeric_limits<double>::max();
  std::vector best(at(ranks), std::vector<double>(at(layers) + 1, none));
  std::vector cut(at(ranks), std::vector<Index>(at(layers) + 1, 0));
  for (Index r = 0; r < ranks; ++r)
    for (Index n = r + 1; n <= layers; ++n) {
      double sum = 0;
      for (Index begin = n; begin-- > r;) {
        sum += costs[at(begin)];
        if (r == 0 && begin > 0) continue;
        const double largest = r == 0 ? sum : std::max(sum, best[at(r) - 1][at(begin)]);
        if (largest < best[at(r)][at(n)]) {
          best[at(r)][at(n)] = largest;
          cut[at(r)][at(n)] = begin;
        }
      }
    }
  std::vector<Index> first(at(ranks) + 1, layers);
  for (Index r = ranks; r-- > 0;) first[at(r)] = cut[at(r)][at(first[at(r) + 1])];
  return first;
}

}  // namespace neohebb
