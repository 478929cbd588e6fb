// What ranks refuse: updates at every step, and messages that do not fit.
#include <neohebb/layer/decolle.hpp>
#include <neohebb/projection/dense.hpp>
#include <neohebb/trace/double_exponential.hpp>

#include "catch.hpp"
#include "support/ranks.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;
using support::Mailboxes;

namespace {

using Decolle = DecolleLayer<Dense<DoubleExponential<float>>>;
constexpr Index classes = 4;
const Network net{
    std::vector{Decolle{.projection = {.connectivity = {20, 9}}, .signal = {.classes = classes}}}};

/// One batch on two ranks; spoil sees what rank 0 sends.
void learn(const Presentation& shown, const auto& optimizer, Index batch, Sends sends,
           const std::function<void(int, int, Message&)>& spoil = {}) {
  Mailboxes boxes(2);
  boxes.run([&](Mailboxes::Rank& rank) {
    if (rank.number == 0) rank.spoil = spoil;
    ThreadTeam team(1);
    support::train(Parallel(net, team, Ranks(rank, sends), 2), optimizer,
                   {.shown = shown, .batches = {batch}},
                   [](Index n) { return support::labels<float>(classes, n); });
  });
}
std::string broken(Sends sends, int of_tag, const std::function<void(Message&)>& change) {
  int seen = 0;
  return error_of<std::runtime_error>([&] {
    learn({.steps = 8, .burn_in = 2, .window = 3}, Adam<float>{}, 10, sends, [&](int, int tag, Message& m) {
      if (tag == of_tag && ++seen == 1) change(m);
    });
  });
}
/// The layer's first message of an update, its sums, its weights.
constexpr int notes = 8, chain = 9, weights = 11;

}  // namespace

TEST_CASE("updates at every step are refused, with the remedy", "[network]") {
  const std::string error = error_of<std::invalid_argument>(
      [] { learn({.steps = 8, .burn_in = 2, .window = 1}, Adam<float>{}, 10, Sends::by_size); });
  CHECK(contains(
      error,
      "Ranks: with Presentation.window = 1, 2 processes would exchange the weights in every step; take "
      "a longer window, or share layers alone (RankGrid with one rank for samples)"));
}

TEST_CASE("a batch of one sample is refused where the optimizer is linear", "[network]") {
  const Presentation shown{.steps = 8, .burn_in = 2, .window = 3};
  const auto error = error_of<std::invalid_argument>([&] { learn(shown, Sgd<float>{}, 1, Sends::by_size); });
  CHECK(contains(error, "Ranks: a batch of 1 sample with a linear optimizer is for one process"));
  CHECK(error_of<std::invalid_argument>([&] { learn(shown, Adam<float>{}, 1, Sends::by_size); }) ==
        "no error");
}

TEST_CASE("messages of other sizes are refused with both numbers", "[network]") {
  CHECK(broken(Sends::factors, notes, [](Message&) {}) == "no error");
  CHECK(contains(broken(Sends::factors, notes, [](Message& m) { m.resize(m.size() - 3); }),
                 "ends 3 bytes too early"));
  CHECK(contains(broken(Sends::factors, notes, [](Message& m) { m.push_back(0); }),
                 "has 1 bytes more than what was expected"));
  CHECK(contains(broken(Sends::factors, notes, [](Message& m) { m.resize(100 * m.size() + 1000000); }),
                 "bytes, at most "));
  CHECK(contains(broken(Sends::gradient, chain, [](Message& m) { m.resize(m.size() + 4); }),
                 "bytes, at most "));
  // 20 x 9 weights and 9 numbers of the bias
  CHECK(contains(broken(Sends::gradient, weights, [](Message& m) { ++m[0]; }),
                 "a message has 190 columns or entries, there is room for 189"));
  CHECK(contains(broken(Sends::gradient, weights, [](Message& m) { --m[0]; }),
                 "has 4 bytes more than what was expected"));
  CHECK(contains(broken(Sends::gradient, weights, [](Message& m) { m[7] = 0x80; }), " there is room for "));
}

TEST_CASE("a note that cannot be is refused", "[network]") {
  const auto noted = [](std::size_t at, unsigned char byte) {
    return broken(Sends::gradient, notes, [&](Message& m) { m[at] = byte; });
  };
  CHECK(contains(noted(8, 4), "rank 0 says that 4 of its 3 chunks have "));
  CHECK(contains(noted(15, 0x80), "of its 3 chunks have "));  // less than none
  CHECK(contains(noted(6, 1), "of its 3 chunks have 2814749767"));
}

TEST_CASE("traces of other columns than the errors' are refused", "[network]") {
  const auto error = broken(Sends::factors, notes, [](Message& m) {
    // note, summed, credited, then delta: its number of columns and so many of 9 errors, then that of the traces
    Index columns = 0;
    const std::size_t delta = sizeof(FactorsNote) + 2;
    std::memcpy(&columns, m.data() + delta, sizeof columns);
    --m[delta + sizeof columns + static_cast<std::size_t>(columns) * 9 * sizeof(float)];
  });
  CHECK(contains(error, "errors of 6 columns were sent with traces of 5"));
}

TEST_CASE("factors with more columns than there is room for are refused", "[network]") {
  // note, summed, noted, then the number of columns of delta
  const auto error = broken(Sends::factors, notes, [](Message& m) { m[sizeof(FactorsNote) + 2 + 7] = 0x7f; });
  CHECK(contains(error, "there is room for 6"));
}
