// The errors of a window, kept without their zeros: a bit for each number, and the numbers that are not zero.
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <neohebb/core/types.hpp>
#include <type_traits>
#include <utility>

namespace neohebb {

/// Columns of numbers, one after the other. Room for columns without a zero; memory that holds no number is
/// never touched. Max pooling leaves a quarter of δ, which then takes 1.1 bytes a number in place of 4.
template <class S> class ColumnRecord {
 public:
  ColumnRecord() = default;
  ColumnRecord(Index rows, Index columns)
      : rows_(rows), values_(rows * columns), bits_(words() * columns), first_(columns + 1) {
    clear();
  }
  void clear() {
    used_ = 0;
    if (first_.size() > 0) first_[0] = 0;
  }
  Index columns() const { return used_; }
  Index room() const { return std::max<Index>(0, first_.size() - 1); }
  /// Numbers that are not zero.
  Index count() const { return first_.size() > 0 ? first_[used_] : 0; }

  /// The columns of `numbers` become the next ones.
  void append(const auto& numbers) {
    for (Index c = 0; c < numbers.cols(); ++c) {
      S* to = values_.data() + first_[used_];
      std::uint64_t* mask = bits_.data() + used_ * words();
      for (Index i = 0; i < rows_; i += 64) {
        std::uint64_t bits = 0;
        const Index n = std::min<Index>(64, rows_ - i);
        for (Index k = 0; k < n; ++k) {
          const S x = numbers(i + k, c);
          bits |= std::uint64_t(x != 0) << k;
        }
        *mask++ = bits;
        for (; bits != 0; bits &= bits - 1) *to++ = numbers(i + std::countr_zero(bits), c);
      }
      first_[used_ + 1] = to - values_.data();
      ++used_;
    }
  }
  /// column = the one of that number. column: rows × 1.
  void expand(Index k, auto&& column) const {
    column.setZero();
    const S* from = values_.data() + first_[k];
    const std::uint64_t* mask = bits_.data() + k * words();
    for (Index i = 0; i < rows_; i += 64)
      for (std::uint64_t bits = *mask++; bits != 0; bits &= bits - 1)
        column(i + std::countr_zero(bits)) = *from++;
  }
  /// For checkpoints: zeros in place of memory that was never written.
  static void fields(auto& self, auto&& visit) {
    const auto visit_all = [&](auto& record) {
      visit("values", record.values_);
      visit("bits", record.bits_);
      visit("first", record.first_);
      visit("used", record.used_);
    };
    if constexpr (std::is_const_v<std::remove_reference_t<decltype(self)>>) {
      ColumnRecord clean = self;
      clean.values_.tail(clean.values_.size() - clean.count()).setZero();
      clean.bits_.tail(clean.bits_.size() - clean.used_ * clean.words()).setZero();
      if (clean.room() > 0) clean.first_.tail(clean.room() - clean.used_).setZero();
      visit_all(std::as_const(clean));
    } else {
      visit_all(self);
      self.check();
    }
  }

 private:
  Index words() const { return (rows_ + 63) / 64; }
  /// Refuses what a file may hold and no record does.
  void check() const {
    bool fits = used_ >= 0 && used_ <= room();
    if (fits && room() > 0) fits = first_[0] == 0;
    for (Index k = 0; fits && k < used_; ++k) {
      Index count = 0;
      for (Index w = 0; w < words(); ++w) count += std::popcount(bits_[k * words() + w]);
      if (rows_ % 64 != 0) fits = bits_[(k + 1) * words() - 1] >> (rows_ % 64) == 0;
      fits = fits && first_[k + 1] - first_[k] == count;
    }
    if (!fits) NEOHEBB_THROW(std::runtime_error, "a record of errors that contradicts itself was read");
  }

  Index rows_ = 0;
  Vector<S> values_;            // not initialised
  Vector<std::uint64_t> bits_;  // likewise
  Vector<Index> first_;         // of each column in values_
  Index used_ = 0;
};

}  // namespace neohebb
