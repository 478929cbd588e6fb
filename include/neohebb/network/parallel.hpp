// A batch in chunks of samples, and chunks over threads: the same bits for any number of threads.
#pragma once
#include <neohebb/core/parallel.hpp>
#include <neohebb/network/chunks.hpp>
#include <neohebb/network/presentation.hpp>

namespace neohebb {

/// Shows batches to a network. Chunk c holds samples [c·chunk, (c+1)·chunk) and has a state and credit of its
/// own; weights stand still while chunks run. An update is cut into pieces of the weights, and each piece
/// adds up the chunks in order. Chunks and pieces depend on sizes only.
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
template <class Layers> class Parallel {
 public:
  using Net = Network<Layers>;
  using Scalar = typename Net::Scalar;
  using Weights = typename Net::Weights;
  using Chunk = neohebb::Chunk<Layers>;
  using State = ChunkedState<Layers>;
  using NetState = typename Chunk::NetState;
  using NetCredit = decltype(std::declval<const Net&>().zero_credit(Extent<>{}, Index{}));
  using Record = typename Chunk::Record;
  template <class Rules> using Learner = ChunkedLearner<Rules, NetCredit>;
  static constexpr Index block = Chunk::block;
  Net net;

  Parallel(Net network, ThreadTeam& team, Index chunk = 32)
      : net(std::move(network)), team_(&team), chunk_(chunk) {
    check_positive("Parallel: chunk", chunk);
  }

  State zero_state(Index batch) const {
    check_positive("batch", batch);
    return State::zero(net, {batch, chunk_});
  }
  /// For batches of at most so many samples.
  template <Optimizer O> auto learner(const O& optimizer, Index batch, Index window) const {
    check_positive("batch", batch);
    auto rules = net.rules(optimizer);
    Learner<decltype(rules)> l{std::move(rules), {}, {}, {}};
    l.make_room(net, {batch, chunk_}, window);
    return l;
  }
  /// Sets every layer's learning rate.
  void set_rate(auto& learner, Scalar rate) const {
    for_each_layer(net.layers, [&](auto i) { neohebb::set_rate(at(learner.rules, i), rate); });
  }

  /// Shows the batch from zero state and learns. Returns the state's `losses`.
  const std::vector<Scalar>& learn(Weights& w, State& s, auto& learner, const Presentation& p,
                                   const Generator& generator, auto&& input, auto&& target) const {
    p.validate();
    learner.forget(net, w);
    learner.fit(net, s);
    begin(s, generator);
    if constexpr (Net::any_hears)
      learn_together(w, s, learner, p, input, target);
    else
      learn_layer_by_layer(w, s, learner, p, input, target);
    return s.mean_losses(p.asked());
  }
  /// Shows the batch from zero state and leaves each layer's answers in the state.
  void predict(const Weights& w, State& s, const Presentation& p, const Generator& generator,
               auto&& input) const {
    p.validate();
    begin(s, generator);
    each_chunk(s, [&](Chunk& c, std::size_t) {
      for (Index begun = 0; begun < p.steps; begun += block)
        for_each_layer(net.layers, [&](auto i) {
          for (Index t = begun; t < std::min(p.steps, begun + block); ++t) {
            c.run(net, w, i, t, t + 1, input);
            if (t >= p.burn_in + p.quiet) c.count_answer(net, i);
          }
        });
      s.answer(c);
    });
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
  void learn_steps(const Weights& w, State& s, auto& learner, auto i, Index begin, Index end,
                   const Presentation& p, auto& input, auto& target) const {
    const Index asked = p.burn_in + p.quiet;  // from this step on
    if (!net.layer(i).asks_batch()) {
      each_chunk(s, [&](Chunk& c, std::size_t k) {
        for (Index t = begin; t < end; ++t) {
          c.run(net, w, i, t, t + 1, input);
          if (t >= asked)
            credit(w, s, c, at(learner.credits[k], i), i, t, target);
          else
            credit_nothing(w, s, c, at(learner.credits[k], i), i);
        }
      });
      return;
    }
    for (Index t = begin; t < end; ++t) {  // the low-rate term needs the whole batch before any chunk's δ
      each_chunk(s, [&](Chunk& c, std::size_t) {
        c.run(net, w, i, t, t + 1, input);
        c.quiet[i] = s.share(c) * net.layer(i).of_batch(at(c.state, i));
      });
      Scalar whole = 0;
      for (const Chunk& c : s.chunks) whole += c.quiet[i];
      for (Chunk& c : s.chunks) c.quiet[i] = whole;
      if (t < asked) continue;
      each_chunk(s,
                 [&](Chunk& c, std::size_t k) { credit(w, s, c, at(learner.credits[k], i), i, t, target); });
    }
  }
  /// A layer makes a block of steps before the next one follows.
  void learn_layer_by_layer(Weights& w, State& s, auto& learner, const Presentation& p, auto& input,
                            auto& target) const {
    for (Index begun = 0; begun < p.steps; begun += block)
      for_each_layer(net.layers, [&](auto i) {
        const Index stop = std::min(p.steps, begun + block);
        for (Index t = begun; t < stop;) {
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
      });
  }
  /// Where layers hear of the readout's error, all of them make a step before any is taught.
  void learn_together(Weights& w, State& s, auto& learner, const Presentation& p, auto& input,
                      auto& target) const {
    bool asks = false;
    for_each_layer(net.layers, [&](auto i) { asks |= net.layer(i).asks_batch(); });
    const auto step = [&](Chunk& c, Index t) {
      input(t, c.first, c.in);
      net.step(w, c.state, c.in);
    };
    const auto teach_by = [&](Chunk& c, std::size_t k, const auto& now) {
      net.check_targets(now);
      net.teach(w, c.state, now, [&](auto i, const auto& asked) {
        const auto credit_part = [&](const auto& part) {
          c.loss[i] += net.layer(i).credit(at(w, i), at(c.state, i), part, at(learner.credits[k], i),
                                           s.share(c), c.quiet[i]);
        };
        if constexpr (requires { asked.middleCols(c.first, c.size()); }) {
          check_shape("target", asked, net.layer(i).answers(), s.batch);
          credit_part(asked.middleCols(c.first, c.size()));
        } else {
          credit_part(asked);
        }
      });
    };
    const auto teach = [&](Chunk& c, std::size_t k, Index t) {
      if (t < p.burn_in + p.quiet)
        teach_by(c, k, NoTarget{});
      else
        teach_by(c, k, at_time(target, t));
    };
    for (Index t = 0; t < p.steps;) {
      const bool learns = t >= p.burn_in;
      const Index end = learns ? std::min(p.steps, asks ? t + 1 : t + p.window) : p.burn_in;
      each_chunk(s, [&](Chunk& c, std::size_t k) {
        for (Index now = t; now < end; ++now) {
          step(c, now);
          if (learns && !asks) teach(c, k, now);
        }
      });
      if (learns && asks) {
        for_each_layer(net.layers, [&](auto i) { sum_over_batch(s, i); });
        each_chunk(s, [&](Chunk& c, std::size_t k) { teach(c, k, t); });
      }
      t = end;
      if (learns && (t == p.steps || (t - p.burn_in) % p.window == 0))
        for_each_layer(net.layers, [&](auto i) { update(w, s, learner, i); });
    }
  }
  void sum_over_batch(State& s, auto i) const {
    Scalar whole = 0;
    for (Chunk& c : s.chunks) whole += s.share(c) * net.layer(i).of_batch(at(c.state, i));
    for (Chunk& c : s.chunks) c.quiet[i] = whole;
  }
  void credit(const Weights& w, const State& s, Chunk& c, auto& credit, auto i, Index t, auto& target) const {
    const auto& now = at_time(target, t);  // may be a value made for this step
    net.check_targets(now);
    const auto& wanted = Net::target_of(now, i);
    check_shape("target", wanted, net.layer(i).answers(), s.batch);
    c.loss[i] += net.layer(i).credit(at(w, i), at(c.state, i), wanted.middleCols(c.first, c.size()), credit,
                                     s.share(c), c.quiet[i]);
  }
  /// A step that asks for nothing, for layers that remember it.
  void credit_nothing(const Weights& w, const State& s, Chunk& c, auto& credit, auto i) const {
    if constexpr (detail::takes_no_target<std::decay_t<decltype(net.layer(i))>>)
      net.layer(i).credit(at(w, i), at(c.state, i), NoTarget{}, credit, s.share(c));
  }
  void update(Weights& w, State& s, auto& learner, auto i) const {
    auto& weights = at(w, i);
    auto& rule = at(learner.rules, i);
    if (s.batch == 1) {  // one sample: a projection may have better ways than all of its pieces
      net.layer(i).update(weights, at(s.chunks[0].state, i), at(learner.credits[0], i), rule);
      return;
    }
    const auto& layer = net.layer(i);
    const auto credits = learner.each_credit(i, s.chunks.size());
    if constexpr (requires { layer.meet_batch(credits); }) layer.meet_batch(credits);
    each_chunk(s, [&](Chunk& c, std::size_t k) {
      layer.prepare_update(at(w, i), at(c.state, i), at(learner.credits[k], i));
    });
    team_->run(layer.parts(), [&](Index piece) { layer.update_part(weights, credits, rule, piece); });
    layer.finish_update(weights, credits);
  }
  static decltype(auto) at_time(auto& target, Index t) {
    if constexpr (requires { target.rows(); })
      return (target);  // a matrix, though Eigen lets one call it
    else if constexpr (requires { target(t); })
      return target(t);
    else
      return (target);
  }

  ThreadTeam* team_;
  Index chunk_;
};

}  // namespace neohebb
