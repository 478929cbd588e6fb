#include <neohebb/core/columns.hpp>

#include <vector>

#include "catch.hpp"
#include "reference/message.hpp"
#include "support/layers.hpp"

using namespace neohebb;
using support::distance;

namespace {

using Chosen = std::vector<std::int32_t>;

/// add_columns beside the entry-by-entry sum.
template <class S> void adds_what_was_chosen(const auto& w, const Chosen& chosen, S scale) {
  const Matrix<S> before = support::random_matrix<S>(w.rows(), 1, 3);
  Matrix<S> expected = before;
  for (Index i = 0; i < w.rows(); ++i) {
    S sum = 0;
    for (const std::int32_t j : chosen) sum += w(i, j);
    expected(i, 0) += scale * sum;
  }
  Vector<S> y = before;
  add_columns(w, chosen, scale, y);
  CHECK(distance(y, expected) < S(sizeof(S) == 4 ? 1e-5 : 1e-13));
}

}  // namespace

TEMPLATE_TEST_CASE("chosen columns are added up for any number of rows", "[core]", float, double) {
  const Chosen all = [] {
    Chosen c(23);
    for (std::size_t j = 0; j < c.size(); ++j) c[j] = static_cast<std::int32_t>(j);
    return c;
  }();
  for (Index rows = 1; rows < 40; ++rows) {  // remainders of every length
    const auto w = support::random_matrix<TestType>(rows, 23, 1);
    for (const Chosen& chosen : {Chosen{}, Chosen{22}, Chosen{0, 5, 7, 22}, all})
      for (const TestType scale : {TestType(1), TestType(-0.3)}) adds_what_was_chosen(w, chosen, scale);
  }
  for (const Index rows : {63, 64, 127, 128, 129, 255, 256, 300, 517})
    adds_what_was_chosen(support::random_matrix<TestType>(rows, 23, 1), all, TestType(2));
}

TEST_CASE("a column that is chosen twice counts twice, in any order", "[core]") {
  const auto w = support::random_matrix(37, 5, 1);
  adds_what_was_chosen(w, {4, 0, 4, 2, 0, 4}, 1.5);
}

TEST_CASE("columns of a block of a larger matrix lie further apart than its rows", "[core]") {
  const auto large = support::random_matrix(50, 12, 1);
  adds_what_was_chosen(large.block(3, 2, 41, 9), {0, 3, 8}, 1.0);
  adds_what_was_chosen(large.middleCols(4, 6), {1, 5}, 1.0);
}

TEST_CASE("sums go into a column of a matrix, and no other entry is touched", "[core]") {
  const auto w = support::random_matrix(19, 6, 1), before = support::random_matrix(19, 4, 2);
  auto y = before;
  add_columns(w, Chosen{1, 2, 5}, 2.0, y.col(2));
  CHECK(distance(y.col(2), before.col(2) + 2 * (w.col(1) + w.col(2) + w.col(5))) < 1e-14);
  y.col(2) = before.col(2);
  CHECK(y == before);
}

TEST_CASE("sizes known to the compiler make no difference", "[core]") {
  const Matrix<double, 13, 7> w = support::random_matrix(13, 7, 1);
  adds_what_was_chosen(w, {0, 6, 3}, 1.0);
  const Eigen::Matrix<float, 1, 7> row = support::random_matrix<float>(1, 7, 1);
  Eigen::Matrix<float, 1, 1> sum = Eigen::Matrix<float, 1, 1>::Zero();
  add_columns(Eigen::Matrix<float, 1, 7, Eigen::RowMajor>(row).leftCols(1), Chosen{0, 0}, 1.f, sum);
  CHECK(std::abs(sum(0) - 2 * row(0)) < 1e-6f);
}

TEST_CASE("columns of one row, which is stored by rows, are found", "[core]") {
  const Matrix<double, 1, 7> w{{1, 2, 3, 4, 5, 6, 7}};
  const std::vector<std::int32_t> chosen{0, 3, 6};
  Vector<double, 1> y(10.0);
  add_columns(w, chosen, 2.0, y);
  CHECK(y(0) == 10 + 2 * (1 + 4 + 7));
}

TEST_CASE("sums of columns are refused where they do not fit", "[core]") {
  const auto w = support::random_matrix(19, 6, 1);
  Vector<double> none, y = Vector<double>::Zero(18);
  CHECK(reference::message_of([&] { add_columns(w, Chosen{1}, 1.0, y); }) ==
        "neohebb: what columns are added to is 18 x 1, expected 19 x 1");
  CHECK(reference::message_of([&] { add_columns(w, Chosen{1}, 1.0, none); }) != "accepted");
  CHECK(y.isZero(0));
}
