// How ranks make one layer's update together: factors to the owners of blocks of columns, or sums from rank
// to rank.
#pragma once
#include <neohebb/network/exchange.hpp>

namespace neohebb::detail {

/// The update of layer i of a batch's state, for all ranks of a carrier. `begin` sends what can be sent,
/// `end` receives. What is sent is decided by the notes of the update before, which all ranks have.
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
        exchange_(at(learner.exchange, i)),
        i_(i),
        blocks_(layer_.projection),
        mail_(carrier, exchange_.counts),
        tags_(i) {}

  /// The credits of this rank's chunks are prepared by now.
  void begin() {
    PackedSize factors;
    FactorsNote note;
    own_credits([&](const auto& credit) {
      visit_factors(credit, factors);
      note.credited += !credit.empty();
    });
    note.bytes = factors.bytes();
    exchange_.has_factors = sends_ == Sends::factors || (!exchange_.notes.empty() && takes_factors());
    Message message;
    message.reserve(sizeof note + (exchange_.has_factors ? factors.bytes() : 0));
    Packer{message}(note);
    if (exchange_.has_factors) pack_factors(message);
    mail_.expect_all(tags_.note(), [&](int r) { return most_note(r); });
    mail_.send_all(tags_.note(), std::move(message));
    exchange_.notes.assign(static_cast<std::size_t>(size()), note);
    exchange_.under_way = true;
  }
  void end() {
    exchange_.under_way = false;
    if (exchange_.has_factors) make_room();
    mail_.receive_all(
        tags_.note(), [&](int r) { return most_note(r); },
        [&](int r, const Message& message) {
          Unpacker io(message);
          FactorsNote& note = exchange_.notes[static_cast<std::size_t>(r)];
          io(note);
          if (note.credited < 0 || note.credited > chunks_of(r).count || note.bytes > most_factors(r))
            NEOHEBB_THROW(std::runtime_error, "rank ", r, " says that ", note.credited, " of its ",
                          chunks_of(r).count, " chunks have ", note.bytes, " bytes of factors");
          if (exchange_.has_factors) take_factors(r, io);
          io.end();
        });
    std::int64_t credited = 0;
    exchange_.counts.factor_bytes = 0;
    for (const FactorsNote& note : exchange_.notes) {
      credited += note.credited;
      exchange_.counts.factor_bytes += note.bytes;
    }
    exchange_.counts.gradient_bytes = blocks_.bytes(all());
    // The credit of one chunk alone may be an outer product, which optimizers take without making a sum of
    // it.
    if (!exchange_.has_factors && (credited == 1 || takes_factors())) send_factors();
    if (s_.batch == 1 && credited == 0) {
      // as in a projection's own update of one sample: without credit nothing moves
    } else if (exchange_.has_factors) {
      ++exchange_.counts.by_factors;
      multiply_factors();
    } else {
      ++exchange_.counts.by_gradient;
      sum_along_ranks();
    }
    layer_.finish_update(weights_, own_layer_credits());
  }

 private:
  using Scalar = typename Net::Scalar;
  static constexpr bool linear = is_linear<std::decay_t<decltype(at(std::declval<Learner&>().rules, I{}))>>();

  int rank() const { return carrier_.rank(); }
  int size() const { return carrier_.size(); }
  Share all() const { return {0, blocks_.count()}; }
  Share owned(int r) const { return Share::of(blocks_.count(), r, size()); }
  Share chunks_of(int r) const { return Share::of(s_.cut.count(), r, size()); }
  int last_with_samples() const { return static_cast<int>(std::min<Index>(size(), s_.cut.count())) - 1; }
  auto own_layer_credits() { return learner_.each_credit(i_, s_.chunks.size()); }
  void own_credits(auto&& use) {
    own_layer_credits()([&](auto& c) { use(projection_credit_of(c)); });
  }
  /// The credit of another rank's chunk.
  auto& other(Index chunk) {
    return exchange_.others[static_cast<std::size_t>(chunk < s_.own.first ? chunk : chunk - s_.own.count)];
  }

