// The chunks of a batch shared among processes: the same bits as on one, for any number of them.
#pragma once
#include <neohebb/network/parallel.hpp>
#include <neohebb/network/rank_update.hpp>

namespace neohebb {

/// Shares the chunks of a batch among processes (ranks), each with threads of its own, in place of
/// OneProcess:
///
///     MpiSession mpi(argc, argv);                              // network/mpi.hpp; run by mpirun -n 4
///     MpiCommunicator world = mpi.world();
///     ThreadTeam team(2);
///     const Parallel parallel(net, team, Ranks(world));        // and from here on as on one process
///
/// Every rank makes the same calls with the same numbers and has all weights; `input` is called for a rank's
/// own chunks alone. Results are those of one process with the same chunks, bit for bit: losses, answers and
/// weights, on every rank. Moments of a block of columns of the weights live with the rank that owns it;
/// `Parallel::gather` brings them to rank 0, which writes a checkpoint. All ranks read it.
///
/// At an update ranks send the factors of the gradient, and the owners of its columns multiply them chunk by
/// chunk, in order; or the sum of each block of columns goes from rank to rank, and every rank adds its
/// chunks to it. (A tree would need log₂ ranks messages in place of ranks − 1, but adds in another order:
/// what one process computes would change. Sums of several groups of blocks are under way at once, so a chain
/// is as fast where there are more groups than ranks.) Then owners send their weights. Where no layer
/// receives the readout's error, factors travel while the layers above make their steps: `poll` moves them on
/// between two steps. Sums go when the layer comes to its next step: the first rank's, sent earlier, were no
/// gain (benchmarks/RESULTS.md, "Ranks"). A rate term that looks at the whole batch in every step
/// (RateRegularisation with a strength) makes all ranks wait for each other in each of these steps.
///
/// Throws std::invalid_argument for updates at every step (window 1), which would send the weights in every
/// step: take longer windows; and for batches of one sample with linear optimizers. Throws std::runtime_error
/// for messages that do not fit. Where one rank throws, the others must be ended: run_on_ranks does so.
template <Communicator C> class Ranks {
 public:
  static constexpr bool by_layers = false;
  explicit Ranks(C& carrier, Sends sends = Sends::by_size) : carrier_(&carrier), sends_(sends) {}
  int rank() const { return carrier_->rank(); }
  int size() const { return carrier_->size(); }
  /// What this rank has sent and waited for beside the layers' updates: sums over the batch, losses and
  /// answers.
  const ExchangeCounts& of_batch() const { return *of_batch_; }

  // What Parallel calls, as in OneProcess.
  template <class Net> static auto exchange(const Net& net) {
    return map_layers(net.layers, [&](auto i) {
      using Credit = decltype(detail::keep_projection_credit(net.layer(i).zero_credit(Extent<>{1}, 1)));
      return LayerExchange<Credit, typename Net::Scalar>{};
    });
  }
  Share own(Index chunks) const { return Share::of(chunks, rank(), size()); }
  void check(const auto& /*net*/, const Presentation& p, const auto& s, const auto& learner) const {
    if (size() == 1) return;
    NEOHEBB_REQUIRE(p.window > 1, "Ranks: with Presentation.window = 1, ", size(),
                    " processes would exchange the weights in every step; take a longer window, or share "
                    "layers alone (RankGrid with one rank for samples)");
    const auto refuse_linear = [&]<class Rule>(const Rule&) {
      if constexpr (detail::is_linear<Rule>())
        NEOHEBB_REQUIRE(s.batch > 1, "Ranks: a batch of 1 sample with a linear optimizer is for one process");
    };
    for_each_layer(learner.rules, [&](auto i) { refuse_linear(at(learner.rules, i)); });
  }
  /// Moves messages on. Any thread may call it; the one that made this does it.
  void poll() const { poll(*carrier_); }
  void poll(C& carrier) const {
    if (carrier.size() > 1 && std::this_thread::get_id() == thread_) carrier.poll();
  }
  auto sum(const auto& net, auto& s, auto i) const {
    using S = typename std::decay_t<decltype(s)>::Scalar;
    S whole = 0;
    each_chunk(
        net, s, sum_tag, [&](const auto& c, auto& io) { io(c.quiet[i]); },
        [&](Index, auto& io) {
          S part = 0;
          io(part);
          whole += part;
        });
    return whole;
  }
  void each_loss(const auto& net, auto& s, auto&& use) const {
    auto loss = s.losses;
    each_chunk(
        net, s, loss_tag, [](const auto& c, auto& io) { io(c.loss); },
        [&](Index, auto& io) {
          io(loss);
          use(loss);
        });
  }
  void share_answers(const auto& net, auto& s) const {
    const auto visit = [&](Index first, Index samples, auto& io) {
      for (Index b = first; b < first + samples; ++b) {
        for (Index l = 0; l < s.summed.rows(); ++l) {
          io(s.most_frequent(l, b));
          io(s.summed(l, b));
        }
        if (s.together.size() > 0) io(s.together(b));
      }
    };
    each_chunk(
        net, s, answer_tag, [&](const auto& c, auto& io) { visit(c.first, c.size(), io); },
        [&](Index chunk, auto& io) { visit(s.cut.first(chunk), s.cut.samples(chunk), io); });
  }
  void gather(const auto& net, auto& /*weights*/, auto& learner) const {
    for_each_layer(net.layers, [&](auto i) {
      const auto& projection = net.layer(i).projection;
      const detail::ColumnBlocks blocks(projection);
      const auto visit = [&](int r, auto&& io) {
        const Share owned = blocks.owned(r, size());
        for (Index k = owned.first; k < owned.end(); ++k)
          detail::visit_moments(projection, k, at(learner.rules, i), io);
      };
      const detail::Mail mail(*carrier_, at(learner.exchange, i).counts);
      if (rank() > 0) {
        Message own;
        visit(rank(), Packer{own});
        return mail.send(0, moments_tag, std::move(own));
      }
      for (int r = 1; r < size(); ++r) {
        PackedSize expected;
        visit(r, [&](const auto& moments) { expected(moments); });
        const Message received = mail.receive(r, moments_tag, expected.bytes());
        Unpacker io(received);
        visit(r, [&](auto& moments) { io(moments); });
        io.end();
      }
    });
  }

  /// Begins an update: prepares the credits of this rank, and sends what can be sent.
  void update(const auto& net, auto& team, auto& w, auto& s, auto& learner, auto i) const {
    if (size() == 1) return OneProcess{}.update(net, team, w, s, learner, i);
    const auto& layer = net.layer(i);
    if constexpr (requires { layer.gather_batch_rates(learner.each_credit(i, 0)); })
      if (layer.has_late() && !of_each_sample(layer.rate)) share_counts(net, layer, s, learner, i);
    team.run(static_cast<Index>(s.chunks.size()), [&](Index c) {
      const auto k = static_cast<std::size_t>(c);
      layer.prepare_update(at(w, i), at(s.chunks[k].state, i), at(learner.credits[k], i));
    });
    detail::RankUpdate(*carrier_, sends_, net, team, w, s, learner, i).begin();
  }
  /// Ends it, if one is under way: receives, moves the weights that this rank owns, and takes the others'.
  void await(const auto& net, auto& team, auto& w, auto& s, auto& learner, auto i) const {
    if (at(learner.exchange, i).under_way)
      detail::RankUpdate(*carrier_, sends_, net, team, w, s, learner, i).end();
  }

 private:
  static constexpr int sum_tag = 0, loss_tag = 1, answer_tag = 2, moments_tag = 3;

  /// Whether a rate term looks at every sample alone, and so at nothing of other ranks.
  static bool of_each_sample(const auto& rate) {
    if constexpr (requires { rate.of_each_sample; })
      return rate.of_each_sample;
    else
      return false;
  }
  /// What the whole batch's spikes are, for rate terms that look at them before credits are prepared.
  void share_counts(const auto& net, const auto& layer, auto& s, auto& learner, auto i) const {
    using S = typename std::decay_t<decltype(s)>::Scalar;
    struct Counted {  // of a chunk: its samples' mean counts
      Matrix<S> counts;
      S share;
    };
    std::vector<Counted> all;
    const auto credit_of = [&](const auto& c) -> auto& {
      return at(learner.credits[static_cast<std::size_t>(&c - s.chunks.data())], i);
    };
    each_chunk(
        net, s, detail::LayerTags(i).counts(),
        [&](const auto& c, auto& io) {
          const auto& counts = credit_of(c).counts;
          Matrix<S> mean(counts.rows(), 1);
          for (Index k = 0; k < counts.rows(); ++k) mean(k) = counts.row(k).mean();
          io(mean);
          io(credit_of(c).share);
        },
        [&](Index, auto& io) {
          Counted counted{Matrix<S>(), 0};
          io(counted.counts);
          io(counted.share);
          all.push_back(std::move(counted));
        });
    layer.gather_batch_rates([&](auto&& use) {
      for (Counted& c : all) use(c);
    });
    for (auto& c : s.chunks) {
      auto& counts = credit_of(c).counts;
      for (Index k = 0; k < counts.rows(); ++k)
        counts.row(k).setConstant(all[static_cast<std::size_t>(s.own.first)].counts(k));
    }
  }
  static Index neurons_of(const auto& layer) {  // before pooling
    if constexpr (requires { layer.projection.outputs(); })
      return std::max(Index(layer.units()), Index(layer.projection.outputs()));
    else
      return Index(layer.units());
  }
  /// put(chunk, io) for the chunks of this rank, then take(number, io) for all chunks of the batch, in order,
  /// of messages.
  void each_chunk(const auto& net, auto& s, int tag, auto&& put, auto&& take) const {
    Message own;
    Packer to{own};
    for (const auto& c : s.chunks) put(c, to);
    const detail::Mail mail(*carrier_, *of_batch_);
    std::vector<Message> all(static_cast<std::size_t>(size()));
    all[static_cast<std::size_t>(rank())] = own;
    mail.send_all(tag, std::move(own));
    // Numbers of a sample, of a layer, of a neuron: far above what any chunk says.
    Index units = 64;
    for_each_layer(net.layers, [&](auto i) { units += neurons_of(net.layer(i)) + 64; });
    mail.receive_all(
        tag,
        [&](int r) {
          const Share chunks = Share::of(s.cut.count(), r, size());
          const Index samples = chunks.count * s.cut.chunk;
          return static_cast<std::size_t>(
              8 * (chunks.count * units + samples * (1 + 2 * Index(s.losses.size()))));
        },
        [&](int r, Message message) { all[static_cast<std::size_t>(r)] = std::move(message); });
    Index chunk = 0;
    for (int r = 0; r < size(); ++r) {
      Unpacker from(all[static_cast<std::size_t>(r)]);
      const Share chunks = Share::of(s.cut.count(), r, size());
      for (Index k = 0; k < chunks.count; ++k) take(chunk++, from);
      from.end();
    }
  }
  C* carrier_;
  Sends sends_;
  std::thread::id thread_ = std::this_thread::get_id();
  std::shared_ptr<ExchangeCounts> of_batch_ = std::make_shared<ExchangeCounts>();  // of all copies of this
};

}  // namespace neohebb
