// One layer's update between processes: what each of them has of a batch's chunks becomes the same weights everywhere.
#pragma once
#include <chrono>
#include <cstdint>
#include <neohebb/network/chunks.hpp>
#include <neohebb/network/communicator.hpp>
#include <neohebb/network/pieces.hpp>
#include <neohebb/projection/factors.hpp>

namespace neohebb {

/// What ranks send each other at an update: the factors of the gradient (δ, and P or spikes, of each chunk), its pieces, or
/// whatever is fewer bytes. The weights are the same.
enum class Sends { by_size, factors, gradient };

/// What a rank says of its chunks: bytes of their factors, and how many chunks ask for anything.
struct FactorsNote {
  std::uint64_t bytes = 0;  // of their factors
  std::int64_t asking = 0;  // chunks that ask for anything
  static void fields(auto& self, auto&& visit) {
    visit("bytes", self.bytes);
    visit("asking", self.asking);
  }
};

/// What a rank keeps for the exchange of one layer. Credit: of a chunk of another rank.
template <class Credit> struct LayerExchange {
  std::vector<Credit> others;      // of the chunks of all other ranks, in order; empty until they are needed
  std::vector<Index> sizes;        // their samples
  std::vector<FactorsNote> notes;  // of the last update, of every rank
  bool under_way = false;          // an exchange has begun, and has not ended
  bool has_factors = false;        // it is one of factors
  ExchangeCounts counts;           // what was sent so far
};

namespace detail {

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

/// The pieces of a layer's update, and who owns which: moments of a piece live with its owner.
template <class Projection> class PieceTable {
 public:
  using S = typename Projection::Scalar;
  explicit PieceTable(const Projection& projection) : projection_(&projection), begin_{0} {
    for (Index k = 0; k < projection.parts(); ++k)
      begin_.push_back(begin_.back() + piece_size(projection, k));
  }
  Index count() const { return static_cast<Index>(begin_.size()) - 1; }
  Share owned(int rank, int ranks) const { return Share::of(count(), rank, ranks); }
  /// Numbers of some pieces, and where piece k begins among those from `first` on.
  Index numbers(Share pieces) const { return begin(pieces.end()) - begin(pieces.first); }
  Index begin(Index k) const { return begin_[static_cast<std::size_t>(k)]; }
  std::size_t bytes(Share pieces) const { return static_cast<std::size_t>(numbers(pieces)) * sizeof(S); }
  /// The weights of some pieces, as numbers.
  std::vector<S> read(auto& weights, Share pieces) const {
    std::vector<S> all(static_cast<std::size_t>(numbers(pieces)));
    for (Index k = pieces.first; k < pieces.end(); ++k)
      read_piece(*projection_, k, weights, all.data() + begin(k) - begin(pieces.first));
    return all;
  }
  void write(auto& weights, Share pieces, std::vector<S> all) const {
    for (Index k = pieces.first; k < pieces.end(); ++k)
      write_piece(*projection_, k, weights, all.data() + begin(k) - begin(pieces.first));
  }
  static Message message(const std::vector<S>& numbers) {
    Message m;
    Packer{m}.head(Eigen::Map<const Vector<S>>(numbers.data(), static_cast<Index>(numbers.size())),
                   static_cast<Index>(numbers.size()));
    return m;
  }
  /// Throws std::runtime_error for a message of other pieces.
  std::vector<S> numbers_of(const Message& m, Share pieces) const {
    Vector<S> all(numbers(pieces));
    Index used = 0;
    Unpacker from(m);
    from.head(all, used);
    from.end();
    if (used != all.size())
      NEOHEBB_THROW(std::runtime_error, "a message has ", used, " numbers of pieces, expected ", all.size());
    return {all.data(), all.data() + used};
  }
  std::size_t most(Share pieces) const { return bytes(pieces) + sizeof(Index); }

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
