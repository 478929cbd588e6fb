#include <neohebb/io/checkpoint.hpp>
#include <neohebb/projection/column_record.hpp>

#include "catch.hpp"
#include "laws/material.hpp"
#include "support/temporary_file.hpp"

using namespace neohebb;
using S = double;

namespace {
/// Numbers of which that share is not zero.
Matrix<S> sparse(Index rows, Index columns, S share, std::uint32_t seed) {
  const Matrix<S> places = laws::uniform<S>(rows, columns, seed, 0, 1);
  return (places.array() < share).select(laws::uniform<S>(rows, columns, seed + 1, -1, 1), S(0));
}
}  // namespace

TEST_CASE("columns come back as they were, whatever share of them is zero", "[projection]") {
  for (const Index rows : {1, 63, 64, 65, 200})
    for (const S share : {0.0, 0.25, 1.0}) {
      ColumnRecord<S> kept(rows, 6);
      CHECK(kept.room() == 6);
      const Matrix<S> all = sparse(rows, 6, share, 7);
      kept.append(all.leftCols(2));
      kept.append(all.rightCols(4));
      CHECK(kept.columns() == 6);
      CHECK(kept.count() == (all.array() != 0).count());
      Matrix<S> back(rows, 6);
      back.setConstant(5);
      for (Index k = 0; k < 6; ++k) kept.expand(k, back.col(k));
      CHECK(back == all);
      kept.clear();
      CHECK(kept.columns() == 0);
      kept.append(all.col(5));
      kept.expand(0, back.col(0));
      CHECK(back.col(0) == all.col(5));
    }
}

TEST_CASE("a record of errors is saved and read, and refused where it contradicts itself", "[projection]") {
  const Matrix<S> all = sparse(70, 3, 0.3, 3);
  ColumnRecord<S> kept(70, 5), read(70, 5);
  kept.append(all);
  const support::TemporaryFolder folder;
  Checkpoint file;
  file.put("record", kept);
  file.save(folder / "record.npz");
  Checkpoint::load(folder / "record.npz").get("record", read);
  CHECK(read.columns() == 3);
  Matrix<S> back(70, 3);
  for (Index k = 0; k < 3; ++k) read.expand(k, back.col(k));
  CHECK(back == all);

  const auto damage = [](const std::string& name, auto& what) {
    if constexpr (requires { what[0] ^= std::uint64_t(1); })
      if (name == "bits") what[0] ^= 1;
  };
  CHECK_THROWS_WITH(ColumnRecord<S>::fields(read, damage),
                    Catch::Matchers::Contains("a record of errors that contradicts itself was read"));
}
