// How ranks make one layer's update together: factors to the owners of pieces, or sums from rank to rank.
#pragma once
#include <neohebb/network/exchange.hpp>

namespace neohebb::detail {

/// Messages of a layer in an update. Those of a batch are numbered below them.
struct LayerTags {
  static constexpr int many = 8;
  explicit LayerTags(std::size_t layer) : first(many * (1 + static_cast<int>(layer))) {}
  int first;
  int note() const { return first; }
  int chain() const { return first + 1; }
  int sums() const { return first + 2; }
  int pieces() const { return first + 3; }
  int meet() const { return first + 4; }
};

/// The update of layer i of a batch's state, for all ranks of a carrier. `begin` sends what can be sent, `end` receives.
template <class C, class Net, class Team, class W, class State, class Learner, class I> class RankUpdate {
 public:
  RankUpdate(C& carrier, Sends sends, const Net& net, Team& team, W& w, State& s, Learner& learner, I i)
      : carrier_(carrier),
        sends_(sends),
        layer_(net.layer(i)),
        team_(team),
        weights_(at(w, i)),
        s_(s),
        learner_(learner),
        rule_(at(learner.rules, i)),
        x_(at(learner.exchange, i)),
        i_(i),
        table_(layer_.projection),
        post_(carrier, x_.counts),
        tags_(i) {}

  /// The credits of this rank's chunks are prepared by now.
  void begin() {
    PackedSize factors;
    FactorsNote note;
    own_credits([&](const auto& credit) {
      visit_factors(credit, factors);
      note.asking += !credit.empty();
    });
    note.bytes = factors.bytes();
    x_.has_factors = sends_ == Sends::factors || (!x_.notes.empty() && takes_factors());
    Message message;
    message.reserve(sizeof note + (x_.has_factors ? factors.bytes() : 0));
    Packer{message}(note);
    if (x_.has_factors) pack_factors(message);
    post_.send_all(tags_.note(), std::move(message));
    x_.notes.assign(static_cast<std::size_t>(size()), note);
    x_.under_way = true;
  }
  void end() {
    x_.under_way = false;
    if (x_.has_factors) make_room();
    post_.receive_all(
        tags_.note(), [&](int r) { return sizeof(FactorsNote) + (x_.has_factors ? most_factors(r) : 0); },
        [&](int r, const Message& message) {
          Unpacker io(message);
          io(x_.notes[static_cast<std::size_t>(r)]);
          if (x_.has_factors) take_factors(r, io);
          io.end();
        });
    std::int64_t asking = 0;
    x_.counts.factor_bytes = 0;
    for (const FactorsNote& note : x_.notes) {
      asking += note.asking;
      x_.counts.factor_bytes += note.bytes;
    }
    x_.counts.gradient_bytes = table_.bytes(all());
    // What one chunk alone asks for may be an outer product, which optimizers take without making a sum of it.
    if (!x_.has_factors && (asking == 1 || takes_factors())) send_factors();
    if (s_.batch == 1 && asking == 0) {
      // as in a projection's own update of one sample: nothing asked, nothing moves
    } else if (x_.has_factors) {
      ++x_.counts.by_factors;
      multiply_factors();
    } else {
      ++x_.counts.by_gradient;
      sum_along_ranks();
    }
    layer_.finish_update(weights_, own_layer_credits());
  }

 private:
  using Scalar = typename Net::Scalar;
  using Numbers = std::vector<Scalar>;
  static constexpr bool linear = is_linear<std::decay_t<decltype(at(std::declval<Learner&>().rules, I{}))>>();

  int rank() const { return carrier_.rank(); }
  int size() const { return carrier_.size(); }
  Share all() const { return {0, table_.count()}; }
  Share owned(int r) const { return Share::of(table_.count(), r, size()); }
  Share chunks_of(int r) const { return Share::of(s_.cut.count(), r, size()); }
  int last_with_samples() const { return static_cast<int>(std::min<Index>(size(), s_.cut.count())) - 1; }
  auto own_layer_credits() { return learner_.each_credit(i_, s_.chunks.size()); }
  void own_credits(auto&& use) {
    own_layer_credits()([&](auto& c) { use(projection_credit_of(c)); });
  }
  /// The credit of another rank's chunk.
  auto& other(Index chunk) {
    return x_.others[static_cast<std::size_t>(chunk < s_.own.first ? chunk : chunk - s_.own.count)];
  }

  /// Whether factors are fewer bytes, by all ranks' notes: they go to all others; sums from rank to rank, and to owners.
  bool takes_factors() const {
    if (sends_ != Sends::by_size) return sends_ == Sends::factors;
    std::uint64_t factors = 0;
    for (const FactorsNote& note : x_.notes) factors += note.bytes;
    const std::uint64_t sums = table_.bytes(all());
    return factors * static_cast<std::uint64_t>(size() - 1) <=
           sums * static_cast<std::uint64_t>(last_with_samples() + (linear ? 0 : 1));
  }
  void pack_factors(Message& message) {
    Packer io{message};
    own_credits([&](const auto& c) { visit_factors(c, io); });
  }
  void take_factors(int r, Unpacker& io) {
    const Share chunks = chunks_of(r);
    for (Index c = chunks.first; c < chunks.end(); ++c) visit_factors(projection_credit_of(other(c)), io);
  }
  std::size_t most_factors(int r) const {
    const Share chunks = chunks_of(r);
    std::size_t bytes = 0;
    for (Index c = chunks.first; c < chunks.end(); ++c)
      bytes += most_factor_bytes(layer_.projection, table_.bytes(all()), s_.cut.samples(c), learner_.window);
    return bytes;
  }
  void send_factors() {
    x_.has_factors = true;
    make_room();
    Message message;
    pack_factors(message);
    post_.send_all(tags_.note(), std::move(message));
    post_.receive_all(
        tags_.note(), [&](int r) { return most_factors(r); },
        [&](int r, const Message& m) {
          Unpacker io(m);
          take_factors(r, io);
          io.end();
        });
  }
  /// Credits for the chunks of other ranks, of as many samples as they have.
  void make_room() {
    std::size_t k = 0;
    for (Index c = 0; c < s_.cut.count(); ++c) {
      const Index samples = s_.cut.samples(c);
      if (s_.own.has(c)) continue;
      const auto make = [&] {
        return keep_projection_credit(layer_.zero_credit(Extent<>(samples), learner_.window));
      };
      if (k == x_.others.size()) {
        x_.others.push_back(make());
        x_.sizes.push_back(samples);
      } else if (x_.sizes[k] != samples) {
        x_.others[k] = make();
        x_.sizes[k] = samples;
      }
      ++k;
    }
  }
  /// Every rank moves the pieces that it owns, by all chunks' credits in order.
  void multiply_factors() {
    const auto each_credit = [&](auto&& use) {
      for (Index c = 0; c < s_.cut.count(); ++c)
        if (s_.own.has(c))
          use(at(learner_.credits[static_cast<std::size_t>(c - s_.own.first)], i_));
        else
          use(other(c));
    };
    const Share mine = owned(rank());
    team_.run(mine.count, [&](Index k) { layer_.update_part(weights_, each_credit, rule_, mine.first + k); });
    layer_.projection.finish_update(weights_.projection, [&](auto&& use) {
      for (auto& credit : x_.others) use(projection_credit_of(credit));
    });
    share_pieces([&](int r) { return owned(r); });
  }
  /// Owners send their pieces of the weights to all.
  void share_pieces(auto&& owners) {
    auto& weights = weights_.projection;
    if (const Share mine = owners(rank()); mine.count > 0)
      post_.send_all(tags_.pieces(), table_.message(table_.read(weights, mine)));
    for (int r = 0; r < size(); ++r)
      if (const Share theirs = owners(r); r != rank() && theirs.count > 0)
        table_.write(weights, theirs, receive_numbers(r, tags_.pieces(), theirs));
  }
  Numbers receive_numbers(int from, int tag, Share pieces) {
    return table_.numbers_of(post_.receive(from, tag, table_.most(pieces)), pieces);
  }
  /// Every rank with samples adds its chunks to the sums of those before it, some pieces at a time; owners move them.
  void sum_along_ranks() {
    const int last = last_with_samples();
    const Index at_once = std::max<Index>(4, team_.size());
    const auto credits = [&](auto&& use) { own_credits(use); };
    Numbers sums;  // of the last rank with samples: all pieces
    int next = 0;  // the owner whose pieces are not all summed yet
    for (Index first = 0; rank() <= last && first < table_.count(); first += at_once) {
      const Share group{first, std::min(at_once, table_.count() - first)};
      Numbers now(static_cast<std::size_t>(table_.numbers(group)));
      if (rank() > 0) now = receive_numbers(rank() - 1, tags_.chain(), group);
      team_.run(group.count, [&](Index k) {
        layer_.projection.gather_part(weights_.projection, credits, rule_, first + k,
                                      now.data() + table_.begin(first + k) - table_.begin(first), rank() == 0,
                                      rank() == last);
      });
      if (rank() < last) {
        post_.send(rank() + 1, tags_.chain(), table_.message(now));
      } else if (!linear) {
        sums.insert(sums.end(), now.begin(), now.end());
        for (; next < size() && owned(next).end() <= group.end(); ++next)
          if (const Share theirs = owned(next); next != rank() && theirs.count > 0)
            post_.send(next, tags_.sums(),
                       table_.message({sums.begin() + table_.begin(theirs.first),
                                       sums.begin() + table_.begin(theirs.end())}));
      }
    }
    if constexpr (linear) {  // the last rank's weights have moved
      share_pieces([&](int r) { return r == last ? all() : Share{0, 0}; });
    } else {
      const Share mine = owned(rank());
      if (rank() != last && mine.count > 0) sums = receive_numbers(last, tags_.sums(), mine);
      const Index begin = rank() == last ? 0 : table_.begin(mine.first);
      team_.run(mine.count, [&](Index k) {
        layer_.projection.apply_part(weights_.projection, rule_, mine.first + k,
                                     sums.data() + (table_.begin(mine.first + k) - begin));
      });
      share_pieces([&](int r) { return owned(r); });
    }
  }

  C& carrier_;
  Sends sends_;
  std::decay_t<decltype(std::declval<const Net&>().layer(I{}))> const& layer_;
  Team& team_;
  std::decay_t<decltype(at(std::declval<W&>(), I{}))>& weights_;
  State& s_;
  Learner& learner_;
  std::decay_t<decltype(at(std::declval<Learner&>().rules, I{}))>& rule_;
  std::decay_t<decltype(at(std::declval<Learner&>().exchange, I{}))>& x_;
  I i_;
  PieceTable<std::decay_t<decltype(std::declval<const Net&>().layer(I{}).projection)>> table_;
  Mail<C> post_;
  LayerTags tags_;
};

}  // namespace neohebb::detail
