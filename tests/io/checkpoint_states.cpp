// What states are made of, saved and read: spikes, traces, steps under way.
#include <neohebb/io/checkpoint.hpp>
#include <neohebb/learning/target_spikes.hpp>
#include <neohebb/projection/event_driven.hpp>
#include <neohebb/trace/double_exponential.hpp>
#include <neohebb/trace/fir.hpp>
#include <neohebb/trace/sum.hpp>

#include "catch.hpp"
#include "support/layers.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;

namespace {

template <class T> Checkpoint saved(const T& value) {
  Checkpoint file;
  file.put("it", value);
  return file;
}

}  // namespace

TEST_CASE("spikes are saved as bool, and come back in both forms", "[io]") {
  const auto check = [](auto from, auto to) {
    support::NoisyInput{}(0, 0, from);
    support::NoisyInput{}(1, 0, to);
    const Checkpoint file = saved(from);
    CHECK(file.arrays().at("it/fired").type == DataType::boolean);
    file.get("it", to);
    CHECK(to == from);
    CHECK(to.bytes() == from.bytes());
  };
  check(Spikes<float>(70, 3), Spikes<float>(70, 3));
  check(Spikes<double, 9, 2>({}, {}), Spikes<double, 9, 2>({}, {}));
  check(Spikes<float, Dynamic, 1>(9, {}), Spikes<float, Dynamic, 1>(9, {}));
}

TEST_CASE("spikes of other sizes, and bytes that are no spikes, are refused and change nothing", "[io]") {
  Spikes<float> from(5, 2), to(6, 2), same(5, 2);
  CHECK(contains(error_of([&] { saved(from).get("it", to); }),
                 "'it/fired' is bool of shape (5, 2), expected bool of shape (6, 2)"));
  same.assign_list(std::vector{1, 4});
  const auto before = same;
  Checkpoint counts;
  counts.put("it/fired", Matrix<std::uint8_t>(Matrix<std::uint8_t>::Ones(5, 2)));
  CHECK(contains(error_of([&] { counts.get("it", same); }), "'it/fired' is uint8"));
  Matrix<bool> two = Matrix<bool>::Zero(5, 2);
  reinterpret_cast<unsigned char*>(two.data())[3] = 2;
  Checkpoint bytes;
  bytes.put("it/fired", two);
  CHECK(contains(error_of([&] { bytes.get("it", same); }), "which is no bool"));
  CHECK(same == before);
}

TEST_CASE("traces of any kind go on from where they were saved", "[io]") {
  const auto check = [](const auto& trace) {
    auto whole = trace.zero_state(Extent<>{7}, Extent<>{2}), resumed = whole;
    Spikes<float> in(7, 2);
    const auto steps = [&](auto& state, Index from, Index to) {
      for (Index t = from; t < to; ++t) {
        support::NoisyInput{}(t, 0, in);
        trace.step(state, in.dense());
      }
    };
    steps(whole, 0, 5);
    saved(whole).get("it", resumed);
    steps(whole, 5, 12);
    steps(resumed, 5, 12);
    CHECK(trace.value(whole) == trace.value(resumed));
    CHECK(trace.value(whole).norm() > 0);
  };
  Fir<float> fir;
  fir.kernel = Vector<float>::LinSpaced(4, 1, 0.1f);
  check(fir);
  check(DoubleExponential<float>{});
  check(Sum<Exponential<float>, Fir<float>>{{Exponential<float>{}, fir}, {1, -0.5f}});
}

TEST_CASE("a place beyond a ring's end is refused", "[io]") {
  detail::Ring<float, Dynamic, Dynamic> ring{2, 1, 3}, other = ring;
  ring.now = 4;
  CHECK(contains(error_of([&] { saved(ring).get("it", other); }), "was read as 4, must be from 0 to 3"));
  Fir<float> fir;
  fir.kernel = Vector<float>::Ones(3);
  auto state = fir.zero_state(Extent<>{2}, Extent<>{1}), read = state;
  state.newest = -1;
  CHECK(contains(error_of([&] { saved(state).get("it", read); }), "was read as -1, must be from 0 to 2"));
}

TEST_CASE("a window that was read goes on with the state saved beside it, and with no gap", "[io]") {
  const EventDriven<DoubleExponential<float>> joins{.connectivity = {9, 4}, .arithmetic = Arithmetic::events};
  const auto weights = joins.zero_weights();
  auto state = joins.zero_state(Extent<>{1});
  joins.keep_lists(state);
  auto credit = joins.zero_credit(Extent<>{1}, 8, true);
  Spikes<float> in(9, 1);
  Matrix<float> drive(4, 1);
  const auto step = [&](auto& of, Index t) {
    support::NoisyInput{}(t, 0, in);
    joins.step(weights, of, in, drive);
  };
  for (Index t = 0; t < 3; ++t) {
    step(state, t);
    joins.hold(weights, state, credit);
  }
  const Checkpoint of_state = saved(state), of_credit = saved(credit);
  auto read_state = joins.zero_state(Extent<>{1});
  joins.keep_lists(read_state);
  auto read_credit = joins.zero_credit(Extent<>{1}, 8, true);
  of_state.get("it", read_state);
  of_credit.get("it", read_credit);
  const auto of_file = read_credit;
  step(read_state, 3);
  CHECK_NOTHROW(joins.hold(weights, read_state, read_credit));
  step(read_state, 4);
  CHECK_NOTHROW(joins.hold(weights, read_state, read_credit));
  step(read_state, 5);
  step(read_state, 6);
  CHECK_THROWS_WITH(joins.hold(weights, read_state, read_credit), Catch::Matchers::Contains("without gaps"));

  auto late = of_file;
  of_state.get("it", read_state);
  step(read_state, 3);
  step(read_state, 4);
  CHECK_THROWS_WITH(joins.hold(weights, read_state, late), Catch::Matchers::Contains("without gaps"));
  late = of_file;
  auto fresh = joins.zero_state(Extent<>{1});
  joins.keep_lists(fresh);
  step(fresh, 0);
  CHECK_THROWS_WITH(joins.hold(weights, fresh, late), Catch::Matchers::Contains("without gaps"));
  step(state, 3);  // the state that was saved, kept in memory
  CHECK_NOTHROW(joins.hold(weights, state, late));
}
