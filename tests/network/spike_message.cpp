// Spikes as messages, and which layers go to which rank.
#include <neohebb/network/rank_grid.hpp>
#include <neohebb/network/spike_message.hpp>

#include "catch.hpp"
#include "support/layers.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains, support::error_of;

TEST_CASE("layers are cut such that the largest part is as small as it can be", "[network]") {
  using Cut = std::vector<Index>;
  CHECK(cut_layers({5, 1, 1, 3}, 1) == Cut{0, 4});
  CHECK(cut_layers({5, 1, 1, 3}, 2) == Cut{0, 1, 4});
  CHECK(cut_layers({1, 1, 1, 9}, 2) == Cut{0, 3, 4});
  CHECK(cut_layers({4, 4, 4, 4}, 2) == Cut{0, 2, 4});
  CHECK(cut_layers({1, 9, 1}, 3) == Cut{0, 1, 2, 3});
  CHECK(error_of<std::invalid_argument>([] {
          cut_layers({1, 1}, 3);
        }) == "neohebb: RankGrid: 3 ranks were to share 2 layers; there must be a layer for each");
}

TEST_CASE("spikes are sent as bits or lists, whichever is fewer bytes, and come back the same", "[network]") {
  for (const Index units : {1, 8, 150, 70000})
    for (const double rate : {0.0, 0.01, 0.4, 1.0}) {
      std::vector<Spikes<float>> sent(3, {units, 2}), back(3, {units, 2});
      const SpikeMessage how{units, 2};
      Index count = 0;
      for (Index t = 0; t < 3; ++t) {
        support::NoisyInput{.rate = rate}(t, 0, sent[std::size_t(t)]);
        count += sent[std::size_t(t)].count();
      }
      Message message;
      how.pack(
          message, 3, [&](Index t) -> const auto& { return sent[std::size_t(t)]; });
      CHECK(message.size() == 1 + std::min(how.bits(3), how.lists(3, count)));
      CHECK(message.size() <= how.most(3));
      Unpacker io(message);
      how.unpack(
          io, 3, [&](Index t) -> auto& { return back[std::size_t(t)]; });
      io.end();
      CHECK((sent == back));
    }
}

TEST_CASE("spikes of neurons that are not there are refused", "[network]") {
  std::vector<Spikes<float>> spikes(1, {100, 1});
  spikes[0].assign_list(std::vector{7});
  const SpikeMessage how{100, 1};
  const auto only = [&](Index) -> auto& { return spikes[0]; };
  Message message;
  how.pack(message, 1, only);
  REQUIRE(message.size() == 7);  // a list: its kind, a count, one neuron
  const auto error = [&](std::size_t byte, unsigned char value) {
    Message changed = message;
    changed[byte] = value;
    try {
      Unpacker io(changed);
      how.unpack(io, 1, only);
    } catch (const std::exception& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  CHECK(error(5, 99) == "no error");
  CHECK(contains(error(5, 100), "a spike of neuron 100, there are neurons 0 to 99"));
  CHECK(contains(error(1, 101), "a message has 101 spikes of 100 neurons"));
  CHECK(contains(error(1, 2), "ends 2 bytes too early"));
}
