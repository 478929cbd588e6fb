// Products f(W) X of a W that lies by rows, for an X that may be mostly zero: images, activities.
#pragma once
#include <array>
#include <neohebb/core/nonzeros.hpp>
#include <neohebb/core/panels.hpp>
#include <neohebb/core/product.hpp>
#include <vector>

// GCC: vector types lose an alignment attribute as template arguments, which changes nothing here.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wignored-attributes"

namespace neohebb {

/// By rows: what belongs to one output (a receptive field) lies side by side.
template <class S, int R = Dynamic, int C = Dynamic>
using RowMatrix = Eigen::Matrix<S, R, C, (R == 1 || C != 1) ? Eigen::RowMajor : Eigen::ColMajor>;

namespace detail {

/// Packets · packet_size rows of y (+)= panel · the listed entries of a column, an even
/// number of them. panel: by columns, Height numbers each.
template <int Packets, int Height, class S>
void add_entries(const S* panel, const S* values, const std::int32_t* places, Index n, S* y, bool add) {
  using namespace simd;
  using Packet = simd::Packet<S>;
  constexpr int size = packet_size<S>;
  Packet even[Packets], odd[Packets];  // two chains: an addition takes several cycles
  for (int p = 0; p < Packets; ++p) {
    even[p] = add ? ploadu<Packet>(y + p * size) : pset1<Packet>(S(0));
    odd[p] = pset1<Packet>(S(0));
  }
  for (Index e = 0; e < n; e += 2) {
    const Packet first = pset1<Packet>(values[e]), second = pset1<Packet>(values[e + 1]);
    const S *left = panel + places[e] * Height, *right = panel + places[e + 1] * Height;
    for (int p = 0; p < Packets; ++p) even[p] = pmadd(pload<Packet>(left + p * size), first, even[p]);
    for (int p = 0; p < Packets; ++p) odd[p] = pmadd(pload<Packet>(right + p * size), second, odd[p]);
  }
  for (int p = 0; p < Packets; ++p) pstoreu(y + p * size, padd(even[p], odd[p]));
}

}  // namespace detail

/// W as it is.
struct AsItIs {};

/// The right factor X of products y = f(W) X with one W after the other, or with one block of its rows after
/// the other. Equals the sums of a loop (tests/core/row_product.cpp); X is prepared once.
///
///     RightFactor<float> images(784, 100);
///     images.assign(batch);                              // 784 × 100
///     images.multiply(weights, AsItIs{}, 0, 2000, y);    // rows 0 … 1999 of y
///
/// W lies by rows (RowMatrix), X and y anyhow: X may be a transpose, a block, an expression. f is applied to
/// every entry as it is read: a function of an array that returns an array expression of its shape. X with
/// NaN gives a y with NaN.
template <class S> class RightFactor {
 public:
  /// Numbers of a row that are multiplied at a time.
  static constexpr Index depth = detail::panel_depth;

  /// Above this fraction of entries that are not zero, zeros are multiplied, too; 0: always, 2: never.
  double dense_above = 0.45;

  RightFactor() = default;
  RightFactor(Index rows, Index cols)
      : rows_(rows),
        blocks_((rows + depth - 1) / depth),
        strips_(static_cast<std::size_t>((cols + columns - 1) / columns * columns * rows +
                                         detail::packet_size<S>)),
        values_(static_cast<std::size_t>(cols * (rows + blocks_) + detail::nonzeros_beyond)),
        places_(values_.size()),
        first_(static_cast<std::size_t>(blocks_ * cols + 1)) {
    check_positive("rows of a right factor", rows);
    check_positive("columns of a right factor", cols);
  }
  Index rows() const { return rows_; }
  Index cols() const { return cols_; }
  /// Whether it was taken as lists of entries.
  bool sparse() const { return sparse_; }

  /// Prepares X: as lists of its entries where most of them are zero, else as strips of columns. Throws
  /// std::invalid_argument for other rows, and for more columns than it was made for.
  void assign(const auto& x) {
    NEOHEBB_REQUIRE(x.rows() == rows_ && x.cols() * blocks_ < static_cast<Index>(first_.size()),
                    "a right factor made for ", rows_, " x ",
                    (static_cast<Index>(first_.size()) - 1) / std::max<Index>(1, blocks_), " is given ",
                    x.rows(), " x ", x.cols());
    cols_ = x.cols();
    sparse_ = list(x);
    if (!sparse_) cut(x);
  }

  /// Rows [first, first + n) of y = f(W) X. w: units × rows(), y: units × cols().
  template <class W, class F> void multiply(const W& w, const F& f, Index first, Index n, auto& y) const {
    static_assert((W::IsRowMajor || W::ColsAtCompileTime == 1) && W::InnerStrideAtCompileTime == 1,
                  "neohebb: the left factor must lie by rows; copy it into a RowMatrix");
    check_shape("the left factor", w, w.rows(), rows_);
    check_shape("the product with a right factor", y, y.rows(), cols_);
    NEOHEBB_REQUIRE(first >= 0 && first + n <= w.rows() && first + n <= y.rows(), "rows ", first, " to ",
                    first + n, " of a product of ", w.rows(), " rows are wanted in ", y.rows());
    if (cols_ == 0) return;
    constexpr int height = detail::panel_height<S>, size = detail::packet_size<S>;
    alignas(64) std::array<S, static_cast<std::size_t>(height * depth)> panel;
    alignas(64) std::array<S, std::is_same_v<F, AsItIs> ? 1 : static_cast<std::size_t>(height * depth)>
        changed;
    for (Index begin = first; begin < first + n; begin += height) {
      Index i = begin, units = std::min<Index>(height, first + n - i);
      // Packets that would reach beyond the last row begin earlier: they find some rows once more.
      if (const Index whole = (units + size - 1) / size * size; whole <= n) {
        i = std::min(i, first + n - whole);
        units = whole;
      }
      for (Index k = 0, block = 0; k < rows_; k += depth, ++block) {
        const Index deep = std::min(depth, rows_ - k);
        if constexpr (std::is_same_v<F, AsItIs>) {
          detail::transpose_panel<height, S>({&w.coeffRef(i, k), w.rowStride(), 1}, units, deep,
                                             panel.data());
        } else {
          using Block = Eigen::Array<S, Dynamic, Dynamic, Eigen::RowMajor>;
          Eigen::Map<Block, 0, Eigen::OuterStride<>> to(changed.data(), units, deep,
                                                        Eigen::OuterStride<>(depth));
          for (Index r = 0; r < units; ++r) to.row(r) = f(w.row(i + r).segment(k, deep).array());
          detail::transpose_panel<height, S>({changed.data(), depth, 1}, units, deep, panel.data());
        }
        meet(panel.data(), deep, block, i, units, y);
      }
    }
  }

 private:
  static constexpr int columns = detail::wide_columns, narrow = detail::narrow_columns;  // the last strip's

  /// Lists, one for each block of rows and column; false where there turn out to be too many entries.
  template <class X> bool list(const X& x) {
    [[maybe_unused]] Eigen::Matrix<S, detail::by_columns<X> ? 1 : int{depth}, 1> copy;
    const auto column = [&](Index k, Index n, Index b) -> const S* {
      if constexpr (detail::by_columns<X>)
        return &x.coeffRef(k, b);
      else
        return (copy.head(n) = x.col(b).segment(k, n)).data();
    };
    if (dense_above <= 0) return false;
    const auto most = static_cast<std::size_t>(dense_above * static_cast<double>(x.size()));
    const auto soon = most / 8;  // entries of hardly more numbers: then all of X is taken to be as dense
    std::size_t seen = 0;
    std::size_t n = 0, at = 0;
    for (Index k = 0; k < rows_; k += depth)
      for (Index b = 0; b < cols_; ++b) {
        first_[at++] = n;
        const Index deep = std::min(depth, rows_ - k);
        Index some = detail::list_nonzeros(column(k, deep, b), deep, &values_[n], &places_[n]);
        if (some % 2 != 0) {
          values_[n + static_cast<std::size_t>(some)] = 0;
          places_[n + static_cast<std::size_t>(some)] = 0;
          ++some;
        }
        n += static_cast<std::size_t>(some);
        seen += static_cast<std::size_t>(std::min(depth, rows_ - k));
        if (n > most || (dense_above < 1 && n > soon && 10 * n > 9 * seen)) return false;
      }
    first_[at] = n;
    return true;
  }
  /// Strips of so many columns, each by rows: as tiles read them.
  template <class X> void cut(const X& x) {
    S* to = strips_.data();
    for (Index b = 0; b < cols_; b += columns, to += rows_ * columns) {
      const Index valid = std::min<Index>(columns, cols_ - b), width = valid <= narrow ? narrow : columns;
      if constexpr (detail::by_columns<X>) {
        const detail::Strided<const S> some{&x.coeffRef(0, b), 1, x.colStride()};
        if (width == narrow)
          detail::cut_strip<narrow, S>(some, rows_, valid, to);
        else
          detail::cut_strip<columns, S>(some, rows_, valid, to);
      } else {
        for (Index k = 0; k < rows_; ++k)
          for (Index c = 0; c < width; ++c) to[k * width + c] = c < valid ? x(k, b + c) : S(0);
      }
    }
  }

  /// Rows [i, i + units) of y (+)= panel · block of X.
  void meet(const S* panel, Index deep, Index block, Index i, Index units, auto& y) const {
    constexpr int height = detail::panel_height<S>, size = detail::packet_size<S>;
    const Index packets = (units + size - 1) / size;
    if (units % size == 0 && y.rowStride() == 1)
      return by_form(panel, deep, block, packets, {&y.coeffRef(i, 0), 1, y.colStride()}, block > 0);
    detail::Tile<S, height, columns> part;  // y has fewer rows than a packet, or lies by rows
    for (Index b = 0; b < cols_; b += columns) {
      const Index some = std::min<Index>(columns, cols_ - b);
      by_form(panel, deep, block, packets, {part.data(), 1, height}, false, b, some);
      auto to = y.block(i, b, units, some).array();
      if (block > 0)
        to += part.topLeftCorner(units, some);
      else
        to = part.topLeftCorner(units, some);
    }
  }
  void by_form(const S* panel, Index deep, Index block, Index packets, detail::Strided<S> y, bool add,
               Index first = 0, Index n = -1) const {
    if (n < 0) n = cols_;
    if (!sparse_) return tiles(panel, deep, block, packets, y, add, first, n);
    if (packets == 2)
      entries<2>(panel, block, y, add, first, n);
    else
      entries<1>(panel, block, y, add, first, n);
  }
  template <int Packets>
  void entries(const S* panel, Index block, detail::Strided<S> y, bool add, Index first, Index n) const {
    const std::size_t* at = first_.data() + block * cols_ + first;
    for (Index b = 0; b < n; ++b, ++at)
      detail::add_entries<Packets, detail::panel_height<S>>(panel, &values_[at[0]], &places_[at[0]],
                                                            static_cast<Index>(at[1] - at[0]), &y(0, b), add);
  }
  void tiles(const S* panel, Index deep, Index block, Index packets, detail::Strided<S> y, bool add,
             Index first, Index n) const {
    for (Index b = 0; b < n; b += columns) {
      const S* strip = strips_.data() + (first + b) * rows_;
      const Index valid = std::min<Index>(columns, n - b);
      if (valid <= narrow)
        tile<narrow>(panel, packets, strip, deep, block, y.at(0, b), valid, add);
      else
        tile<columns>(panel, packets, strip, deep, block, y.at(0, b), valid, add);
    }
  }
  template <int Columns>
  static void tile(const S* panel, Index packets, const S* strip, Index deep, Index block,
                   detail::Strided<S> y, Index valid, bool add) {
    constexpr int height = detail::panel_height<S>;
    const detail::Strided<const S> left{panel, 1, height};
    const Index rows = packets * detail::packet_size<S>;
    strip += block * depth * Columns;
    const Index done =
        detail::multiply_tiles<detail::wide_packets, Columns>(left, rows, strip, deep, y, valid, add);
    detail::multiply_tiles<1, Columns>(left.at(done, 0), rows - done, strip, deep, y.at(done, 0), valid, add);
  }

  Index rows_ = 0, cols_ = 0, blocks_ = 0;
  bool sparse_ = false;
  std::vector<S> strips_;
  std::vector<S> values_;
  std::vector<std::int32_t> places_;
  std::vector<std::size_t> first_;  // entry of block k, column b at k·cols + b
};

}  // namespace neohebb
#pragma GCC diagnostic pop
