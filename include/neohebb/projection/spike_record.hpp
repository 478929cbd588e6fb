// The spikes of a window, kept as index lists: four bytes a spike, whatever the number of neurons.
#pragma once
#include <algorithm>
#include <cstdint>
#include <neohebb/core/spikes.hpp>
#include <neohebb/core/types.hpp>
#include <span>
#include <type_traits>
#include <utility>

namespace neohebb {

/// Columns of spikes, one for each sample of each recorded step; afterwards the same spikes by neuron. Room
/// for every neuron spiking in every column; memory that holds no spike is never touched.
class SpikeRecord {
 public:
  SpikeRecord() = default;
  /// groups: `group` will be called.
  SpikeRecord(Index neurons, Index columns, bool groups = true)
      : rows_(neurons * columns),
        columns_(groups ? neurons * columns : 0),
        first_(columns + 1),
        start_(neurons + 1) {
    clear();
  }
  void clear() {
    used_ = 0;
    if (first_.size() > 0) first_[0] = 0;
  }
  Index columns() const { return used_; }
  Index room() const { return std::max<Index>(0, first_.size() - 1); }
  Index count() const { return first_.size() > 0 ? first_[used_] : 0; }

  std::span<const std::int32_t> active(Index column) const {
    return {rows_.data() + first_[column], static_cast<std::size_t>(first_[column + 1] - first_[column])};
  }
  /// The samples of `spikes` become the next columns.
  void append(const auto& spikes) {
    for (Index b = 0; b < spikes.batch(); ++b) append_column(spikes.active(b));
  }
  /// Spikes of one sample become the next column.
  void append_column(std::span<const std::int32_t> active) {
    std::copy(active.begin(), active.end(), rows_.data() + first_[used_]);
    first_[used_ + 1] = first_[used_] + static_cast<Index>(active.size());
    ++used_;
  }
  /// Sorts what was recorded from column `first` on by neuron, each neuron's columns ascending.
  void group(Index first) {
    const std::int32_t* row = rows_.data();
    start_.setZero();
    for (Index k = first_[first]; k < first_[used_]; ++k) ++start_[row[k]];
    Index sum = 0;
    for (Index j = 0; j < start_.size(); ++j) start_[j] = (sum += start_[j]);
    for (Index c = used_; c-- > first;)  // from the end on, so that each neuron's columns come out ascending
      for (Index k = first_[c + 1]; k-- > first_[c];)
        columns_[--start_[row[k]]] = static_cast<std::int32_t>(c);
  }
  /// After `group`: the columns in which neuron j spiked.
  std::span<const std::int32_t> columns_of(Index j) const {
    return {columns_.data() + start_[j], static_cast<std::size_t>(start_[j + 1] - start_[j])};
  }
  /// For checkpoints: the spikes as recorded, zeros in place of memory that was never written.
  static void fields(auto& self, auto&& visit) {
    const auto visit_all = [&](auto& record) {
      visit("rows", record.rows_);
      visit("first", record.first_);
      visit("used", record.used_);
    };
    if constexpr (std::is_const_v<std::remove_reference_t<decltype(self)>>) {
      SpikeRecord clean = self;
      clean.rows_.tail(clean.rows_.size() - clean.count()).setZero();
      if (clean.room() > 0) clean.first_.tail(clean.room() - clean.used_).setZero();
      visit_all(std::as_const(clean));
    } else {
      visit_all(self);
      self.check();
    }
  }
  /// For messages between processes: the spikes as recorded. io.head(vector, how many); checks what it reads.
  static void factors(auto& self, auto&& io) {
    Index marks = self.used_ + 1;
    io.head(self.first_, marks);
    if constexpr (std::is_const_v<std::remove_reference_t<decltype(self)>>) {
      Index spikes = self.count();
      io.head(self.rows_, spikes);
    } else {
      Index spikes = 0;
      io.head(self.rows_, spikes);
      self.used_ = marks - 1;
      if (self.used_ < 0 || self.count() != spikes)
        NEOHEBB_THROW(std::runtime_error, "a record of ", self.count(), " spikes was sent with ", spikes);
      self.check();
    }
  }

 private:
  /// Refuses what a file may hold and no record does.
  void check() const {
    bool fits = used_ >= 0 && used_ <= room();
    if (fits && room() > 0) fits = first_[0] == 0;
    for (Index c = 0; fits && c < used_; ++c)
      fits = first_[c] <= first_[c + 1] && first_[c + 1] <= rows_.size();
    for (Index k = 0; fits && k < count(); ++k) fits = rows_[k] >= 0 && rows_[k] < start_.size() - 1;
    if (!fits) NEOHEBB_THROW(std::runtime_error, "a record of spikes that contradicts itself was read");
  }
  Vector<std::int32_t> rows_, columns_;  // not initialised
  Vector<Index> first_, start_;
  Index used_ = 0;
};

}  // namespace neohebb
