#include <neohebb/projection/spike_record.hpp>

#include <vector>

#include "catch.hpp"
#include "support/layers.hpp"

using namespace neohebb;

namespace {

using Numbers = std::vector<std::int32_t>;
Numbers numbers(std::span<const std::int32_t> s) { return {s.begin(), s.end()}; }

/// `steps` steps of `batch` samples of random spikes, recorded, and as a 0/1 matrix of neurons × columns.
Matrix<double> record(SpikeRecord& kept, Index neurons, Index batch, Index steps, double rate) {
  Matrix<double> dense(neurons, steps * batch);
  Spikes<double> spikes(neurons, batch);
  for (Index t = 0; t < steps; ++t) {
    support::NoisyInput{.rate = rate}(t, 0, spikes);
    kept.append(spikes.lists());
    dense.middleCols(t * batch, batch) = spikes.dense();
  }
  return dense;
}
/// Places of ones in a row or column, from `first` on.
Numbers ones(const auto& entries, Index first = 0) {
  Numbers places;
  for (Index k = first; k < entries.size(); ++k)
    if (entries(k) == 1) places.push_back(static_cast<std::int32_t>(k));
  return places;
}

}  // namespace

TEST_CASE("recorded columns come back as they were", "[projection]") {
  for (const double rate : {0.0, 0.1, 0.6, 1.0}) {
    SpikeRecord kept(7, 12);
    CHECK(kept.columns() == 0);
    CHECK(kept.count() == 0);
    CHECK(kept.room() == 12);
    const auto dense = record(kept, 7, 3, 4, rate);
    CHECK(kept.columns() == 12);
    CHECK(double(kept.count()) == dense.sum());
    for (Index c = 0; c < 12; ++c) CHECK(numbers(kept.active(c)) == ones(dense.col(c)));
  }
}

TEST_CASE("grouping gives each neuron's columns, ascending, from the first one asked for", "[projection]") {
  for (const double rate : {0.0, 0.1, 0.6, 1.0})
    for (const Index first : {0, 1, 3, 10, 12}) {
      SpikeRecord kept(7, 20);
      const auto dense = record(kept, 7, 3, 4, rate);
      kept.group(first);
      for (Index j = 0; j < 7; ++j) CHECK(numbers(kept.columns_of(j)) == ones(dense.row(j), first));
      kept.group(0);  // again, and otherwise
      for (Index j = 0; j < 7; ++j) CHECK(numbers(kept.columns_of(j)) == ones(dense.row(j)));
      for (Index c = 0; c < 12; ++c) CHECK(numbers(kept.active(c)) == ones(dense.col(c)));
    }
}

TEST_CASE("a record that was cleared knows nothing of the window before", "[projection]") {
  SpikeRecord kept(7, 12);
  record(kept, 7, 3, 4, 1.0);
  kept.group(0);
  kept.clear();
  CHECK(kept.columns() == 0);
  CHECK(kept.count() == 0);
  const auto dense = record(kept, 7, 2, 3, 0.2);
  CHECK(kept.columns() == 6);
  CHECK(double(kept.count()) == dense.sum());
  kept.group(0);
  for (Index j = 0; j < 7; ++j) CHECK(numbers(kept.columns_of(j)) == ones(dense.row(j)));
}

TEST_CASE("a record of no room is empty", "[projection]") {
  const SpikeRecord none;
  CHECK(none.columns() == 0);
  CHECK(none.count() == 0);
  CHECK(none.room() == 0);
}
