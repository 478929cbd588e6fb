#include <neohebb/learning/prediction.hpp>

#include "catch.hpp"
#include "reference/message.hpp"

using namespace neohebb;

TEMPLATE_TEST_CASE("the largest readout wins, the lower class of equals", "[learning]", float, double) {
  using S = TestType;
  CHECK(winner(Vector<S>{{S(1), S(3), S(2)}}) == 1);
  CHECK(winner(Vector<S>{{S(1), S(3), S(3)}}) == 1);
  CHECK(winner(Vector<S>{{S(-1), S(-1), S(-1)}}) == 0);
  CHECK(winner(Vector<S>{{S(-3)}}) == 0);
}

TEMPLATE_TEST_CASE("the most frequent winner and the summed readout may disagree", "[learning]", float,
                   double) {
  using S = TestType;
  MostFrequentWinner votes{Extent{3}, Extent{2}};
  SummedReadout<S> sum{Extent{3}, Extent{2}};
  // sample 0: class 2 wins twice by a little, class 1 once by much.  sample 1: each class wins once
  const Matrix<S> steps[] = {Matrix<S>{{S(0), S(1)}, {S(0), S(0)}, {S(1), S(0)}},
                             Matrix<S>{{S(0), S(0)}, {S(0), S(1)}, {S(1), S(0)}},
                             Matrix<S>{{S(0), S(0)}, {S(9), S(0)}, {S(0), S(3)}}};
  for (const auto& output : steps) {
    votes.count(output);
    sum.count(output);
  }
  CHECK(votes.predict(0) == 2);
  CHECK(sum.predict(0) == 1);
  CHECK(votes.predict(1) == 0);  // a tie goes to the lower class
  CHECK(sum.predict(1) == 2);
  CHECK(votes.votes.sum() == 6);
  votes.reset();
  sum.reset();
  CHECK(votes.votes.isZero(0));
  CHECK(sum.sum.isZero(0));

  MostFrequentWinner<3, 2> fixed_votes{{}, {}};
  SummedReadout<S, 3, 2> fixed_sum{{}, {}};
  for (const auto& output : steps) {
    fixed_votes.count(output);
    fixed_sum.count(output);
  }
  CHECK(fixed_votes.predict(0) == 2);
  CHECK(fixed_sum.predict(0) == 1);
}

TEST_CASE("predictions without classes or samples, and of negative sizes, are refused", "[learning]") {
  using reference::message_of;
  CHECK(message_of([] {
          MostFrequentWinner{Extent{0}, Extent{2}};
        }) == "neohebb: MostFrequentWinner: classes is 0, must be at least 1");
  CHECK(message_of([] {
          MostFrequentWinner{Extent{3}, Extent{0}};
        }) == "neohebb: MostFrequentWinner: batch is 0, must be at least 1");
  CHECK(message_of([] {
          MostFrequentWinner{Extent{-3}, Extent{2}};
        }) == "neohebb: a matrix of -3 x 2: sizes must not be negative");
  CHECK(message_of([] {
          SummedReadout<float>{Extent{0}, Extent{2}};
        }) == "neohebb: SummedReadout: classes is 0, must be at least 1");
  CHECK(message_of([] {
          SummedReadout<float>{Extent{3}, Extent{0}};
        }) == "neohebb: SummedReadout: batch is 0, must be at least 1");
  CHECK(message_of([] {
          SummedReadout<float>{Extent{3}, Extent{-2}};
        }) == "neohebb: a matrix of 3 x -2: sizes must not be negative");
}

TEST_CASE("outputs of another shape are not counted", "[learning]") {
  MostFrequentWinner<> votes(3, 2);
  SummedReadout<float> sum(3, 2);
  for (const auto& output : {Matrix<float>::Zero(3, 3).eval(), Matrix<float>::Zero(4, 2).eval()}) {
    CHECK(reference::contains(reference::message_of([&] { votes.count(output); }), "expected 3 x 2"));
    CHECK(reference::contains(reference::message_of([&] { sum.count(output); }), "expected 3 x 2"));
  }
}
