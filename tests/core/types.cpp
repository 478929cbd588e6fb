#include <array>
#include <neohebb/core/types.hpp>
#include <vector>

#include "catch.hpp"
#include "reference/message.hpp"

using namespace neohebb;

TEST_CASE("a number that contradicts its type is refused with both numbers", "[core]") {
  CHECK(reference::message_of([] { Extent<4>{5}; }) == "neohebb: got size 5, the type says 4");
  CHECK(reference::message_of([] { Extent<4>{4}; }) == "accepted");
}

TEST_CASE("a size is known to the compiler or only at run time", "[core]") {
  CHECK(Index(Extent<4>{}) == 4);
  CHECK(Index(Extent<>{7}) == 7);
  CHECK(Index(Extent<>{}) == 0);
  const Extent<> forgotten = Extent<4>{};
  CHECK(Index(forgotten) == 4);
  STATIC_REQUIRE(std::same_as<decltype(Extent{3}), Extent<Dynamic>>);
  STATIC_REQUIRE(std::same_as<decltype(Extent{Index{3}}), Extent<Dynamic>>);
  STATIC_REQUIRE(extent_of<Extent<4>> == 4);
  STATIC_REQUIRE(extent_of<const Extent<4>> == 4);
  STATIC_REQUIRE(extent_of<Extent<>> == Dynamic);
  STATIC_REQUIRE(times(3, 4) == 12);
  STATIC_REQUIRE(times(3, Dynamic) == Dynamic);
  STATIC_REQUIRE(times(Dynamic, 3) == Dynamic);
}

TEMPLATE_TEST_CASE("matrices of zeros take their shape from extents", "[core]", float, double) {
  const auto fixed = zeros<TestType>(Extent<2>{}, Extent<3>{});
  STATIC_REQUIRE(std::same_as<decltype(fixed), const Matrix<TestType, 2, 3>>);
  CHECK(fixed.isZero(0));
  const auto mixed = zeros<TestType>(Extent<2>{}, Extent{5});
  STATIC_REQUIRE(std::same_as<decltype(mixed), const Matrix<TestType, 2, Dynamic>>);
  CHECK(mixed.cols() == 5);
  CHECK(mixed.isZero(0));
}

TEST_CASE("matrices of negative sizes are refused", "[core]") {
  CHECK(reference::message_of([] { zeros<float>(Extent{-1}, Extent{5}); }) ==
        "neohebb: a matrix of -1 x 5: sizes must not be negative");
  CHECK(reference::message_of([] { zeros<float>(Extent<2>{}, Extent{-3}); }) ==
        "neohebb: a matrix of 2 x -3: sizes must not be negative");
  CHECK(reference::message_of([] { zeros<float>(Extent{0}, Extent{0}); }) == "accepted");
}

TEST_CASE("tuples, pairs and arrays carry their number of elements in the type, matrices do not", "[core]") {
  STATIC_REQUIRE(TupleLike<std::tuple<>>);
  STATIC_REQUIRE(TupleLike<const std::pair<int, float>&>);
  STATIC_REQUIRE(TupleLike<std::array<int, 3>>);
  STATIC_REQUIRE_FALSE(TupleLike<std::vector<int>>);
  STATIC_REQUIRE_FALSE(TupleLike<Matrix<float>>);
}

TEST_CASE("an output argument gets its shape, or is refused where it cannot", "[core]") {
  Matrix<float> m;
  shape_output("y", m, 2, 3);
  CHECK(m.rows() == 2);
  CHECK(m.cols() == 3);
  Matrix<float, 2> half_known;
  shape_output("y", half_known, 2, 5);
  CHECK(half_known.cols() == 5);
  const auto refusal = [](auto&& out) {
    return reference::message_of([&] { shape_output("y", out, 4, 5); });
  };
  CHECK(refusal(half_known) == "neohebb: y is 2 x 5, expected 4 x 5");
  CHECK(refusal(Matrix<float, 4, 6>()) == "neohebb: y is 4 x 6, expected 4 x 5");
  CHECK(refusal(m.leftCols(2)) == "neohebb: y is 2 x 2, expected 4 x 5");
  CHECK(refusal(Matrix<float>(4, 5).leftCols(5)) == "accepted");
}
