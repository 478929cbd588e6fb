// A batch in chunks of samples, each with a state and a credit of its own: what Parallel works on.
#pragma once
#include <algorithm>
#include <neohebb/learning/prediction.hpp>
#include <neohebb/network/network.hpp>
#include <vector>

namespace neohebb {

/// How a batch is cut: chunk c holds samples [c·chunk, (c+1)·chunk), the last one what is left. It depends on
/// sizes only.
struct Chunking {
  Index batch, chunk;  // samples
  Index count() const { return (batch + chunk - 1) / chunk; }
  Index first(Index c) const { return c * chunk; }
  Index samples(Index c) const { return std::min(chunk, batch - first(c)); }
};

/// Consecutive numbers: `count` of them from `first` on.
struct Share {
  Index first, count;
  Index end() const { return first + count; }
  bool has(Index k) const { return k >= first && k < end(); }
  /// The share of number `who` of `among`, when things are dealt out in order and as evenly as possible.
  static Share of(Index things, Index who, Index among) {
    const Index each = things / among, more = things % among;
    return {who * each + std::min(who, more), each + (who < more ? 1 : 0)};
  }
};

/// One chunk of a batch: some samples, and a network's state for them.
template <class Layers> struct Chunk {
  using Net = Network<Layers>;
  using Scalar = typename Net::Scalar;
  using NetState = decltype(std::declval<const Net&>().zero_state(Extent<>{}));
  using Record = decltype(std::declval<const Net&>().record(std::declval<const NetState&>(), Index{}));
  /// Steps that a layer makes before the next one follows: its weights stay in the cache meanwhile.
  static constexpr Index block = 32;
  static constexpr std::integral_constant<std::size_t, 0> bottom{};  // the first layer
  Index first;                                                       // of its samples
  Spikes<Scalar> in;
  NetState zero, state;
  Record record;                    // what the layers showed in this block
  std::vector<Scalar> loss, quiet;  // of each layer
  std::vector<MostFrequentWinner<>> votes;
  std::vector<SummedReadout<Scalar>> sums;
  std::vector<Matrix<Scalar>> errors;  // of the readout in this block, where other layers receive them late
  Index size() const { return in.batch(); }

  static Chunk make(const Net& net, Index first, Extent<> size) {
    auto zero = net.zero_state(size);
    Chunk c{first,
            {Extent<>{net.layer(bottom).inputs()}, size},
            zero,
            zero,
            net.record(zero, block),
            std::vector<Scalar>(net.size()),
            std::vector<Scalar>(net.size()),
            {},
            {},
            {}};
    for_each_layer(net.layers, [&](auto i) {
      const Extent<> answers(std::max<Index>(1, net.layer(i).answers()));
      c.votes.emplace_back(answers, size);
      c.sums.emplace_back(answers, size);
    });
    return c;
  }
  /// Zero state, and nothing counted. generator: of the batch's first sample.
  void begin(const Net& net, const Generator& generator) {
    state = zero;
    net.reseed(state, generator.at_sample(first));
    std::fill(loss.begin(), loss.end(), Scalar(0));
    for (auto& v : votes) v.reset();
    for (auto& v : sums) v.reset();
  }
  /// Layer i through steps [from, end), at most `block` of them. input: as Parallel's.
  void run(const Net& net, const typename Net::Weights& w, auto i, Index from, Index end, auto& input) {
    for (Index t = from; t < end; ++t) {
      const auto k = static_cast<std::size_t>(t % block);
      if (i == 0) input(t, first, in);
      feed(
          i, in, [&](auto below) -> const auto& { return at(record, below)[k]; },
          [&](const auto& spikes) { net.layer(i).step(at(w, i), at(state, i), spikes); });
      at(record, i)[k] = net.spikes(state, i);
    }
  }
  /// The readout's error in step t of this block.
  Matrix<Scalar>& error_of(Index t) {
    errors.resize(static_cast<std::size_t>(block));
    return errors[static_cast<std::size_t>(t % block)];
  }
  /// What layer i answers in the last step counts.
  void count_answer(const Net& net, auto i) {
    if constexpr (requires { net.layer(i).output(at(state, i)); }) {
      const auto& output = net.layer(i).output(at(state, i));
      votes[i].count(output);
      sums[i].count(output);
    }
  }
};

/// The chunks of a batch, and what is known of it at the end.
template <class Layers> struct ChunkedState {
  using Net = Network<Layers>;
  using Scalar = typename Net::Scalar;
  Index batch;
  std::vector<Chunk<Layers>> chunks;  // all of the batch, or what this process has of them
  Chunking cut;
  Share own;  // numbers of `chunks`
  /// What `learn` leaves: each layer's mean loss over the credited steps.
  std::vector<Scalar> losses;
  /// What `predict` leaves: a class for each layer (rows) and sample (columns), by either rule.
  Matrix<int> most_frequent, summed;
  /// And for each sample the class by the readouts summed over steps and over all layers; empty where the
  /// layers' numbers of classes differ.
  Vector<int> together;

  static ChunkedState zero(const Net& net, const Chunking& cut, Share own) {
    const auto layers = static_cast<Index>(net.size());
    ChunkedState s{cut.batch,
                   {},
                   cut,
                   own,
                   std::vector<Scalar>(net.size()),
                   Matrix<int>::Zero(layers, cut.batch),
                   Matrix<int>::Zero(layers, cut.batch),
                   Vector<int>::Zero(same_classes(net) ? cut.batch : 0)};
    s.chunks.reserve(static_cast<std::size_t>(own.count));
    for (Index c = own.first; c < own.end(); ++c)
      s.chunks.push_back(Chunk<Layers>::make(net, cut.first(c), cut.samples(c)));
    return s;
  }
  /// What of the batch a chunk is.
  Scalar share(const Chunk<Layers>& c) const { return Scalar(c.size()) / Scalar(batch); }
  /// each_loss(use): the layers' losses of every chunk of the batch, in order.
  const std::vector<Scalar>& mean_losses(Index credited_steps, auto&& each_loss) {
    std::fill(losses.begin(), losses.end(), Scalar(0));
    each_loss([&](const std::vector<Scalar>& loss) {
      for (std::size_t i = 0; i < losses.size(); ++i) losses[i] += loss[i] / Scalar(credited_steps);
    });
    return losses;
  }
  /// Classes of one chunk's samples, by its answers that counted.
  void answer(Chunk<Layers>& c) {
    for (std::size_t i = 0; i < c.votes.size(); ++i)
      for (Index b = 0; b < c.size(); ++b) {
        most_frequent(static_cast<Index>(i), c.first + b) = static_cast<int>(c.votes[i].predict(b));
        summed(static_cast<Index>(i), c.first + b) = static_cast<int>(c.sums[i].predict(b));
      }
    if (together.size() == 0) return;
    for (std::size_t i = 1; i < c.sums.size(); ++i) c.sums[0].sum += c.sums[i].sum;
    for (Index b = 0; b < c.size(); ++b) together(c.first + b) = static_cast<int>(c.sums[0].predict(b));
  }

 private:
  static bool same_classes(const Net& net) {
    bool same = true;
    const Index answers = net.layer(Chunk<Layers>::bottom).answers();
    for_each_layer(net.layers, [&](auto i) { same &= net.layer(i).answers() == answers; });
    return same && answers > 0;
  }
};

/// Optimizers and moments, and the credits of a batch's chunks. Exchange: what processes keep for each other,
/// where there are several.
template <class Rules, class Credit, class Exchange> struct ChunkedLearner {
  Rules rules;
  std::vector<Credit> credits;  // of the chunks that this process has
  std::vector<Index> sizes;     // samples that each credit is of
  Chunking made;                // the largest batch
  Index window;
  Exchange exchange;
  static void fields(auto& self, auto&& visit) { visit("rules", self.rules); }

  /// own: numbers of the chunks that this process has of the largest batch.
  void make_room(const auto& net, Share own) {
    for (Index c = own.first; c < own.end(); ++c) {
      sizes.push_back(made.samples(c));
      credits.push_back(net.zero_credit(Extent(sizes.back()), window));
    }
  }
  /// Makes the credits those of the state's samples: smaller ones for a smaller batch, as the last may be.
  void fit(const auto& net, const auto& state) {
    for (Index c = 0; c < state.cut.count(); ++c)
      NEOHEBB_REQUIRE(c < made.count() && state.cut.samples(c) <= made.samples(c),
                      "Parallel: the learner is made for fewer samples than ", state.batch,
                      ", or for smaller chunks");
    for (std::size_t k = 0; k < state.chunks.size(); ++k) {
      const Index size = state.chunks[k].size();
      if (size == sizes[k]) continue;
      credits[k] = net.zero_credit(Extent(size), window);
      sizes[k] = size;
    }
  }
  /// each(use): the credits of layer i for the first chunks, in order.
  auto each_credit(auto i, std::size_t chunks) {
    return [this, i, chunks](auto&& use) {
      for (std::size_t k = 0; k < chunks; ++k) use(at(credits[k], i));
    };
  }
  /// Forgets what was credited, and what an exception left over from an earlier window.
  void forget(const auto& net, auto& weights) {
    for_each_layer(net.layers, [&](auto i) {
      net.layer(i).finish_update(at(weights, i), each_credit(i, credits.size()));
    });
  }
};

/// All chunks belong to one process: nothing is exchanged. Ranks (network/ranks.hpp) stands in its place.
struct OneProcess {
  static constexpr bool by_layers = false;
  template <class Net> static auto exchange(const Net&) { return std::tuple<>(); }
  Share own(Index chunks) const { return {0, chunks}; }
  void check(auto&&...) const {}
  /// The sum of what the chunks have of a number of the whole batch, in chunk order.
  auto sum(const auto&, const auto& s, auto i) const {
    typename std::decay_t<decltype(s)>::Scalar whole = 0;
    for (const auto& c : s.chunks) whole += c.quiet[i];
    return whole;
  }
  void each_loss(const auto&, auto& s, auto&& use) const {
    for (const auto& c : s.chunks) use(c.loss);
  }
  void poll() const {}
  void share_answers(const auto&, auto&) const {}
  void gather(const auto&, auto&, auto&) const {}
  void await(auto&&...) const {}
  void update(const auto& net, auto& team, auto& w, auto& s, auto& learner, auto i) const {
    auto& weights = at(w, i);
    auto& rule = at(learner.rules, i);
    if (s.batch == 1) {  // one sample: a projection may be faster than by its parts
      net.layer(i).update(weights, at(s.chunks[0].state, i), at(learner.credits[0], i), rule);
      return;
    }
    const auto& layer = net.layer(i);
    const auto credits = learner.each_credit(i, s.chunks.size());
    if constexpr (requires { layer.gather_batch_rates(credits); }) layer.gather_batch_rates(credits);
    team.run(static_cast<Index>(s.chunks.size()), [&](Index c) {
      const auto k = static_cast<std::size_t>(c);
      layer.prepare_update(at(w, i), at(s.chunks[k].state, i), at(learner.credits[k], i));
    });
    team.run(layer.parts(), [&](Index part) { layer.update_part(weights, credits, rule, part); });
    layer.finish_update(weights, credits);
  }
};

}  // namespace neohebb
