// A batch in chunks of samples, and chunks over threads: the same bits for any number of threads.
#pragma once
#include <neohebb/core/parallel.hpp>
#include <neohebb/learning/prediction.hpp>
#include <neohebb/network/network.hpp>
#include <neohebb/network/presentation.hpp>
#include <vector>

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
  using NetState = decltype(std::declval<const Net&>().zero_state(Extent<>{}));
  using NetCredit = decltype(std::declval<const Net&>().zero_credit(Extent<>{}, Index{}));
  Net net;

  Parallel(Net network, ThreadTeam& team, Index chunk = 32)
      : net(std::move(network)), team_(&team), chunk_(chunk) {
    check_positive("Parallel: chunk", chunk);
  }

  /// Steps that a layer makes before the next one follows: its weights stay in the cache meanwhile.
  static constexpr Index block = 32;
  using Record = decltype(std::declval<const Net&>().record(std::declval<const NetState&>(), Index{}));

  struct Chunk {
    Index first;
    Spikes<Scalar> in;
    NetState zero, state;
    Record record;                    // what the layers showed in this block
    std::vector<Scalar> loss, quiet;  // of each layer
    std::vector<MostFrequentWinner<>> votes;
    std::vector<SummedReadout<Scalar>> sums;
    Index size() const { return in.batch(); }
  };
  struct State {
    Index batch;
    std::vector<Chunk> chunks;
    /// What `learn` leaves: each layer's mean loss over the credited steps.
    std::vector<Scalar> losses;
    /// What `predict` leaves: a class for each layer (rows) and sample (columns), by either rule.
    Matrix<int> most_frequent, summed;
    /// And for each sample the class by the readouts summed over steps and over all layers; empty where the
    /// layers' numbers of classes differ.
    Vector<int> together;
  };
  State zero_state(Index batch) const {
    check_positive("batch", batch);
    State s{batch,
            {},
            std::vector<Scalar>(net.size()),
            Matrix<int>::Zero(count(), batch),
            Matrix<int>::Zero(count(), batch),
            Vector<int>::Zero(same_classes() ? batch : 0)};
    s.chunks.reserve(static_cast<std::size_t>((batch + chunk_ - 1) / chunk_));
    for (Index first = 0; first < batch; first += chunk_) {
      const Extent size(std::min(chunk_, batch - first));
      auto zero = net.zero_state(size);
      Chunk c{first,
              {Extent<>{net.layer(bottom).inputs()}, size},
              zero,
              zero,
              net.record(zero, block),
              std::vector<Scalar>(net.size()),
              std::vector<Scalar>(net.size()),
              {},
              {}};
      for_each_layer(net.layers, [&](auto i) {
        const Extent<> answers(std::max<Index>(1, net.layer(i).answers()));
        c.votes.emplace_back(answers, size);
        c.sums.emplace_back(answers, size);
      });
      s.chunks.push_back(std::move(c));
    }
    return s;
  }
  /// Optimizers and moments, and the credit of each chunk of at most `batch` samples.
  template <class Rules> struct Learner {
    Rules rules;
    std::vector<NetCredit> credits;
    std::vector<Index> sizes;  // samples that each credit has room for
    static void fields(auto& self, auto&& visit) { visit("rules", self.rules); }
  };
  template <Optimizer O> auto learner(const O& optimizer, Index batch, Index window) const {
    check_positive("batch", batch);
    auto rules = net.rules(optimizer);
    Learner<decltype(rules)> l{std::move(rules), {}, {}};
    for (Index first = 0; first < batch; first += chunk_) {
      l.sizes.push_back(std::min(chunk_, batch - first));
      l.credits.push_back(net.zero_credit(Extent(l.sizes.back()), window));
    }
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
    for (std::size_t k = 0; k < s.chunks.size(); ++k)
      NEOHEBB_REQUIRE(k < learner.sizes.size() && s.chunks[k].size() <= learner.sizes[k],
                      "Parallel: the learner is made for fewer samples than ", s.batch,
                      ", or for smaller chunks");
    forget(w, learner);
    begin(s, generator);
    if constexpr (Net::any_hears)
      learn_together(w, s, learner, p, input, target);
    else
      learn_layer_by_layer(w, s, learner, p, input, target);
    return mean_losses(s, p);
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
            run(w, c, i, t, t + 1, input);
            if (t < p.burn_in) continue;
            if constexpr (requires { net.layer(i).output(at(c.state, i)); }) {
              const auto& output = net.layer(i).output(at(c.state, i));
              c.votes[i].count(output);
              c.sums[i].count(output);
            }
          }
        });
      for (std::size_t i = 0; i < c.votes.size(); ++i)
        for (Index b = 0; b < c.size(); ++b) {
          s.most_frequent(static_cast<Index>(i), c.first + b) = static_cast<int>(c.votes[i].predict(b));
          s.summed(static_cast<Index>(i), c.first + b) = static_cast<int>(c.sums[i].predict(b));
        }
      if (s.together.size() == 0) return;
      for (std::size_t i = 1; i < c.sums.size(); ++i) c.sums[0].sum += c.sums[i].sum;
      for (Index b = 0; b < c.size(); ++b) s.together(c.first + b) = static_cast<int>(c.sums[0].predict(b));
    });
  }

 private:
  static constexpr std::integral_constant<std::size_t, 0> bottom{};
  Index count() const { return static_cast<Index>(net.size()); }
  bool same_classes() const {
    bool same = true;
    const Index answers = net.layer(bottom).answers();
    for_each_layer(net.layers, [&](auto i) { same &= net.layer(i).answers() == answers; });
    return same && answers > 0;
  }

  void each_chunk(State& s, auto&& f) const {
    team_->run(static_cast<Index>(s.chunks.size()), [&](Index c) {
      const auto k = static_cast<std::size_t>(c);
      f(s.chunks[k], k);
    });
  }
  void begin(State& s, const Generator& generator) const {
    each_chunk(s, [&](Chunk& c, std::size_t) {
      c.state = c.zero;
      net.reseed(c.state, generator.at_sample(c.first));
      std::fill(c.loss.begin(), c.loss.end(), Scalar(0));
      for (auto& v : c.votes) v.reset();
      for (auto& v : c.sums) v.reset();
    });
  }
  /// Layer i through steps [begin, end), all within one block.
  void run(const Weights& w, Chunk& c, auto i, Index begin, Index end, auto& input) const {
    for (Index t = begin; t < end; ++t) {
      const auto k = static_cast<std::size_t>(t % block);
      if (i == 0) input(t, c.first, c.in);
      feed(
          i, c.in, [&](auto below) -> const auto& { return at(c.record, below)[k]; },
          [&](const auto& in) { net.layer(i).step(at(w, i), at(c.state, i), in); });
      at(c.record, i)[k] = net.spikes(c.state, i);
    }
  }
  void learn_steps(const Weights& w, State& s, auto& learner, auto i, Index begin, Index end, auto& input,
                   auto& target) const {
    if (!net.layer(i).asks_batch()) {
      each_chunk(s, [&](Chunk& c, std::size_t k) {
        for (Index t = begin; t < end; ++t) {
          run(w, c, i, t, t + 1, input);
          credit(w, s, c, at(learner.credits[k], i), i, t, target);
        }
      });
      return;
    }
    for (Index t = begin; t < end; ++t) {  // the low-rate term needs the whole batch before any chunk's δ
      each_chunk(s, [&](Chunk& c, std::size_t) {
        run(w, c, i, t, t + 1, input);
        c.quiet[i] = share(s, c) * net.layer(i).of_batch(at(c.state, i));
      });
      Scalar whole = 0;
      for (const Chunk& c : s.chunks) whole += c.quiet[i];
      for (Chunk& c : s.chunks) c.quiet[i] = whole;
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
            each_chunk(s, [&](Chunk& c, std::size_t) { run(w, c, i, t, end, input); });
          } else {
            learn_steps(w, s, learner, i, t, end, input, target);
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
    const auto teach = [&](Chunk& c, std::size_t k, Index t) {
      const auto& now = at_time(target, t);
      net.check_targets(now);
      net.teach(w, c.state, now, [&](auto i, const auto& asked) {
        const auto credit_part = [&](const auto& part) {
          c.loss[i] += net.layer(i).credit(at(w, i), at(c.state, i), part, at(learner.credits[k], i),
                                           share(s, c), c.quiet[i]);
        };
        if constexpr (requires { asked.middleCols(c.first, c.size()); }) {
          check_shape("target", asked, net.layer(i).answers(), s.batch);
          credit_part(asked.middleCols(c.first, c.size()));
        } else {
          credit_part(asked);
        }
      });
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
    for (Chunk& c : s.chunks) whole += share(s, c) * net.layer(i).of_batch(at(c.state, i));
    for (Chunk& c : s.chunks) c.quiet[i] = whole;
  }
  const std::vector<Scalar>& mean_losses(State& s, const Presentation& p) const {
    for (std::size_t i = 0; i < s.losses.size(); ++i) {
      s.losses[i] = 0;
      for (const Chunk& c : s.chunks) s.losses[i] += c.loss[i] / Scalar(p.steps - p.burn_in);
    }
    return s.losses;
  }
  void credit(const Weights& w, const State& s, Chunk& c, auto& credit, auto i, Index t, auto& target) const {
    const auto& now = at_time(target, t);  // may be a value made for this step
    net.check_targets(now);
    const auto& wanted = Net::target_of(now, i);
    check_shape("target", wanted, net.layer(i).answers(), s.batch);
    c.loss[i] += net.layer(i).credit(at(w, i), at(c.state, i), wanted.middleCols(c.first, c.size()), credit,
                                     share(s, c), c.quiet[i]);
  }
  void update(Weights& w, State& s, auto& learner, auto i) const {
    auto& weights = at(w, i);
    auto& rule = at(learner.rules, i);
    if (s.batch == 1) {  // one sample: a projection may have better ways than all of its pieces
      net.layer(i).update(weights, at(s.chunks[0].state, i), at(learner.credits[0], i), rule);
      return;
    }
    const auto& layer = net.layer(i);
    const auto credits = each_credit(learner, s.chunks.size(), i);
    if constexpr (requires { layer.meet_batch(credits); }) layer.meet_batch(credits);
    each_chunk(s, [&](Chunk& c, std::size_t k) {
      layer.prepare_update(at(w, i), at(c.state, i), at(learner.credits[k], i));
    });
    team_->run(layer.parts(), [&](Index piece) { layer.update_part(weights, credits, rule, piece); });
    layer.finish_update(weights, credits);
  }
  /// Forgets what was credited, and what an exception left over from an earlier window.
  void forget(Weights& w, auto& learner) const {
    for_each_layer(net.layers, [&](auto i) {
      net.layer(i).finish_update(at(w, i), each_credit(learner, learner.credits.size(), i));
    });
  }
  /// each(use): the credits of layer i for the first chunks, in order.
  static auto each_credit(auto& learner, std::size_t chunks, auto i) {
    return [&learner, chunks, i](auto&& use) {
      for (std::size_t k = 0; k < chunks; ++k) use(at(learner.credits[k], i));
    };
  }
  static Scalar share(const State& s, const Chunk& c) { return Scalar(c.size()) / Scalar(s.batch); }
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
