// What undocumented.sh looks for. Doxygen reads this file, no compiler does.
#pragma once
#include <vector>

namespace neohebb {

namespace detail {
struct Inner {
  int without_comment = 0;  // detail stays out
};
int also_without(int x) { return x; }
}  // namespace detail

/// y = a x + b < c, for vector<float> @ 1 kHz: text with signs that mean something to Doxygen, \f and #hash.
///
///     code<float> stays.as(it, is);
///
///   parameter   default   symbol
///   slope       1         a < 2
///   first       0         b, in mV
template <class S> struct Planted {
  using Scalar = S;
  S slope = 1;
  S first = 0, second = 0;    // first: overridden by the table; second: of b
  int several = 0, more = 0;  // both are counts
  int forgotten = 0;
  /// Of planted things.
  enum class Kind {
    a,  // the first
    b
  };

  void validate() const {
    int inside = 0;  // no comment of anything
    (void)inside;
  }
  /// Twice x.
  static S twice(S x) { return 2 * x; }

 private:
  int hidden_ = 0;
};

}  // namespace neohebb
