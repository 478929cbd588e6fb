// One layer's update between processes: what each of them has of a batch's chunks becomes the same weights
// everywhere.
#pragma once
#include <chrono>
#include <cstdint>
#include <neohebb/network/chunks.hpp>
#include <neohebb/network/column_blocks.hpp>
#include <neohebb/network/communicator.hpp>
#include <neohebb/projection/factors.hpp>

namespace neohebb {

/// What ranks send each other at an update: the factors of the gradient (δ, and P or spikes, of each chunk),
/// its sums, or whatever is fewer bytes. The weights are the same.
enum class Sends { by_size, factors, gradient };

/// What a rank says of its chunks: bytes of their factors, and how many chunks have credit.
struct FactorsNote {
  std::uint64_t bytes = 0;    // of their factors
  std::int64_t credited = 0;  // chunks that have credit
  static void fields(auto& self, auto&& visit) {
    visit("bytes", self.bytes);
    visit("credited", self.credited);
  }
};

/// What a rank keeps for the exchange of one layer. Credit: of a chunk of another rank; S: of its weights.
template <class Credit, class S> struct LayerExchange {
  std::vector<Credit> others;      // of the chunks of all other ranks, in order; empty until they are needed
  std::vector<Index> sizes;        // their samples
  std::vector<S> sums;             // of the gradient; room that is used again
  std::vector<FactorsNote> notes;  // of the last update, of every rank
  bool under_way = false;          // an exchange has begun, and has not ended
  bool has_factors = false;        // it is one of factors
  ExchangeCounts counts;           // what was sent so far
};

namespace detail {

/// Messages of a layer in an update. Those of a batch are numbered below them.
struct LayerTags {
  static constexpr int many = 8;
  explicit LayerTags(std::size_t layer) : first(many * (1 + static_cast<int>(layer))) {}
  int first;
  int note() const { return first; }
  int chain() const { return first + 1; }
  int sums() const { return first + 2; }
  int weights() const { return first + 3; }
  int counts() const { return first + 4; }
};

/// Sends and receives for one layer, and counts.
template <class C> class Mail {
 public:
  Mail(C& carrier, ExchangeCounts& counts) : carrier_(&carrier), counts_(&counts) {}
  void send(int to, int tag, std::shared_ptr<const Message> message) const {
    counts_->sent += message->size();
    carrier_->send(to, tag, std::move(message));
  }
  void send(int to, int tag, Message message) const {
    send(to, tag, std::make_shared<const Message>(std::move(message)));
  }
  void send_all(int tag, Message message) const {
    const auto shared = std::make_shared<const Message>(std::move(message));
    for (int r = 0; r < carrier_->size(); ++r)
      if (r != carrier_->rank()) send(r, tag, shared);
  }
  /// Begins to receive a message of every other rank, most(rank) bytes at most: receive_all gives them.
  void expect_all(int tag, auto&& most) const {
    for (int r = 0; r < carrier_->size(); ++r)
      if (r != carrier_->rank()) carrier_->expect(r, tag, most(r));
  }
  Message receive(int from, int tag, std::size_t most) const {
    const auto begin = std::chrono::steady_clock::now();
    Message message = carrier_->receive(from, tag, most);
    counts_->waiting += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return message;
  }
  /// use(rank, message) for the message of every other rank, most(rank) bytes at most.
  void receive_all(int tag, auto&& most, auto&& use) const {
    for (int r = 0; r < carrier_->size(); ++r)
      if (r != carrier_->rank()) use(r, receive(r, tag, most(r)));
  }

 private:
  C* carrier_;
  ExchangeCounts* counts_;
};

/// The blocks of columns of a layer's weights, and who owns which: moments of a block live with its owner.
template <class Projection> class ColumnBlocks {
 public:
  using S = typename Projection::Scalar;
  explicit ColumnBlocks(const Projection& projection) : projection_(&projection), begin_{0} {
    for (Index k = 0; k < projection.parts(); ++k)
      begin_.push_back(begin_.back() + column_block_size(projection, k));
  }
  Index count() const { return static_cast<Index>(begin_.size()) - 1; }
  Share owned(int rank, int ranks) const { return Share::of(count(), rank, ranks); }
  /// Numbers of some blocks, and where block k begins among those of all.
  Index numbers(Share blocks) const { return begin(blocks.end()) - begin(blocks.first); }
  Index begin(Index k) const { return begin_[static_cast<std::size_t>(k)]; }
  std::size_t bytes(Share blocks) const { return static_cast<std::size_t>(numbers(blocks)) * sizeof(S); }
  /// As long as any message of some blocks.
  std::size_t most(Share blocks) const { return bytes(blocks) + sizeof(Index); }

  /// A message of some blocks: numbers that lie one after the other.
  Message message(Share blocks, const S* values) const {
    Message m;
    m.reserve(most(blocks));
    Packer{m}.head(Eigen::Map<const Vector<S>>(values, numbers(blocks)), numbers(blocks));
    return m;
  }
  /// Throws std::runtime_error for a message of other blocks.
  void unpack(const Message& m, Share blocks, S* values) const {
    Eigen::Map<Vector<S>> all(values, numbers(blocks));
    Index used = 0;
    Unpacker from(m);
    from.head(all, used);
    from.end();
    if (used != all.size())
      NEOHEBB_THROW(std::runtime_error, "a message has ", used, " numbers of weights, expected ", all.size());
  }
  /// The weights of some blocks, to such numbers and from them.
  void read(auto& weights, Share blocks, S* values) const {
    for (Index k = blocks.first; k < blocks.end(); ++k)
      copy_column_block(*projection_, k, weights, values + begin(k) - begin(blocks.first), false);
  }
  void write(auto& weights, Share blocks, S* values) const {
    for (Index k = blocks.first; k < blocks.end(); ++k)
      copy_column_block(*projection_, k, weights, values + begin(k) - begin(blocks.first), true);
  }

 private:
  const Projection* projection_;
  std::vector<Index> begin_;
};

/// More bytes than the factors of a chunk's credit can have.
std::size_t most_factor_bytes(const auto& projection, std::size_t gradient_bytes, Index samples,
                              Index window) {
  Index numbers = 0;
  projection.each_block([&](const auto& part) {
    constexpr Index stages = std::decay_t<decltype(part)>::trace_stages;
    numbers += (Index(part.inputs()) + Index(part.outputs())) * samples * (window + stages + 2) + 256;
  });
  return 2 * gradient_bytes + 8 * static_cast<std::size_t>(numbers);
}

}  // namespace detail

}  // namespace neohebb
