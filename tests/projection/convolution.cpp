// The products of a convolution against its definition, for dense images and for lists of spikes.
#include <neohebb/projection/convolution.hpp>

#include "catch.hpp"
#include "reference/message.hpp"
#include "support/layers.hpp"

using namespace neohebb;
using support::distance, support::random_matrix;

namespace {

/// visit(sample's input, output, column of W, output channel) for every product that the sum over a kernel has.
void each_product(const Convolution& c, auto&& visit) {
  for (Index r = 0; r < c.out_height(); ++r)
    for (Index q = 0; q < c.out_width(); ++q)
      for (Index i = 0; i < c.channels_in; ++i)
        for (Index ky = 0; ky < c.kernel; ++ky)
          for (Index kx = 0; kx < c.kernel; ++kx) {
            const Index row = r * c.stride + ky - c.padding, column = q * c.stride + kx - c.padding;
            if (row < 0 || column < 0 || row >= c.height || column >= c.width) continue;
            for (Index o = 0; o < c.channels_out; ++o)
              visit((row * c.width + column) * c.channels_in + i,
                    (r * c.out_width() + q) * c.channels_out + o, (i * c.kernel + ky) * c.kernel + kx, o);
          }
}
template <class S> Matrix<S> convolved(const Convolution& c, const Matrix<S>& w, const Matrix<S>& x) {
  Matrix<S> y = Matrix<S>::Zero(c.outputs(), x.cols());
  each_product(c, [&](Index in, Index out, Index k, Index o) { y.row(out) += w(o, k) * x.row(in); });
  return y;
}
template <class S> Matrix<S> gathered(const Convolution& c, const Matrix<S>& delta, const Matrix<S>& x) {
  Matrix<S> g = Matrix<S>::Zero(c.rows(), c.cols());
  each_product(c, [&](Index in, Index out, Index k, Index o) { g(o, k) += delta.row(out).dot(x.row(in)); });
  return g;
}

/// Images that are not square, sizes that no tile divides, every stride, kernels of one and of even size, channels in
/// less and more than a panel.
const Convolution shapes[] = {{8, 9, 2, 4, 3, 1, 1},    {10, 7, 3, 5, 5, 2, 2}, {9, 14, 3, 37, 7, 1, 3},
                              {12, 11, 1, 19, 4, 3, 0}, {5, 5, 4, 16, 1, 1, 0}, {11, 6, 2, 8, 6, 2, 1},
                              {13, 13, 5, 33, 9, 1, 4}, {1, 1, 23, 9, 1, 1, 0}, {1, 12, 2, 3, 1, 2, 0},
                              {3, 40, 2, 6, 2, 1, 1},   {7, 7, 9, 3, 7, 1, 0}};

template <class S> void check_products(S allowed) {
  for (const Convolution& c : shapes) {
    c.validate();
    const Matrix<S> w = random_matrix<S>(c.rows(), c.cols(), 1), delta = random_matrix<S>(c.outputs(), 7, 2),
                    x = random_matrix<S>(c.inputs(), 7, 3);
    auto scratch = c.workspace<S>();
    INFO("images " << c.height << " x " << c.width << ", kernel " << c.kernel << ", stride " << c.stride);
    Matrix<S> y(Index(c.outputs()), 7), gradient = random_matrix<S>(c.rows(), c.cols(), 4);
    c.forward(w, x, y, scratch);
    CHECK(distance(y, convolved(c, w, x)) < allowed);
    const Matrix<S> sum = gradient - S(0.5) * gathered(c, delta, x);
    c.gather(S(-0.5), delta, x, gradient, scratch);
    CHECK(distance(gradient, sum) < 10 * allowed);

    Spikes<S> spikes(c.inputs(), Extent{7});
    spikes.assign(x.array() > S(0.3));
    const Matrix<S> fires = spikes.dense();
    c.prepare(w, scratch);
    for (Index b = 0; b < 7; ++b) {
      auto column = y.col(b);
      column = delta.col(b);
      c.forward_spikes(w, spikes.active(b), column, scratch);
    }
    CHECK(distance(y, delta + convolved(c, w, fires)) < allowed);
    SpikeRecord record(c.inputs(), 7);
    record.append(spikes.lists());
    record.group(0);
    const Index half = c.channels_in / 2 * c.column_group();
    Matrix<S> by_spikes = Matrix<S>::Zero(c.rows(), c.cols()), by_halves = by_spikes;
    c.gather_spikes(S(2), delta, record, by_spikes, 0, scratch);
    CHECK(distance(by_spikes, 2 * gathered(c, delta, fires)) < 10 * allowed);
    if (half == 0) continue;
    auto left = by_halves.leftCols(half), right = by_halves.rightCols(w.cols() - half);
    c.gather_spikes(S(2), delta, record, left, 0, scratch);
    c.gather_spikes(S(2), delta, record, right, half, scratch);
    CHECK(by_halves == by_spikes);
    by_halves.setZero();
    c.gather(S(2), delta, fires, left, scratch, 0);
    c.gather(S(2), delta, fires, right, scratch, half);
    CHECK(distance(by_halves, by_spikes) < 10 * allowed);
  }
}

}  // namespace

