// Graphs that are no networks: an error names file, node and numbers, and nothing crashes.
#include "support/imported.hpp"

using namespace neohebb;
using namespace support::graphs;

TEST_CASE("imported: what does not fit is refused with file, node and both shapes", "[network]") {
  using Catch::Matchers::Contains;
  CHECK_THAT(refusal(chain({4}, {nir::Linear{random_array({3, 5}, 1)}})),
             Contains("net.nir, node 'n0': gets an input of shape (4,), its weight has (3, 5)"));
  CHECK_THAT(refusal(chain({4}, {nir::Scale{random_array({5}, 1)}})),
             Contains("node 'n0': gets an input of shape (4,), its member 'scale' has (5,)"));
  nir::Conv2d conv;
  conv.weight = random_array({2, 3, 3, 3}, 1), conv.bias = random_array({2}, 1);
  CHECK_THAT(refusal(chain({2, 8, 8}, {conv})), Contains("expects 3 channels"));
  CHECK_THAT(refusal(chain({3, 2, 8}, {conv})), Contains("smaller than the kernel"));
  conv.input_shape = {8, 9};
  CHECK_THAT(refusal(chain({3, 8, 8}, {conv})), Contains("shape (3, 8, 8), its input_shape is (8, 9)"));
  const nir::LIF lif{one(1e-6), one(1), one(0), one(1), one(0)};
  CHECK_THAT(refusal(chain({1}, {lif})), Contains("tau is 1e-06, shorter than a step of 1e-04"));
  CHECK_THAT(refusal(chain({1}, {lif}), {.dt = -1}), Contains("Semantics.dt is -1"));
  nir::Graph lost = chain({1}, {lif});
  lost.edges.push_back({"nobody", "n0"});
  CHECK_THAT(refusal(lost, {.dt = 1e-7}), Contains("'nobody', which is no node"));
  const nir::ImportedNetwork<float> net(chain({4}, {}));
  auto state = net.zero_state(2);
  CHECK_THROWS_AS(net.step(state, Matrix<float>::Zero(5, 2)), std::invalid_argument);
  CHECK_THROWS_AS(net.index("nobody"), std::invalid_argument);
}
