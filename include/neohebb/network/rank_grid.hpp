// A grid of processes: some share the samples of a batch, some the layers of the network.
#pragma once
#include <neohebb/network/cut_layers.hpp>
#include <neohebb/network/late_errors.hpp>
#include <neohebb/network/ranks.hpp>
#include <neohebb/network/spike_message.hpp>
#include <optional>

namespace neohebb {

/// How a grid of ranks works together.
///
///   parameter    default   meaning
///   sends        by_size   as in Ranks
///   steps        0         so many go up at a time, 1 to 32; 0: an eighth of those shown, at least 2
///   own_losses   false     `learn` gives losses of this rank's layers alone, 0 for others: no rank waits for
///                          those above it. Parallel::join_layers brings their sums together
///   ahead        2         with own_losses: batches that a rank may be ahead of the one above
struct GridOptions {
  Sends sends = Sends::by_size;
  Index steps = 0;
  bool own_losses = false;
  Index ahead = 2;
};

/// Shares layers among ranks, and samples among as many groups of them, in place of OneProcess or Ranks:
///
///     MpiCommunicator samples = world.split(world.rank() % 2);   // ranks with the same layers
///     MpiCommunicator layers = world.split(world.rank() / 2);    // two ranks with the same samples
///     const Parallel parallel(net, team, RankGrid(samples, layers));
///
/// Every rank of `layers` holds consecutive layers, which it alone steps and teaches; what the last of them
/// show goes up, some steps at a time, and each rank works at other steps: where layers learn by rules of
/// their own, nothing comes back. Ranks of `samples` share the chunks of a batch as with Ranks. The results
/// are those of one process, bit for bit; weights and moments of a layer are with its rank until
/// `Parallel::gather` brings them to the first one. Updates at every step can be shared by layers alone.
///
/// Layers that receive the readout's error (Broadcast: e-prop, SuperSpike) receive it later:
///
///     L_j(t) = Σ_k F_jk e_k(t − D),   D: Broadcast.delay of each layer, at least GridOptions.steps
///
/// The readout's rank sends the errors of so many steps down. With D = `steps` a rank waits for them in the
/// next block, so ranks take turns; with `ranks`·`steps` all of them work at the same time. The bits are
/// those of one process with the same D.
///
/// Throws std::invalid_argument for such layers with a shorter delay, and with feedback that moves with the
/// readout's weights (symmetric, adaptive); for more ranks than layers; and what Ranks throws.
template <Communicator C> class RankGrid {
 public:
  static constexpr bool by_layers = true;
  RankGrid(C& samples, C& layers, const GridOptions& options = {})
      : samples_(samples, options.sends),
        layers_(&layers),
        options_(options),
        progress_(std::make_shared<Progress>()) {
    check_range<Index>("GridOptions.steps", options.steps, 0, 32);
    check_positive("GridOptions.ahead", options.ahead);
  }
  /// Bytes that this rank has sent to ranks with other layers: spikes above all; and seconds that it waited
  /// for such.
  const ExchangeCounts& spikes() const { return progress_->counts; }
  /// As of Ranks.
  const ExchangeCounts& of_batch() const { return samples_.of_batch(); }

  // What Parallel calls, as in OneProcess.
  template <class Net> static auto exchange(const Net& net) { return Ranks<C>::exchange(net); }
  Share own(Index chunks) const { return samples_.own(chunks); }
  void check(const auto& net, const Presentation& p, const auto& s, const auto& learner) const {
    if (shares_layers()) detail::check_late_errors(net, steps_at_once(p));
    samples_.check(net, p, s, learner);
  }
  /// Whether other ranks have other layers.
  bool shares_layers() const { return layers_->size() > 1; }
  /// Whether this rank has layer i.
  bool holds(const auto& net, auto i) const { return layers_of(net).has(static_cast<Index>(std::size_t(i))); }
  Index steps_at_once(const Presentation& p) const {
    if (!shares_layers()) return 32;
    return options_.steps > 0 ? options_.steps : std::clamp<Index>(p.steps / 8, 2, 32);
  }
  /// Waits for steps [from, to) of the layer below i, if i is this rank's lowest and not the network's.
  void take_spikes(const auto& net, auto& s, auto i, Index from, Index to) const {
    const Share layers = layers_of(net);
    if (static_cast<Index>(std::size_t(i)) != layers.first || layers.first == 0) return;
    with_below(i, [&](auto below) {
      std::size_t most = 0;
      for (const auto& c : s.chunks) most += spike_message(net, c, below).most(to - from);
      const Message message = mail().receive(layers_->rank() - 1, spikes_tag, most);
      Unpacker io(message);
      for (auto& c : s.chunks)
        spike_message(net, c, below)
            .unpack(
                io, to - from, [&](Index t) -> auto& { return shown(c, below, from + t); });
      io.end();
    });
  }
  /// Sends what layer i showed in steps [from, to) up, if i is this rank's highest and not the network's.
  void pass_spikes(const auto& net, auto& s, auto i, Index from, Index to) const {
    const Share layers = layers_of(net);
    if (static_cast<Index>(std::size_t(i)) + 1 != layers.end() ||
        layers.end() == static_cast<Index>(net.size()))
      return;
    Message message;
    for (auto& c : s.chunks)
      spike_message(net, c, i).pack(
          message, to - from, [&](Index t) -> const auto& { return shown(c, i, from + t); });
    mail().send(layers_->rank() + 1, spikes_tag, std::move(message));
  }
  /// Waits for the readout's errors that this rank's layers receive in steps [from, to), if i is its lowest
  /// layer and another rank has the readout.
  void take_errors(const auto& net, auto& s, const Presentation& p, auto i, Index from, Index to) const {
    if (static_cast<Index>(std::size_t(i)) != layers_of(net).first || holds(net, net.top)) return;
    const std::optional<Index> delay = delay_of(net, layers_->rank());
    if (!delay) return;
    const Share steps = detail::LateErrors{p, steps_at_once(p), *delay}.taken_before(from, to);
    if (steps.count == 0) return;
    std::size_t most = 0;
    for (auto& c : s.chunks) most += detail::ChunkErrors{net, c}.bytes(steps.count);
    const Message message = mail().receive(layers_->size() - 1, errors_tag, most);
    Unpacker io(message);
    for (auto& c : s.chunks)
      detail::ChunkErrors{net, c}.unpack(io, steps, from - 1, [&](auto k) { return holds(net, k); });
    io.end();
  }
  /// If i is the readout: its errors in steps [from, to) go to the ranks whose layers receive them.
  void pass_errors(const auto& net, auto& s, const Presentation& p, auto i, Index from, Index to) const {
    if (static_cast<std::size_t>(i) != net.top) return;
    std::shared_ptr<const Message> message;
    for (int r = 0; r < layers_->size(); ++r) {
      const std::optional<Index> delay = delay_of(net, r);
      if (!delay) continue;
      const detail::LateErrors late{p, steps_at_once(p), *delay};
      const Share steps = late.of_block(from);
      if (!late.are_received(from)) continue;
      if (r == layers_->rank()) {
        for (auto& c : s.chunks)
          detail::ChunkErrors{net, c}.pass(steps, to - 1, [&](auto k) { return holds(net, k); });
      } else {
        if (!message) {
          Message packed;
          Packer io{packed};
          for (auto& c : s.chunks) detail::ChunkErrors{net, c}.pack(io, steps);
          message = std::make_shared<const Message>(std::move(packed));
        }
        mail().send(r, errors_tag, message);
      }
    }
  }
  void poll() const { samples_.poll(), samples_.poll(*layers_); }
  auto sum(const auto& net, auto& s, auto i) const { return samples_.sum(net, s, i); }
  /// Waits where this rank is too far ahead of the one above.
  void begin_batch() const {
    if (options_.own_losses && layers_->rank() + 1 < layers_->size() &&
        progress_->batches_ahead++ == options_.ahead)
      receive_batch_ends(1);
  }
  /// Tells the rank below that this one has taken a batch.
  void end_batch() const {
    if (options_.own_losses && layers_->rank() > 0) mail().send(layers_->rank() - 1, ended_tag, Message());
  }
  /// A number of each layer, from the ranks that have them. All ranks call it.
  template <class T> void join_layers(const auto& net, std::vector<T>& numbers) const {
    receive_batch_ends(progress_->batches_ahead);
    const auto visit = [&](int r, auto&& io) { each_layer_of(net, r, [&](auto i) { io(numbers[i]); }); };
    Message own;
    visit(layers_->rank(), Packer{own});
    mail().send_all(numbers_tag, std::move(own));
    mail().receive_all(
        numbers_tag, [&](int) { return numbers.size() * sizeof(T); },
        [&](int r, const Message& received) {
          Unpacker io(received);
          visit(r, io);
          io.end();
        });
  }
  void each_loss(const auto& net, auto& s, auto&& use) const {
    if (!options_.own_losses) join(net, s, [](auto& c, auto i, auto&& io) { io(c.loss[i]); });
    samples_.each_loss(net, s, use);
  }
  /// What layers of other ranks answered.
  void join_answers(const auto& net, auto& s) const {
    join(net, s, [](auto& c, auto i, auto&& io) {
      io(c.votes[i].votes);
      io(c.sums[i].sum);
    });
  }
  void share_answers(const auto& net, auto& s) const { samples_.share_answers(net, s); }
  void gather(const auto& net, auto& w, auto& learner) const {
    samples_.gather(net, w, learner);
    if (samples_.rank() > 0) return;
    const auto visit = [&](int r, auto&& io) {
      each_layer_of(net, r, [&](auto i) {
        io(at(w, i));
        io(at(learner.rules, i));
      });
    };
    if (layers_->rank() > 0) {
      Message own;
      visit(layers_->rank(), Packer{own});
      return mail().send(0, gather_tag, std::move(own));
    }
    for (int r = 1; r < layers_->size(); ++r) {
      PackedSize expected;
      visit(r, [&](const auto& part) { expected(part); });
      const Message received = mail().receive(r, gather_tag, expected.bytes());
      Unpacker io(received);
      visit(r, [&](auto& part) { io(part); });
      io.end();
    }
  }
  void update(const auto& net, auto& team, auto& w, auto& s, auto& learner, auto i) const {
    samples_.update(net, team, w, s, learner, i);
  }
  void await(const auto& net, auto& team, auto& w, auto& s, auto& learner, auto i) const {
    samples_.await(net, team, w, s, learner, i);
  }

 private:
  static constexpr int spikes_tag = 0, gather_tag = 1, join_tag = 2, numbers_tag = 3, ended_tag = 4,
                       errors_tag = 5;

  detail::Mail<C> mail() const { return {*layers_, progress_->counts}; }
  void receive_batch_ends(Index batches) const {
    for (; batches > 0; --batches, --progress_->batches_ahead)
      mail().receive(layers_->rank() + 1, ended_tag, 0);
  }
  Share layers_of(const auto& net) const { return layers_of(net, layers_->rank()); }
  Share layers_of(const auto& net, int rank) const {
    std::vector<double> costs;
    for_each_layer(net.layers, [&](auto i) {
      costs.push_back(static_cast<double>(Index(net.layer(i).inputs())) *
                      static_cast<double>(Index(net.layer(i).units())));
    });
    const auto first = cut_layers(costs, layers_->size());
    const auto r = static_cast<std::size_t>(rank);
    return {first[r], first[r + 1] - first[r]};
  }
  void each_layer_of(const auto& net, int rank, auto&& use) const {
    const Share layers = layers_of(net, rank);
    for_each_layer(net.layers, [&](auto i) {
      if (layers.has(static_cast<Index>(std::size_t(i)))) use(i);
    });
  }
  /// Steps after which the first of a rank's layers receives the readout's error, if any does.
  std::optional<Index> delay_of(const auto& net, int rank) const {
    const Share layers = layers_of(net, rank);
    std::optional<Index> least;
    detail::each_late_receiver(net, [&](auto i) {
      const Index delay = detail::broadcast_of(net.layer(i).signal).delay;
      if (layers.has(static_cast<Index>(std::size_t(i)))) least = std::min(delay, least.value_or(delay));
    });
    return least;
  }
  static void with_below(auto i, auto&& use) {
    if constexpr (!known_to_compiler<decltype(i)>)
      use(i - 1);
    else if constexpr (i > 0)
      use(std::integral_constant<std::size_t, i - 1>{});
  }
  static SpikeMessage spike_message(const auto& net, const auto& c, auto i) {
    return {Index(net.layer(i).units()), c.size()};
  }
  static auto& shown(auto& c, auto i, Index t) {
    return at(c.record, i)[static_cast<std::size_t>(t % c.block)];
  }
  /// Something of this rank's chunks and layers goes to the ranks with the same chunks and other layers.
  /// visit(chunk, layer, io).
  void join(const auto& net, auto& s, auto&& visit) const {
    const auto all = [&](int r, auto&& io) {
      for (auto& c : s.chunks) each_layer_of(net, r, [&](auto i) { visit(c, i, io); });
    };
    Message own;
    all(layers_->rank(), Packer{own});
    mail().send_all(join_tag, std::move(own));
    mail().receive_all(
        join_tag,
        [&](int r) {
          PackedSize expected;
          all(r, [&](const auto& part) { expected(part); });
          return expected.bytes();
        },
        [&](int r, const Message& received) {
          Unpacker io(received);
          all(r, [&](auto& part) { io(part); });
          io.end();
        });
  }

  Ranks<C> samples_;
  C* layers_;
  GridOptions options_;
  /// Of all copies of this: what was sent, and batches that the rank above has not ended yet, as far as this
  /// one knows.
  struct Progress {
    ExchangeCounts counts;
    Index batches_ahead = 0;
  };
  std::shared_ptr<Progress> progress_;
};

}  // namespace neohebb
