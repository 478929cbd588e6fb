// Samples that one process has read, and that others are sent when they show them.
#pragma once
#include <algorithm>
#include <neohebb/network/exchange.hpp>
#include <numeric>
#include <string>
#include <vector>

namespace neohebb {

/// Rank 0's numbers become those of all ranks, which all call it. Throws std::runtime_error for messages that
/// do not fit.
template <class T> void take_from_first(Communicator auto& carrier, std::vector<T>& numbers) {
  if (carrier.size() == 1) return;
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
  if (size < 0 || size > (Index{1} << 40))
    NEOHEBB_THROW(std::runtime_error, "a message says ", size, " numbers follow");
  numbers.clear();
  take(numbers, sizeof size + static_cast<std::size_t>(size) * sizeof(T));
  if (static_cast<Index>(numbers.size()) != size)
    NEOHEBB_THROW(std::runtime_error, "a message has ", numbers.size(), " numbers, expected ", size);
}

/// Throws std::invalid_argument on a rank whose text is not rank 0's: where programs have other options, say,
/// they would wait for each other for ever.
inline void require_same(Communicator auto& carrier, const std::string& text) {
  std::vector<char> first(text.begin(), text.end());
  take_from_first(carrier, first);
  const std::string said(first.begin(), first.end());
  NEOHEBB_REQUIRE(said == text, "rank 0 has ", said, ", rank ", carrier.rank(), " has ", text);
}

/// A set of samples that rank 0 alone has read. The other ranks know how many there are, and their labels,
/// and are sent samples batch by batch, when they show them: data need not be where they run, and take no
/// memory there.
///
///     SentSamples samples(world, set, labels);  // a std::vector or a Matrix of columns; empty but on rank 0
///     samples.fetch(numbers, shows);            // shows(rank, b): does it show number b of the batch?
///     if (samples.here(b)) use(samples[b]);     // sample numbers[b]
///     one_hot<float>(samples.labels(), 10)      // of the batch, on all ranks
///
/// A sample of a vector is of a type that Packer knows (a vector of structs with fields, say), and that can
/// be made without arguments. All ranks make the same calls with the same numbers. Rank 0, and so one
/// process, uses the set as it lies: it must stay where it is. A message is no longer than as many of the
/// largest sample as a rank shows.
///
/// Throws std::invalid_argument for numbers that are not of the set, and labels that are not as many as
/// samples; std::runtime_error for messages that do not fit.
template <Communicator C, class Set> class SentSamples {
 public:
  /// labels: of each sample, or none. Samples with a member `label` bring their own.
  SentSamples(C& carrier, const Set& set, std::vector<int> labels = {})
      : carrier_(&carrier), set_(&set), all_labels_(std::move(labels)) {
    if constexpr (requires { set[0].label; })
      for (const auto& one : set) all_labels_.push_back(one.label);
    std::vector<Index> known(3);  // samples, bytes of the largest, rows of a matrix
    if (carrier.rank() == 0) {
      known[0] = count(set);
      NEOHEBB_REQUIRE(all_labels_.empty() || static_cast<Index>(all_labels_.size()) == known[0],
                      "SentSamples: ", all_labels_.size(), " labels for ", known[0], " samples");
      for (Index k = 0; carrier.size() > 1 && k < known[0]; ++k) {
        PackedSize size;
        visit(set, k, size);
        known[1] = std::max(known[1], static_cast<Index>(size.bytes()));
      }
      if constexpr (columns) known[2] = set.rows();
    }
    take_from_first(carrier, known);
    take_from_first(carrier, all_labels_);
    if (known.size() != 3 || std::min({known[0], known[1], known[2]}) < 0 ||
        (!all_labels_.empty() && static_cast<Index>(all_labels_.size()) != known[0]))
      NEOHEBB_THROW(std::runtime_error, "SentSamples: what the first rank says of its samples is damaged");
    size_ = known[0];
    largest_ = static_cast<std::size_t>(known[1]);
    rows_ = known[2];
  }
  /// Samples of the set.
  Index size() const { return size_; }
  /// Whether there are none.
  bool empty() const { return size_ == 0; }
  /// The samples that the next batch is of, by their numbers in the set. Rank 0 sends, and waits for nobody.
  void fetch(std::vector<Index> numbers, auto&& shows) {
    for (const Index k : numbers)
      NEOHEBB_REQUIRE(k >= 0 && k < size_, "SentSamples: sample ", k, " is wanted, there are ", size_);
    numbers_ = std::move(numbers);
    const auto batch = static_cast<Index>(numbers_.size());
    labels_.clear();
    for (const Index k : numbers_)
      if (!all_labels_.empty()) labels_.push_back(all_labels_[static_cast<std::size_t>(k)]);
    here_.resize(numbers_.size());
    for (Index b = 0; b < batch; ++b) here_[static_cast<std::size_t>(b)] = shows(carrier_->rank(), b);
    const detail::Mail mail(*carrier_, counts_);
    if (carrier_->rank() == 0) {
      for (int r = 1; r < carrier_->size(); ++r) {
        Message message;
        Packer to{message};
        bool any = false;
        for (Index b = 0; b < batch; ++b)
          if (shows(r, b)) {
            visit(*set_, numbers_[static_cast<std::size_t>(b)], to);
            any = true;
          }
        if (any) mail.send(r, tag, std::move(message));
      }
      return;
    }
    const auto shown = static_cast<std::size_t>(std::count(here_.begin(), here_.end(), true));
    if (shown == 0) return;
    received_ = room(batch);
    const Message message = mail.receive(0, tag, shown * largest_);
    Unpacker from(message);
    for (Index b = 0; b < batch; ++b)
      if (here(b)) visit(received_, b, from);
    from.end();
  }
  /// Consecutive ones.
  void fetch(Share numbers, auto&& shows) {
    std::vector<Index> all(static_cast<std::size_t>(numbers.count));
    std::iota(all.begin(), all.end(), numbers.first);
    fetch(std::move(all), shows);
  }
  /// … which every rank shows.
  void fetch(Share numbers) {
    fetch(numbers, [](int, Index) { return true; });
  }
  /// Whether this rank shows number b of the batch.
  bool here(Index b) const { return here_[static_cast<std::size_t>(b)]; }
  /// Number b of the batch that was fetched last, where it is shown: a reference, or a column.
  decltype(auto) operator[](Index b) const {
    return carrier_->rank() == 0 ? sample(*set_, numbers_[static_cast<std::size_t>(b)])
                                 : sample(received_, b);
  }
  /// Labels of that batch, on every rank.
  const std::vector<int>& labels() const { return labels_; }
  /// Of number b of it.
  int label(Index b) const { return labels_[static_cast<std::size_t>(b)]; }
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
  std::vector<int> all_labels_, labels_;
  std::vector<Index> numbers_;
  std::vector<bool> here_;
  Set received_ = room(0);
  ExchangeCounts counts_;
};

}  // namespace neohebb
