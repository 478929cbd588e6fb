// A batch in chunks of samples, and chunks over threads: the same bits for any number of threads.
#pragma once
#include <neohebb/core/parallel.hpp>
#include <neohebb/network/chunk_credit.hpp>
#include <neohebb/network/presentation.hpp>

namespace neohebb {

/// Shows batches to a network. Chunk c holds samples [c·chunk, (c+1)·chunk) and has a state and credit of its
/// own; weights do not change while chunks run. An update takes the weights by blocks of columns, and each
/// block adds up the chunks in order. Chunks and blocks depend on sizes only.
///
///     ThreadTeam team(2);
///     const Parallel parallel(net, team);
///     auto state = parallel.zero_state(batch);
///     auto learner = parallel.learner(Adam<float>{}, batch, presentation.window);
///     parallel.learn(weights, state, learner, presentation, generator, input, target);
///     parallel.predict(weights, state, presentation, generator, input);
///
///   generator   of the batch's first sample (`sample` is its number in the whole run)
///   input       input(t, first, spikes): writes step t of the batch's samples from `first` on;
///               called on the team's threads
///   target      classes × batch; or a tuple or vector of one for each layer; or a function of t
///               that returns either, called on the team's threads, for every layer
///
/// Processes: OneProcess; or Ranks or RankGrid, which shares the chunks among processes: Parallel(net, team,
/// Ranks(communicator)).
template <class Layers, class Processes = OneProcess> class Parallel {
 public:
  using Net = Network<Layers>;
  using Scalar = typename Net::Scalar;
  using Weights = typename Net::Weights;
  using Chunk = neohebb::Chunk<Layers>;
  using State = ChunkedState<Layers>;
  using NetState = typename Chunk::NetState;
  using NetCredit = decltype(std::declval<const Net&>().zero_credit(Extent<>{}, Index{}));
  using Record = typename Chunk::Record;
  template <class Rules>
  using Learner = ChunkedLearner<Rules, NetCredit, decltype(Processes::exchange(std::declval<const Net&>()))>;
  static constexpr Index block = Chunk::block;
  Net net;

  Parallel(Net network, ThreadTeam& team, Index chunk = 32)
      : Parallel(std::move(network), team, Processes{}, chunk) {}
  Parallel(Net network, ThreadTeam& team, Processes processes, Index chunk = 32)
      : net(std::move(network)), team_(&team), processes_(std::move(processes)), chunk_(chunk) {
    check_positive("Parallel: chunk", chunk);
  }

  State zero_state(Index batch) const {
    check_positive("batch", batch);
    const Chunking cut{batch, chunk_};
    return State::zero(net, cut, processes_.own(cut.count()));
  }
  /// For batches of at most so many samples.
  template <Optimizer O> auto learner(const O& optimizer, Index batch, Index window) const {
    check_positive("batch", batch);
    auto rules = net.rules(optimizer);
    const Chunking cut{batch, chunk_};
    Learner<decltype(rules)> l{std::move(rules), {}, {}, cut, window, Processes::exchange(net)};
    l.make_room(net, processes_.own(cut.count()));
    return l;
  }
  /// Sets every layer's learning rate.
  void set_rate(auto& learner, Scalar rate) const {
    for_each_layer(net.layers, [&](auto i) { neohebb::set_rate(at(learner.rules, i), rate); });
  }
  /// Brings what other processes alone have to the first one, before it is saved: moments, and weights of
  /// their layers.
  void gather(Weights& w, auto& learner) const { processes_.gather(net, w, learner); }
  /// Where ranks have the numbers of their own layers alone (GridOptions.own_losses): all of them, on every
  /// rank. numbers: one for each layer. All ranks call it. Throws std::invalid_argument for another number of
  /// them.
  template <class T> void join_layers(std::vector<T>& numbers) const {
    NEOHEBB_REQUIRE(numbers.size() == net.size(), "Parallel::join_layers: ", numbers.size(), " numbers for ",
                    net.size(), " layers");
    if constexpr (Processes::by_layers) processes_.join_layers(net, numbers);
  }

  /// Shows the batch from zero state and learns. Returns the state's `losses`.
  const std::vector<Scalar>& learn(Weights& w, State& s, auto& learner, const Presentation& p,
                                   const Generator& generator, auto&& input, auto&& target) const {
    p.validate();
    processes_.check(net, p, s, learner);
    if constexpr (Processes::by_layers) processes_.begin_batch();
    learner.forget(net, w);
    learner.fit(net, s);
    begin(s, generator);
    if constexpr (!Net::any_receives_readout_error) {
      learn_layer_by_layer(w, s, learner, p, input, target);
    } else {
      bool late = false;  // whether layers receive errors when the readout is blocks ahead
      if constexpr (Processes::by_layers) late = processes_.shares_layers();
      if constexpr (Processes::by_layers)
        if (late) learn_layer_by_layer(w, s, learner, p, input, target);
      if (!late) learn_together(w, s, learner, p, input, target);
    }
    if constexpr (Processes::by_layers) processes_.end_batch();
    return s.mean_losses(p.taught_steps(), [&](auto&& use) { processes_.each_loss(net, s, use); });
  }
  /// Shows the batch from zero state and leaves each layer's answers in the state.
  void predict(const Weights& w, State& s, const Presentation& p, const Generator& generator,
               auto&& input) const {
    p.validate();
    begin(s, generator);
    const auto answer_steps = [&](Chunk& c, auto i, Index from, Index to) {
      for (Index t = from; t < to; ++t) {
        c.run(net, w, i, t, t + 1, input);
        if (t >= p.burn_in + p.quiet) c.count_answer(net, i);
      }
    };
    if constexpr (Processes::by_layers) {
      each_block(s, p, [&](auto i, Index from, Index to) {
        each_chunk(s, [&](Chunk& c, std::size_t) { answer_steps(c, i, from, to); });
      });
      processes_.join_answers(net, s);
      each_chunk(s, [&](Chunk& c, std::size_t) { s.answer(c); });
    } else {
      each_chunk(s, [&](Chunk& c, std::size_t) {
        for (Index begun = 0; begun < p.steps; begun += block)
          for_each_layer(net.layers,
                         [&](auto i) { answer_steps(c, i, begun, std::min(p.steps, begun + block)); });
        s.answer(c);
      });
    }
    processes_.share_answers(net, s);
  }

 private:
  void each_chunk(State& s, auto&& f) const {
    team_->run(static_cast<Index>(s.chunks.size()), [&](Index c) {
      const auto k = static_cast<std::size_t>(c);
      f(s.chunks[k], k);
    });
  }
  void begin(State& s, const Generator& generator) const {
    each_chunk(s, [&](Chunk& c, std::size_t) { c.begin(net, generator); });
  }
  /// steps(i, from, to) for blocks of steps and the layers that this process has; others' spikes go up
  /// between them.
  void each_block(State& s, const Presentation& p, auto&& steps) const {
    const Index many = [&] {
      if constexpr (Processes::by_layers)
        return processes_.steps_at_once(p);
      else
        return block;
    }();
    for (Index begun = 0; begun < p.steps; begun += many)
      for_each_layer(net.layers, [&](auto i) {
        const Index stop = std::min(p.steps, begun + many);
        if constexpr (Processes::by_layers) {
          if (!processes_.holds(net, i)) return;
          processes_.take_spikes(net, s, i, begun, stop);
          steps(i, begun, stop);
          processes_.pass_spikes(net, s, i, begun, stop);
        } else {
          steps(i, begun, stop);
        }
      });
  }
  void learn_steps(const Weights& w, State& s, auto& learner, auto i, Index begin, Index end,
                   const Presentation& p, auto& input, auto& target) const {
    const Index credited = p.burn_in + p.quiet;  // from this step on
    if (!net.layer(i).needs_batch_rate()) {
      each_chunk(s, [&](Chunk& c, std::size_t k) {
        for (Index t = begin; t < end; ++t) {
          c.run(net, w, i, t, t + 1, input);
          teach(w, s, c, learner.credits[k], i, t, t >= credited, target);
          processes_.poll();
        }
      });
      return;
    }
    for (Index t = begin; t < end; ++t) {  // the low-rate term needs the whole batch before any chunk's δ
      each_chunk(s, [&](Chunk& c, std::size_t) {
        c.run(net, w, i, t, t + 1, input);
        c.quiet[i] = s.share(c) * net.layer(i).of_batch(at(c.state, i));
      });
      share_sum(s, i);
      if (t < credited && !Net::any_receives_readout_error) continue;
      each_chunk(s, [&](Chunk& c, std::size_t k) {
        teach(w, s, c, learner.credits[k], i, t, t >= credited, target);
        processes_.poll();
      });
    }
  }
  /// A layer makes a block of steps before the next one follows.
  void learn_layer_by_layer(Weights& w, State& s, auto& learner, const Presentation& p, auto& input,
                            auto& target) const {
    each_block(s, p, [&](auto i, Index begun, Index stop) {
      if constexpr (Net::any_receives_readout_error) processes_.take_errors(net, s, p, i, begun, stop);
      for (Index t = begun; t < stop;) {
        processes_.await(net, *team_, w, s, learner, i);
        const Index gone = t < p.burn_in ? 0 : (t - p.burn_in) % p.window;  // of this layer's window
        const Index end = std::min(stop, t < p.burn_in ? p.burn_in : t + p.window - gone);
        if (t < p.burn_in) {
          each_chunk(s, [&](Chunk& c, std::size_t) { c.run(net, w, i, t, end, input); });
        } else {
          learn_steps(w, s, learner, i, t, end, p, input, target);
          if (end == p.steps || (end - p.burn_in) % p.window == 0) update(w, s, learner, i);
        }
        t = end;
      }
      if constexpr (Net::any_receives_readout_error) processes_.pass_errors(net, s, p, i, begun, stop);
    });
    await_all(w, s, learner);
  }
  /// Where layers receive the readout's error, all of them make a step before any is taught.
  void learn_together(Weights& w, State& s, auto& learner, const Presentation& p, auto& input,
                      auto& target) const {
    bool needs_rate = false;
    for_each_layer(net.layers, [&](auto i) { needs_rate |= net.layer(i).needs_batch_rate(); });
    const auto step = [&](Chunk& c, Index t) {
      input(t, c.first, c.in);
      net.step(w, c.state, c.in);
    };
    const auto teach_by = [&](Chunk& c, std::size_t k, const auto& now) {
      net.check_targets(now);
      net.teach(w, c.state, now, [&](auto i, const auto& target_of_layer) {
        detail::credit_chunk(net, w, s, c, i, target_of_layer, learner.credits[k]);
      });
    };
    const auto teach = [&](Chunk& c, std::size_t k, Index t) {
      if (t < p.burn_in + p.quiet)
        teach_by(c, k, NoTarget{});
      else
        teach_by(c, k, detail::target_at(target, t));
    };
    for (Index t = 0; t < p.steps;) {
      const bool learns = t >= p.burn_in;
      const Index end = learns ? std::min(p.steps, needs_rate ? t + 1 : t + p.window) : p.burn_in;
      each_chunk(s, [&](Chunk& c, std::size_t k) {
        for (Index now = t; now < end; ++now) {
          step(c, now);
          if (learns && !needs_rate) teach(c, k, now);
        }
      });
      if (learns && needs_rate) {
        for_each_layer(net.layers, [&](auto i) { sum_over_batch(s, i); });
        each_chunk(s, [&](Chunk& c, std::size_t k) { teach(c, k, t); });
      }
      t = end;
      if (learns && (t == p.steps || (t - p.burn_in) % p.window == 0)) {
        for_each_layer(net.layers, [&](auto i) { update(w, s, learner, i); });
        await_all(w, s, learner);
      }
    }
  }
  void sum_over_batch(State& s, auto i) const {
    for (Chunk& c : s.chunks) c.quiet[i] = s.share(c) * net.layer(i).of_batch(at(c.state, i));
    share_sum(s, i);
  }
  void share_sum(State& s, auto i) const {
    const Scalar whole = processes_.sum(net, s, i);
    for (Chunk& c : s.chunks) c.quiet[i] = whole;
  }
  /// Credits layer i alone for step t; for NoTarget where the step is not credited.
  void teach(const Weights& w, const State& s, Chunk& c, auto& credit, auto i, Index t, bool credited,
             auto& target) const {
    const auto teach_by = [&](const auto& now) {
      net.check_targets(now);
      if constexpr (Net::any_receives_readout_error)
        detail::teach_alone(net, w, s, c, i, t, now, credit);
      else
        detail::credit_chunk(net, w, s, c, i, Net::target_of(now, i), credit);
    };
    if (credited)
      teach_by(detail::target_at(target, t));
    else if constexpr (Net::any_receives_readout_error)
      teach_by(NoTarget{});
    else if constexpr (detail::takes_no_target<std::decay_t<decltype(net.layer(i))>>)
      net.layer(i).credit(at(w, i), at(c.state, i), NoTarget{}, at(credit, i), s.share(c));
  }
  void update(Weights& w, State& s, auto& learner, auto i) const {
    processes_.update(net, *team_, w, s, learner, i);
  }
  /// Updates that are under way between processes reach the weights before the layer's next step.
  void await_all(Weights& w, State& s, auto& learner) const {
    for_each_layer(net.layers, [&](auto i) { processes_.await(net, *team_, w, s, learner, i); });
  }
  ThreadTeam* team_;
  Processes processes_;
  Index chunk_;
};

template <class Layers> Parallel(Network<Layers>, ThreadTeam&) -> Parallel<Layers>;
template <class Layers> Parallel(Network<Layers>, ThreadTeam&, Index) -> Parallel<Layers>;
template <class Layers> Parallel(Network<Layers>, ThreadTeam&, int) -> Parallel<Layers>;
template <class Layers, class Processes>
requires(!std::is_arithmetic_v<Processes>) Parallel(Network<Layers>, ThreadTeam&, Processes, Index = 32)
->Parallel<Layers, Processes>;

}  // namespace neohebb
