#include <neohebb/core/spikes.hpp>
#include <vector>

#include "catch.hpp"
#include "laws/material.hpp"
#include "reference/message.hpp"

using namespace neohebb;

namespace {

/// The lists say what the matrix says.
void check_agreement(const auto& spikes) {
  Index total = 0;
  for (Index b = 0; b < spikes.batch(); ++b) {
    std::vector<std::int32_t> expected;
    for (Index i = 0; i < spikes.neurons(); ++i)
      if (spikes.dense()(i, b) != 0) {
        CHECK(spikes.dense()(i, b) == 1);
        expected.push_back(static_cast<std::int32_t>(i));
      }
    const auto active = spikes.active(b);
    CHECK(std::vector<std::int32_t>(active.begin(), active.end()) == expected);
    total += static_cast<Index>(expected.size());
  }
  CHECK(spikes.count() == total);
}

}  // namespace

TEMPLATE_TEST_CASE("the 0/1 matrix and the index lists of spikes always agree", "[core]", float, double) {
  for (const Index neurons : {1, 5, 8, 64, 83})
    for (const Index batch : {1, 2, 7}) {
      Spikes<TestType> spikes{Extent{neurons}, Extent{batch}};
      CHECK(spikes.count() == 0);
      check_agreement(spikes);
      std::uint32_t number = 0;
      for (const double rate : {0.5, 1.0, 0.1, 0.0, 0.9}) {  // fewer after more, and more after fewer
        const Matrix<TestType> wanted = laws::zero_one<TestType>(neurons, batch, ++number, rate);
        spikes.assign(wanted);
        CHECK(spikes.dense() == wanted);
        check_agreement(spikes);
      }
    }
}

TEST_CASE("a lone spike is listed, wherever it is among many silent neurons", "[core]") {
  for (const Index neurons : {31, 32, 33, 128, 163})
    for (Index lone = 0; lone < neurons; ++lone) {
      Spikes<float> spikes{Extent{neurons}, Extent{2}};
      Matrix<float> wanted = Matrix<float>::Zero(neurons, 2);
      wanted(lone, 1) = 1;
      spikes.assign(wanted);
      REQUIRE(spikes.active(0).empty());
      REQUIRE(spikes.active(1).size() == 1);
      REQUIRE(spikes.active(1)[0] == lone);
    }
}

TEMPLATE_TEST_CASE("spikes of sizes known to the compiler are the same spikes", "[core]", float, double) {
  Spikes<TestType, 9, 3> fixed{{}, {}};
  Spikes<TestType, 9> mixed{{}, Extent{3}};
  for (std::uint32_t number = 0; number < 5; ++number) {
    const Matrix<TestType> u = laws::uniform<TestType>(9, 3, number);
    fixed.assign(u.array() > 0);
    mixed.assign(u.array() > 0);
    check_agreement(fixed);
    CHECK(fixed.dense() == (u.array() > 0).template cast<TestType>().matrix());
    CHECK(fixed.dense() == mixed.dense());
    CHECK(fixed.lists().batch() == 3);
  }
}

TEST_CASE("any number but zero is a spike", "[core]") {
  Spikes<float> spikes{Extent{3}, Extent{1}};
  spikes.assign(Vector<float>{{0.f, -2.f, 0.5f}});
  CHECK(spikes.dense() == Vector<float>{{0.f, 1.f, 1.f}});
}

TEST_CASE("copied lists hold the spikes of the other and nothing of their own", "[core]") {
  Spikes<float> from{Extent{6}, Extent{2}};
  from.assign(Matrix<float>::Ones(6, 2));
  SpikeLists<> to = from.lists();
  CHECK(to == from.lists());
  from.assign(laws::zero_one<float>(6, 2, 1));
  CHECK_FALSE(to == from.lists());
  to.copy(from.lists());
  CHECK(to == from.lists());
  CHECK(to.count() == from.count());
  for (Index b = 0; b < 2; ++b) {
    const auto a = from.active(b), c = to.active(b);
    CHECK(std::vector(a.begin(), a.end()) == std::vector(c.begin(), c.end()));
  }
}

TEST_CASE("spikes are equal where the same neurons spike, whatever they held before", "[core]") {
  Spikes<float> a{Extent{70}, Extent{3}}, b = a;
  a.assign(Matrix<float>::Ones(70, 3));
  CHECK_FALSE(a == b);
  const Matrix<float> wanted = laws::zero_one<float>(70, 3, 1);
  a.assign(wanted);
  b.assign(wanted);
  CHECK(a == b);
  Spikes<float> moved = std::move(b), other{Extent{2}, Extent{1}};
  CHECK(moved == a);
  CHECK_FALSE(other == a);
  other = a;  // other sizes
  CHECK(other == a);
  check_agreement(other);
  other.assign(Matrix<float>::Zero(70, 3));
  CHECK(a == moved);
  CHECK(other == Spikes<float>{Extent{70}, Extent{3}});
}