TEST_CASE("products and sums over spikes are the convolution's definition", "[projection]") {
  check_products<double>(1e-12);
  check_products<float>(2e-4f);  // sums of up to 600 products of size 1
}

TEST_CASE("one bias per output channel, at every pixel", "[projection]") {
  const Convolution c{4, 5, 1, 3, 3, 1, 1};
  Matrix<double> y = Matrix<double>::Zero(c.outputs(), 2);
  c.add_bias(Vector<double>{{1, 2, 3}}, y);
  for (Index k = 0; k < y.rows(); ++k) CHECK((y.row(k).array() == static_cast<double>(k % 3 + 1)).all());
  Vector<double> sum = Vector<double>::Zero(3);
  c.gather_bias(0.5, y, sum);
  CHECK(sum == Vector<double>{{20, 40, 60}});
}

TEST_CASE("the record of a window longer than the scratch is gathered in pieces", "[projection]") {
  const Convolution c{16, 16, 1, 3, 5, 1, 2};  // more columns than are taken at a time
  Spikes<double> spikes(c.inputs(), Extent{90});
  support::NoisyInput{.rate = 0.2}(0, 0, spikes);
  SpikeRecord record(c.inputs(), 90);
  record.append(spikes.lists());
  record.group(20);  // the spikes of the first 20 columns are left out
  const Matrix<double> delta = random_matrix(c.outputs(), 90, 1);
  Matrix<double> gradient = Matrix<double>::Zero(c.rows(), c.cols()), fires = spikes.dense();
  auto scratch = c.workspace<double>();
  c.gather_spikes(1.0, delta, record, gradient, 0, scratch);
  fires.leftCols(20).setZero();
  CHECK(distance(gradient, gathered(c, delta, fires)) < 1e-11);
}

TEST_CASE("a convolution without sense is refused with both numbers", "[projection]") {
  using Catch::Matchers::Contains;
  CHECK_THROWS_WITH((Convolution{0, 5, 1, 3, 3}.validate()), Contains("Convolution.height"));
  CHECK_THROWS_WITH((Convolution{5, 5, 1, 3, 0}.validate()), Contains("Convolution.kernel"));
  CHECK_THROWS_WITH((Convolution{5, 5, 1, 3, 3, 0}.validate()), Contains("Convolution.stride"));
  CHECK_THROWS_WITH((Convolution{5, 5, 1, 3, 3, 1, 3}.validate()),
                    Contains("padding is 3, must be at least 0 and less than the kernel, 3"));
  CHECK_THROWS_WITH((Convolution{65536, 65536, 1, 3, 3, 1, 1}.validate()), Contains("65536 x 65536 images"));
  CHECK_THROWS_WITH((Convolution{5, 3, 1, 3, 7, 1, 1}.validate()),
                    Contains("images of 5 x 3 with padding 1 are smaller than the kernel, 7"));
}

TEST_CASE("a convolution gives its output a shape; sums refuse one that does not fit", "[projection]") {
  using reference::contains, reference::message_of;
  const Convolution c{5, 4, 2, 3, 3, 1, 1};
  auto scratch = c.workspace<float>();
  const Matrix<float> w = random_matrix<float>(3, 18, 1), x = random_matrix<float>(40, 2, 2),
                      delta = random_matrix<float>(60, 2, 3);
  Matrix<float> y, none, odd = Matrix<float>::Zero(3, 10);
  Vector<float> no_bias, bias = Vector<float>::Zero(3);
  c.forward(w, x, y, scratch);
  CHECK(distance(y, convolved(c, w, x)) < 1e-5f);
  CHECK(contains(message_of([&] { c.forward(w, x.topRows(39), y, scratch); }), "is 39 x 2, expected 40 x 2"));
  CHECK(contains(message_of([&] { c.forward(w, x, y.leftCols(1), scratch); }), "is 60 x 1, expected 60 x 2"));
  CHECK(contains(message_of([&] { c.gather(1.f, delta, x, none, scratch); }), "is 0 x 0, expected 3 x 0"));
  CHECK(contains(message_of([&] { c.gather(1.f, delta, x, odd, scratch); }),
                 "10 columns of W from 0 on are not whole input channels of 9 columns"));
  CHECK(contains(message_of([&] { c.gather(1.f, delta.topRows(59), x, odd, scratch); }),
                 "is 59 x 2, expected 60 x 2"));
  c.prepare(w, scratch);
  CHECK(contains(message_of([&] { c.forward_spikes(w, std::vector{0}, no_bias, scratch); }),
                 "is 0 x 1, expected 60 x 1"));
  CHECK(contains(message_of([&] { c.add_bias(bias, none); }), "is 0 x 0, expected 60 x 0"));
  CHECK(contains(message_of([&] { c.gather_bias(1.f, delta, no_bias); }), "is 0 x 1, expected 3 x 1"));
  SpikeRecord spikes(c.inputs(), 2);
  CHECK(contains(message_of([&] { c.gather_spikes(1.f, delta, spikes, none, 0, scratch); }),
                 "is 0 x 0, expected 3 x 0"));
}
