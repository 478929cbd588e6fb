// Samples of rank 0 arrive where they are shown, and nowhere else.
#include <neohebb/data/events/binning.hpp>
#include <neohebb/network/sent_samples.hpp>

#include "catch.hpp"
#include "support/layers.hpp"
#include "support/mailboxes.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;
using support::Mailboxes;

namespace {

struct Recording {
  EventBins bins;
  int label = 0;
  friend bool operator==(const Recording&, const Recording&) = default;
  static void fields(auto& self, auto&& visit) {
    visit("bins", self.bins);
    visit("label", self.label);
  }
};
struct Flash {
  int x;
  double time;
  static void fields(auto& self, auto&& visit) {
    visit("x", self.x);
    visit("time", self.time);
  }
};
struct Nothing {
  static void fields(auto&, auto&&) {}
};
/// Recording k has k steps, and a spike in each; those of the last number 3·k.
std::vector<Recording> recordings(int count) {
  std::vector<Recording> all;
  for (int k = 0; k < count; ++k) {
    all.push_back({EventBins(100), k});
    for (std::int32_t t = 0; t < k; ++t) {
      std::vector<std::int32_t> spikes{t, 3 * k};
      all.back().bins.append_step(spikes);
    }
  }
  return all;
}
/// Rank r shows samples r, r + 3, … of a batch, but rank 2 none.
bool shows(int rank, Index b) { return rank < 2 && b % 3 == rank; }

}  // namespace

TEST_CASE("ranks are sent the recordings that they show", "[network]") {
  const auto all = recordings(20);
  Mailboxes boxes(3);
  boxes.run([&](auto& rank) {
    const std::vector<Recording> own = rank.rank() == 0 ? all : std::vector<Recording>();
    SentSamples samples(rank, own);
    if (samples.size() != 20) throw std::runtime_error("another size");
    for (const std::vector<Index>& batch : {std::vector<Index>{7, 19, 3, 0, 11}, std::vector<Index>{1, 1}}) {
      samples.fetch(batch, shows);
      for (std::size_t b = 0; b < batch.size(); ++b) {
        if (samples.label(static_cast<Index>(b)) != all[static_cast<std::size_t>(batch[b])].label)
          throw std::runtime_error("another label");
        const bool expected = rank.rank() == 0 || shows(rank.rank(), static_cast<Index>(b));
        if (expected && !(samples[static_cast<Index>(b)] == all[static_cast<std::size_t>(batch[b])]))
          throw std::runtime_error("rank " + std::to_string(rank.rank()) + ": another sample " +
                                   std::to_string(b));
      }
    }
    samples.fetch(Share{5, 2});
    if (!(samples.here(1) && samples[0] == all[5] && samples[1] == all[6]))
      throw std::runtime_error("not all ranks have samples 5 and 6");
    if ((samples.counts().sent > 0) != (rank.rank() == 0)) throw std::runtime_error("rank 0 alone sends");
  });
  CHECK(boxes.left() == 0);
}

TEST_CASE("samples may be the columns of a matrix", "[network]") {
  const Matrix<float> all = support::random_matrix<float>(6, 9, 1);
  Mailboxes boxes(3);
  boxes.run([&](auto& rank) {
    const bool first = rank.rank() == 0;
    const Matrix<float> own = first ? all : Matrix<float>();
    SentSamples samples(rank, own, first ? std::vector{0, 1, 4, 9, 16, 25, 36, 49, 64} : std::vector<int>());
    const std::vector<Index> batch{8, 2, 5, 0};
    samples.fetch(batch, shows);
    if (samples.labels() != std::vector{64, 4, 25, 0}) throw std::runtime_error("other labels");
    for (Index b = 0; b < 4; ++b)
      if (samples.here(b) != shows(rank.rank(), b)) throw std::runtime_error("shown elsewhere");
    for (Index b = 0; b < 4; ++b)
      if (samples.here(b) && samples[b] != all.col(batch[static_cast<std::size_t>(b)]))
        throw std::runtime_error("another column");
  });
  CHECK(boxes.left() == 0);
}

