// Values as bytes and back.
#include <neohebb/network/packing.hpp>

#include "catch.hpp"
#include "support/layers.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using support::contains;
using support::error_of;

namespace {
struct Pair {
  Matrix<double> a;
  std::vector<float> b;
  static void fields(auto& self, auto&& visit) {
    visit("a", self.a);
    visit("b", self.b);
  }
};
}  // namespace

TEST_CASE("what was packed comes out the same, and takes the bytes that PackedSize counts", "[network]") {
  const std::tuple<int, Pair, bool> given{-7, {support::random_matrix(3, 5, 1), {1, 2.5f}}, true};
  const Matrix<double> wide = support::random_matrix(4, 9, 2);
  Message message;
  Packer to{message};
  PackedSize size, most(true);
  to(given);
  size(given);
  to.columns(wide, 3);
  size.columns(wide, 3);
  most.columns(wide, 3);
  CHECK(message.size() == size.bytes());
  CHECK(most.bytes() == sizeof(Index) + 36 * sizeof(double));
  std::tuple<int, Pair, bool> read{0, {Matrix<double>(3, 5), {0, 0}}, false};
  Matrix<double> back = Matrix<double>::Zero(4, 7);
  Index used = 0;
  Unpacker from(message);
  from(read);
  from.columns(back, used);
  from.end();
  CHECK(std::get<0>(read) == -7);
  CHECK(std::get<1>(read).a == std::get<1>(given).a);
  CHECK(std::get<1>(read).b == std::get<1>(given).b);
  CHECK(std::get<2>(read));
  CHECK(used == 3);
  CHECK(back.leftCols(3) == wide.leftCols(3));
  CHECK((back.rightCols(4).array() == 0).all());
}

TEST_CASE("empty matrices take a message's sizes, others refuse them", "[network]") {
  const Matrix<float> given = support::random_matrix<float>(2, 3, 1);
  Message message;
  Packer{message}(given);
  Matrix<float> empty, other(3, 2);
  Unpacker{message}(empty);
  CHECK(empty == given);
  CHECK(error_of<std::runtime_error>([&] { Unpacker{message}(other); }) ==
        "neohebb: a message has a matrix of 2 x 3, expected 3 x 2");
  message[6] = 0x10;  // of rows
  Matrix<float> huge;
  CHECK(contains(error_of<std::runtime_error>([&] { Unpacker{message}(huge); }), "a message has "));
  CHECK(huge.size() == 0);
}

TEST_CASE("vectors of anything take a message's length where they are empty", "[network]") {
  const std::vector<std::vector<Pair>> given{{{Matrix<double>::Ones(2, 1), {3, 4}}}, {}};
  Message message;
  PackedSize size;
  Packer{message}(given);
  size(given);
  CHECK(message.size() == size.bytes());
  std::vector<std::vector<Pair>> empty, other(3);
  Unpacker from(message);
  from(empty);
  from.end();
  REQUIRE(empty.size() == 2);
  REQUIRE(empty[0].size() == 1);
  CHECK(empty[0][0].a == given[0][0].a);
  CHECK(empty[0][0].b == given[0][0].b);
  CHECK(empty[1].empty());
  CHECK(contains(error_of<std::runtime_error>([&] { Unpacker{message}(other); }),
                 "a message has 2 columns or entries, there is room for 3"));
  message[7] = 0x10;  // of the length
  empty.clear();
  CHECK(contains(error_of<std::runtime_error>([&] { Unpacker{message}(empty); }), "there is room for "));
  CHECK(empty.empty());
}