TEST_CASE("a sweep sees the old spikes and writes the new ones, every neuron once", "[core]") {
  for (const Index neurons : {1, 7, 8, 9, 63, 2047, 2048, 5001}) {
    Spikes<float> spikes{Extent{neurons}, Extent{2}};
    const Matrix<float> old = laws::zero_one<float>(neurons, 2, 1, 0.3),
                        kept = laws::zero_one<float>(neurons, 2, 2);
    spikes.assign(old);
    Matrix<int> visits = Matrix<int>::Zero(neurons, 2);
    spikes.rewrite([&](Index b, Index first, Index n, std::uint8_t* fired) {
      for (Index i = 0; i < n; ++i) {
        ++visits(first + i, b);
        fired[i] = fired[i] == 1 && kept(first + i, b) == 1;
      }
    });
    CHECK((visits.array() == 1).all());
    CHECK(spikes.dense() == old.cwiseProduct(kept));
    check_agreement(spikes);
  }
}

TEMPLATE_TEST_CASE("spikes of another shape are refused with both, and change nothing", "[core]", float,
                   double) {
  Spikes<TestType> spikes{Extent{4}, Extent{2}};
  spikes.assign(Matrix<TestType>::Ones(4, 2));
  const auto refusal = [&](Index rows, Index cols) {
    return reference::message_of([&] { spikes.assign(Matrix<TestType>::Zero(rows, cols)); });
  };
  CHECK(refusal(5, 2) == "neohebb: what is assigned to spikes is 5 x 2, expected 4 x 2");
  CHECK(refusal(4, 1) == "neohebb: what is assigned to spikes is 4 x 1, expected 4 x 2");
  CHECK(spikes.count() == 8);
}

TEST_CASE("spikes of several populations stand one under the other, as bytes and as lists", "[core]") {
  const auto fires = [](Index number) {
    return Matrix<bool>::NullaryExpr(37, 3, [=](Index i, Index b) { return (i * 7 + b + number) % 5 == 0; })
        .eval();
  };
  std::vector<Spikes<float>> parts(3, Spikes<float>(37, 3));
  Matrix<bool> all(3 * 37, 3);
  for (Index k = 0; k < 3; ++k) {
    parts[std::size_t(k)].assign(fires(k));
    all.middleRows(k * 37, 37) = fires(k);
  }
  Spikes<float> expected(3 * 37, 3), stacked(3 * 37, 3);
  expected.assign(all);
  for (int twice = 0; twice < 2; ++twice)
    stacked.stack(
        3, [&](Index k) -> const auto& { return parts[std::size_t(k)]; });
  CHECK(stacked == expected);
  CHECK(stacked.bytes() == expected.bytes());

  Spikes<float, 37, 3> fixed({}, {});
  fixed.copy(parts[1]);
  CHECK(fixed.lists() == [&] {
    Spikes<float, 37, 3> assigned({}, {});
    assigned.assign(fires(1));
    return assigned.lists();
  }());
  CHECK(fixed.bytes() == parts[1].bytes());
  CHECK_THROWS_AS(fixed.copy(stacked), std::invalid_argument);
}

TEMPLATE_TEST_CASE("spikes from lists are those of the matrix", "[core]", float, double) {
  using Lists = std::vector<std::vector<std::int32_t>>;
  Spikes<TestType> spikes{Extent{83}, Extent{2}}, expected = spikes;
  for (const Lists& lists : {Lists{{0, 5, 82}, {7}}, Lists{{}, {0, 1, 2}}, Lists{{81}, {}}, Lists{{}, {}}}) {
    spikes.assign_lists([&](Index b) -> const auto& { return lists[static_cast<std::size_t>(b)]; });
    Matrix<TestType> wanted = Matrix<TestType>::Zero(83, 2);
    for (Index b = 0; b < 2; ++b)
      for (const auto i : lists[static_cast<std::size_t>(b)]) wanted(i, b) = 1;
    CHECK(spikes.dense() == wanted);  // nothing is left of the lists before
    expected.assign(wanted);
    CHECK(spikes == expected);
    check_agreement(spikes);
  }
}

TEST_CASE("lists of spikes that are not there, or out of order, are refused", "[core]") {
  using reference::contains;
  Spikes<float> spikes{Extent{13}, Extent{2}};
  const auto said = [&](std::vector<std::int32_t> second) {
    return reference::message_of([&] {
      spikes.assign_lists([&](Index b) { return b == 1 ? second : std::vector<std::int32_t>{3}; });
    });
  };
  CHECK(said({0, 12}) == "accepted");
  CHECK(contains(said({0, 13}), "a spike of neuron 13, there are neurons 0 to 12"));
  CHECK(contains(said({-1}), "a spike of neuron -1"));
  CHECK(contains(said({4, 2}), "neuron 2 after 4"));
  CHECK(contains(said({4, 4}), "each at most once"));
  CHECK(said({2, 4}) == "accepted");  // what was refused leaves nothing behind
  check_agreement(spikes);
  CHECK(spikes.count() == 3);
}