TEST_CASE("samples may be lists of events, or nothing at all", "[network]") {
  Mailboxes boxes(2);
  boxes.run([](auto& rank) {
    std::vector<std::vector<Flash>> own;
    if (rank.rank() == 0) own = {{}, {{3, 0.5}, {4, 1.5}}};
    SentSamples samples(rank, own);
    samples.fetch(Share{0, 2});
    if (!samples[0].empty() || samples[1].size() != 2 || samples[1][1].x != 4 || samples[1][1].time != 1.5)
      throw std::runtime_error("other events");
    std::vector<Nothing> nothing(rank.rank() == 0 ? 3 : 0);
    SentSamples(rank, nothing).fetch(Share{0, 3});
  });
  CHECK(boxes.left() == 0);
}

TEST_CASE("one process uses its samples as they lie", "[network]") {
  const auto all = recordings(4);
  Mailboxes alone(1);
  alone.run([&](auto& rank) {
    SentSamples samples(rank, all);
    samples.fetch(std::vector<Index>{3, 1}, shows);
    if (&samples[0] != &all[3] || &samples[1] != &all[1]) throw std::runtime_error("copied");
    if (samples.counts().sent > 0) throw std::runtime_error("sent");
  });
  CHECK(alone.left() == 0);
}

TEST_CASE("numbers of the first rank become all ranks'", "[network]") {
  Mailboxes boxes(3);
  boxes.run([](auto& rank) {
    std::vector<int> numbers = rank.rank() == 0 ? std::vector{4, 5, 6} : std::vector<int>{7};
    take_from_first(rank, numbers);
    if (numbers != std::vector{4, 5, 6}) throw std::runtime_error("other numbers");
    std::vector<int> none = rank.rank() == 0 ? std::vector<int>() : std::vector{1};
    take_from_first(rank, none);
    if (!none.empty()) throw std::runtime_error("more numbers");
  });
  CHECK(boxes.left() == 0);
}

TEST_CASE("recordings that cannot be are refused", "[network]") {
  Message message;
  Packer{message}(recordings(4)[3].bins);
  const auto size_of = sizeof(Index);
  const auto spoiled = [&](std::size_t at, unsigned char byte) {
    Message other = message;
    other[at] = byte;
    EventBins bins;
    return error_of<std::runtime_error>([&] { Unpacker{other}(bins); });
  };
  CHECK(spoiled(0, 100) == "no error");
  CHECK(contains(spoiled(0, 8),
                 "EventBins of 8 inputs: steps end at other places than their 6 spikes"));  // input 9
  CHECK(contains(spoiled(2 * size_of, 0x80), "inputs are not among them"));
  CHECK(contains(spoiled(message.size() - size_of, 5), "steps end at other places"));
}

TEST_CASE("ranks that do not say the same are refused", "[network]") {
  const auto said = [](const std::string& other) {
    return error_of<std::invalid_argument>([&] {
      Mailboxes boxes(2);
      boxes.run([&](auto& rank) { require_same(rank, rank.rank() == 0 ? "epochs 3" : other); });
    });
  };
  CHECK(said("epochs 3") == "no error");
  CHECK(contains(said("epochs 4"), "rank 0 has epochs 3, rank 1 has epochs 4"));
}

TEST_CASE("samples that are not there, and messages that do not fit, are refused", "[network]") {
  const auto all = recordings(4);
  Mailboxes alone(1);
  CHECK(contains(error_of<std::invalid_argument>([&] {
                   alone.run([&](auto& rank) { SentSamples(rank, all).fetch(Share{0, 5}, shows); });
                 }),
                 "SentSamples: sample 4 is wanted, there are 4"));
  const Matrix<float> columns = Matrix<float>::Zero(3, 4);
  CHECK(contains(error_of<std::invalid_argument>([&] {
                   alone.run([&](auto& rank) { SentSamples(rank, columns, {1, 2, 3}); });
                 }),
                 "SentSamples: 3 labels for 4 samples"));
  // A message that is longer than as many of the largest sample, and one that ends early.
  const auto spoiled = [&](bool longer) {
    return error_of<std::runtime_error>([&] {
      Mailboxes boxes(2);
      boxes.run([&](auto& rank) {
        if (rank.rank() == 0)
          rank.spoil = [longer](int, int tag, Message& message) {
            if (tag == 0) message.resize(longer ? 10000 : message.size() - 1);
          };
        const std::vector<Recording> own = rank.rank() == 0 ? all : std::vector<Recording>();
        SentSamples samples(rank, own);
        samples.fetch(Share{2, 1});
      });
    });
  };
  CHECK(contains(spoiled(true), "a message has 10000 bytes, at most "));
  CHECK(contains(spoiled(false), "bytes too early"));
}
