// Sparse, delayed and frozen synapses on any number of ranks.
#include <neohebb/projection/delayed.hpp>
#include <neohebb/projection/frozen.hpp>
#include <neohebb/projection/sparse.hpp>

#include "catch.hpp"
#include "support/rank_networks.hpp"
#include "support/ranks.hpp"

using namespace neohebb;
using support::differences, support::differences_on_grids, support::four_classes;

namespace {

/// 150-40-9: the layers' own readouts teach.
template <class P, class Q> auto decolle(const P& below, const Q& above) {
  return Network{DecolleLayer<P>{.projection = below, .signal = {.classes = 4, .scale = 3}, .rate = {1}},
                 DecolleLayer<Q>{.projection = above, .signal = {.classes = 4, .scale = 3}, .rate = {1}}};
}
const DoubleExponential<float> trace{.membrane_decay = 0.6f, .synaptic_decay = 0.4f};

/// What is not the same on ranks by samples, by either exchange, and on grids by layers.
std::string apart(const auto& net) {
  return differences(net, Adam<float>{.rate = 0.01f}, {}, four_classes, Sends::factors, {2, 3}, {1}) +
         differences(net, Adam<float>{.rate = 0.01f}, {}, four_classes, Sends::gradient, {2, 3}, {1}) +
         differences_on_grids(net, Adam<float>{.rate = 0.01f}, {}, four_classes, {{1, 2}, {2, 2}});
}

}  // namespace

TEST_CASE("sparse synapses learn the same bits on any ranks", "[network]") {
  using P = EventDriven<DoubleExponential<float>, Sparse>;
  const auto joins = [](Index from, Index to) {
    return P{.connectivity = Sparse::random({from}, {to}, 5, Generator{.seed = 3}), .trace = trace};
  };
  CHECK(apart(decolle(joins(150, 40), joins(40, 9))) == "");
}

TEST_CASE("synapses with delays learn the same bits on any ranks", "[network]") {
  using P = EventDriven<DoubleExponential<float>>;
  const Delayed<P> below{.projection = {.connectivity = {150, 40}, .trace = trace}, .steps = 3},
      above{.projection = {.connectivity = {80, 9}, .trace = trace}, .spread = 1};  // two lines of each input
  CHECK(apart(decolle(below, above)) == "");
}

TEST_CASE("a layer above frozen synapses learns the same bits on any ranks", "[network]") {
  using P = EventDriven<DoubleExponential<float>>;
  CHECK(apart(decolle(Frozen<P>{{.connectivity = {150, 40}, .trace = trace}},
                      P{.connectivity = {40, 9}, .trace = trace})) == "");
}
