// Samples that one process has read, and that others are sent when they show them.
#pragma once
#include <algorithm>
#include <neohebb/network/exchange.hpp>
#include <numeric>
#include <vector>

namespace neohebb {

/// Rank 0's numbers become those of all ranks, which all call it. Throws std::runtime_error for messages that do not fit.
template <class T> void take_from_first(Communicator auto& carrier, std::vector<T>& numbers) {
  constexpr int tag = 1;
  ExchangeCounts unused;
  const detail::Mail mail(carrier, unused);
  const auto packed = [](const auto& value) {
    Message message;
    Packer{message}(value);
    return message;
  };
  if (carrier.rank() == 0) {
    mail.send_all(tag, packed(static_cast<Index>(numbers.size())));
    mail.send_all(tag, packed(numbers));
    return;
  }
  const auto take = [&](auto& value, std::size_t most) {
    const Message message = mail.receive(0, tag, most);
    Unpacker from(message);
    from(value);
    from.end();
  };
  Index size = 0;
  take(size, sizeof size);
  numbers.clear();
  take(numbers, sizeof size + static_cast<std::size_t>(size) * sizeof(T));
}

/// A set of samples that rank 0 alone has read. The other ranks know how many there are, and are sent those that they show,
/// batch by batch: data need not be where they run, and take no memory there.
///
///     SentSamples samples(world, set);          // a std::vector, or a Matrix with a column for each; empty but on rank 0
///     samples.fetch(numbers, shows);            // shows(rank, b): whether a rank shows sample numbers[b]
///     use(samples[b]);                          // where it is shown, and on rank 0
///
/// A sample of a vector is of a type that Packer knows, and that can be made without arguments. All ranks make the same calls
/// with the same numbers. One process, and rank 0, use the set as it lies: it must stay where it is. Messages are no longer
/// than as many of the largest sample as a rank shows.
///
/// Throws std::invalid_argument for numbers that are not of the set; std::runtime_error for messages that do not fit.
template <Communicator C, class Set> class SentSamples {
 public:
  SentSamples(C& carrier, const Set& set) : carrier_(&carrier), set_(&set) {
    std::vector<Index> known(3);  // samples, bytes of the largest, rows of a matrix
    if (carrier.rank() == 0) {
      known[0] = count(set);
      for (Index k = 0; carrier.size() > 1 && k < known[0]; ++k) {
        PackedSize size;
        visit(set, k, size);
        known[1] = std::max(known[1], static_cast<Index>(size.bytes()));
      }
      if constexpr (columns) known[2] = set.rows();
    }
    if (carrier.size() > 1) take_from_first(carrier, known);
    size_ = known[0];
    largest_ = static_cast<std::size_t>(known[1]);
    rows_ = known[2];
  }
  Index size() const { return size_; }
  /// The samples that the next batch is of, by their numbers in the set. Rank 0 sends, and waits for nobody.
  void fetch(std::vector<Index> numbers, auto&& shows) {
    for (const Index k : numbers)
      NEOHEBB_REQUIRE(k >= 0 && k < size_, "SentSamples: sample ", k, " is wanted, there are ", size_);
    numbers_ = std::move(numbers);
    const auto batch = static_cast<Index>(numbers_.size());
    const detail::Mail mail(*carrier_, counts_);
    if (carrier_->rank() == 0) {
      for (int r = 1; r < carrier_->size(); ++r) {
        Message message;
        Packer to{message};
        for (Index b = 0; b < batch; ++b)
          if (shows(r, b)) visit(*set_, numbers_[static_cast<std::size_t>(b)], to);
        if (!message.empty()) mail.send(r, tag, std::move(message));
      }
      return;
    }
    received_ = room(batch);
    std::size_t shown = 0;
    for (Index b = 0; b < batch; ++b) shown += shows(carrier_->rank(), b);
    if (shown == 0) return;
    const Message message = mail.receive(0, tag, shown * largest_);
    Unpacker from(message);
    for (Index b = 0; b < batch; ++b)
      if (shows(carrier_->rank(), b)) visit(received_, b, from);
    from.end();
  }
  /// … which every rank shows.
  void fetch(std::vector<Index> numbers) {
    fetch(std::move(numbers), [](int, Index) { return true; });
  }
  /// Sample b of the batch that was fetched last: a reference, or a column.
  decltype(auto) operator[](Index b) const {
    return carrier_->rank() == 0 ? sample(*set_, numbers_[static_cast<std::size_t>(b)])
                                 : sample(received_, b);
  }
  /// Bytes that this rank has sent, and seconds that it has waited.
  const ExchangeCounts& counts() const { return counts_; }

 private:
  static constexpr int tag = 0;
  static constexpr bool columns = detail::EigenObject<Set>;

  static Index count(const Set& set) {
    if constexpr (columns)
      return set.cols();
    else
      return static_cast<Index>(set.size());
  }
  static decltype(auto) sample(auto& set, Index k) {
    if constexpr (columns)
      return set.col(k);
    else
      return (set[static_cast<std::size_t>(k)]);
  }
  static void visit(auto& set, Index k, auto& io) {
    if constexpr (columns) {
      auto column = set.col(k);
      Index rows = column.size();
      io.head(column, rows);
      if (rows != column.size())
        NEOHEBB_THROW(std::runtime_error, "a message has a sample of ", rows, " numbers, expected ",
                      column.size());
    } else {
      io(set[static_cast<std::size_t>(k)]);
    }
  }
  /// For samples that will be received: empty ones take the sizes of a message.
  Set room(Index batch) const {
    if constexpr (columns)
      return Set(rows_, batch);
    else
      return Set(static_cast<std::size_t>(batch));
  }
  C* carrier_;
  const Set* set_;
  Index size_ = 0, rows_ = 0;
  std::size_t largest_ = 0;
  std::vector<Index> numbers_;
  Set received_ = room(0);
  ExchangeCounts counts_;
};

}  // namespace neohebb
