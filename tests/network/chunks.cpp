// How a batch is cut.
#include <neohebb/network/chunks.hpp>

#include "catch.hpp"

using namespace neohebb;

TEST_CASE("chunks hold every sample of a batch once, in order", "[network]") {
  for (const Index batch : {1, 3, 4, 5, 8, 22})
    for (const Index chunk : {1, 3, 4, 32}) {
      const Chunking cut{batch, chunk};
      Index next = 0;
      for (Index c = 0; c < cut.count(); ++c) {
        CHECK(cut.first(c) == next);
        CHECK(cut.samples(c) >= 1);
        CHECK(cut.samples(c) <= chunk);
        next += cut.samples(c);
      }
      CHECK(next == batch);
    }
}