  /// Whether factors are fewer bytes, by all ranks' notes: they go to all others; sums from rank to rank, and
  /// to owners.
  bool takes_factors() const {
    if (sends_ != Sends::by_size) return sends_ == Sends::factors;
    std::uint64_t factors = 0;
    for (const FactorsNote& note : exchange_.notes) factors += note.bytes;
    const std::uint64_t sums = blocks_.bytes(all());
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
      bytes += most_factor_bytes(layer_.projection, blocks_.bytes(all()), s_.cut.samples(c), learner_.window);
    return bytes;
  }
  /// Bytes that a rank's note, and its factors if they come with it, have at most.
  std::size_t most_note(int r) const {
    return sizeof(FactorsNote) + (exchange_.has_factors ? most_factors(r) : 0);
  }
  void send_factors() {
    exchange_.has_factors = true;
    make_room();
    Message message;
    pack_factors(message);
    mail_.send_all(tags_.note(), std::move(message));
    mail_.receive_all(
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
      if (k == exchange_.others.size()) {
        exchange_.others.push_back(make());
        exchange_.sizes.push_back(samples);
      } else if (exchange_.sizes[k] != samples) {
        exchange_.others[k] = make();
        exchange_.sizes[k] = samples;
      }
      ++k;
    }
  }
  /// Every rank moves the blocks that it owns, by all chunks' credits in order.
  void multiply_factors() {
    const auto each_credit = [&](auto&& use) {
      for (Index c = 0; c < s_.cut.count(); ++c)
        if (s_.own.has(c))
          use(at(learner_.credits[static_cast<std::size_t>(c - s_.own.first)], i_));
        else
          use(other(c));
    };
    const Share own = owned(rank());
    team_.run(own.count, [&](Index k) { layer_.update_part(weights_, each_credit, rule_, own.first + k); });
    layer_.projection.finish_update(weights_.projection, [&](auto&& use) {
      for (auto& credit : exchange_.others) use(projection_credit_of(credit));
    });
    share_weights([&](int r) { return owned(r); });
  }
  /// Owners send the weights of their blocks to all.
  void share_weights(auto&& owned_by) {
    auto& weights = weights_.projection;
    if (const Share own = owned_by(rank()); own.count > 0) {
      Scalar* const values = room_for(blocks_.numbers(own));
      blocks_.read(weights, own, values);
      mail_.send_all(tags_.weights(), blocks_.message(own, values));
    }
    for (int r = 0; r < size(); ++r) {
      const Share blocks = owned_by(r);
      if (r == rank() || blocks.count == 0) continue;
      Scalar* const values = room_for(blocks_.numbers(blocks));
      receive_numbers(r, tags_.weights(), blocks, values);
      blocks_.write(weights, blocks, values);
    }
  }
  void receive_numbers(int from, int tag, Share blocks, Scalar* to) {
    blocks_.unpack(mail_.receive(from, tag, blocks_.most(blocks)), blocks, to);
  }
  /// Room for so many numbers, which it keeps for the next time.
  Scalar* room_for(Index numbers) {
    auto& sums = exchange_.sums;
    if (sums.size() < static_cast<std::size_t>(numbers)) sums.resize(static_cast<std::size_t>(numbers));
    return sums.data();
  }
  /// Every rank with samples adds its chunks to the sums of those before it. The last of them has the whole
  /// sums, by which owners move their weights; a linear optimizer's last rank moves all of them as it adds.
  void sum_along_ranks() {
    const int last = last_with_samples();
    if (rank() <= last) add_own_chunks();
    if constexpr (linear) {
      share_weights([&](int r) { return r == last ? all() : Share{0, 0}; });
    } else {
      move_by_sums();
      share_weights([&](int r) { return owned(r); });
    }
  }
  /// Some blocks at a time, so that the next rank can begin. The last rank with samples keeps the sums of all
  /// blocks.
  void add_own_chunks() {
    const int last = last_with_samples();
    const bool keeps = rank() == last && !linear;
    Scalar* const kept = keeps ? room_for(blocks_.numbers(all())) : nullptr;
    const Index at_once = std::max<Index>(4, team_.size());
    int owner = 0;  // whose blocks are not all summed yet
    for (Index first = 0; first < blocks_.count(); first += at_once) {
      const Share group{first, std::min(at_once, blocks_.count() - first)};
      Scalar* const sums = keeps ? kept + blocks_.begin(group.first) : room_for(blocks_.numbers(group));
      add_to(sums, group, last);
      if (rank() < last)
        mail_.send(rank() + 1, tags_.chain(), blocks_.message(group, sums));
      else if (keeps)
        owner = send_sums(owner, group.end());
    }
  }
  /// The sums of some blocks over the chunks of ranks before this one, if any, and its own.
  void add_to(Scalar* sums, Share group, int last) {
    if (rank() == 0)
      std::fill(sums, sums + blocks_.numbers(group), Scalar(0));
    else
      receive_numbers(rank() - 1, tags_.chain(), group, sums);
    const auto credits = [&](auto&& use) { own_credits(use); };
    team_.run(group.count, [&](Index k) {
      const Index block = group.first + k;
      layer_.projection.gather_part(weights_.projection, credits, rule_, block,
                                    sums + blocks_.begin(block) - blocks_.begin(group.first), rank() == 0,
                                    rank() == last);
    });
  }
  /// Owners from `owner` on get their sums, where all blocks before `end` are summed. Returns the first that
  /// has to wait.
  int send_sums(int owner, Index end) {
    for (; owner < size() && owned(owner).end() <= end; ++owner) {
      const Share blocks = owned(owner);
      if (owner != rank() && blocks.count > 0)
        mail_.send(owner, tags_.sums(),
                   blocks_.message(blocks, exchange_.sums.data() + blocks_.begin(blocks.first)));
    }
    return owner;
  }
  void move_by_sums() {
    const int last = last_with_samples();
    const Share own = owned(rank());
    if (own.count == 0) return;
    Scalar* sums = nullptr;
    if (rank() == last) {
      sums = exchange_.sums.data() + blocks_.begin(own.first);
    } else {
      sums = room_for(blocks_.numbers(own));
      receive_numbers(last, tags_.sums(), own, sums);
    }
    team_.run(own.count, [&](Index k) {
      const Index block = own.first + k;
      layer_.projection.apply_part(weights_.projection, rule_, block,
                                   sums + blocks_.begin(block) - blocks_.begin(own.first));
    });
  }

  C& carrier_;
  Sends sends_;
  std::decay_t<decltype(std::declval<const Net&>().layer(I{}))> const& layer_;
  Team& team_;
  std::decay_t<decltype(at(std::declval<W&>(), I{}))>& weights_;
  State& s_;
  Learner& learner_;
  std::decay_t<decltype(at(std::declval<Learner&>().rules, I{}))>& rule_;
  std::decay_t<decltype(at(std::declval<Learner&>().exchange, I{}))>& exchange_;
  I i_;
  ColumnBlocks<std::decay_t<decltype(std::declval<const Net&>().layer(I{}).projection)>> blocks_;
  Mail<C> mail_;
  LayerTags tags_;
};

}  // namespace neohebb::detail
