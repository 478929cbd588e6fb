// The network of the DECOLLE benchmarks, each layer through many steps before the next.
#pragma once
#include <span>

#include "decolle.hpp"

namespace decolle {

/// The stream of a Problem, layer by layer: each layer makes all steps of a sequence before the next one
/// begins, so that its weights stay in the cache. A batch is cut into chunks of samples, each with a state of
/// its own, so that this stays there, too; an update adds up the chunks' credits, as Parallel's does on one
/// thread.
template <class P> struct LayerByLayer {
  using S = typename P::Scalar;
  using Net = decltype(make_network<P>(Setting{}));
  using State = decltype(std::declval<const Net&>().zero_state(Extent<>{}));
  using Credit = decltype(std::declval<const Net&>().zero_credit(Extent<>{}, Index{}));

  struct Chunk {
    std::vector<Spikes<S>> input;
    Matrix<S> target;
    State state;
    decltype(std::declval<const Net&>().record(state, Index{})) record;
  };
  Setting setting;
  Net net = make_network<P>(setting);
  typename Net::Weights weights = problem<P>(setting).weights;
  std::vector<Chunk> chunks;
  std::size_t shown = 0;  // sequences

  explicit LayerByLayer(const Setting& s) : setting(s) {
    const auto& whole = problem<P>(s);
    for (Index first = 0; first < s.batch; first += s.chunk) {
      const Extent samples(std::min(s.chunk, s.batch - first));
      const auto state = net.zero_state(samples);
      Chunk c{{}, whole.target.middleCols(first, samples), state, net.record(state, sequence)};
      for (const auto& spikes : whole.input) {
        c.input.emplace_back(Extent{s.inputs}, samples);
        c.input.back().assign(Matrix<S>(spikes.dense()).middleCols(first, samples));
      }
      chunks.push_back(std::move(c));
    }
    for (Index k = 0; k < sequences; ++k) infer();
  }
  /// Its spikes in the sequence to be shown next.
  std::span<const Spikes<S>> input(const Chunk& c) const {
    return std::span(c.input).subspan(shown % sequences * sequence, sequence);
  }
  S share(const Chunk& c) const { return S(c.target.cols()) / S(setting.batch); }

  template <class Rules> struct Learner {
    Rules rules;
    std::vector<Credit> credits;  // of each chunk
  };
  template <Optimizer O> auto learner(const O& optimizer, Index window) const {
    auto rules = net.rules(optimizer);
    Learner<decltype(rules)> made{std::move(rules), {}};
    for (const Chunk& c : chunks) made.credits.push_back(net.zero_credit(Extent{c.target.cols()}, window));
    return made;
  }

  /// One sequence.
  void infer() {
    for (Chunk& c : chunks) net.run(weights, c.state, c.record, input(c));
    ++shown;
  }
  /// One sequence, with an update after every `window` steps, of which it must have a whole number.
  void learn(auto& learner, Index window) {
    if (chunks.size() == 1) {
      struct {
        decltype((learner.rules)) rules;
        Credit& credit;
      } only{learner.rules, learner.credits[0]};
      Chunk& c = chunks[0];
      net.learn(weights, c.state, only, c.record, input(c), c.target, window);
    } else {
      for (std::size_t i = 0; i < layers; ++i)
        for (Index begin = 0; begin < sequence; begin += window) {
          for (std::size_t k = 0; k < chunks.size(); ++k)
            for (Index t = begin; t < begin + window; ++t) {
              step(i, chunks[k], static_cast<std::size_t>(t));
              credit(i, chunks[k], learner.credits[k]);
            }
          update(i, learner);
        }
    }
    ++shown;
  }
  void step(std::size_t i, Chunk& c, std::size_t t) const {
    net.layer(i).step(weights[i], c.state[i], i == 0 ? input(c)[t] : c.record[i - 1][t]);
    c.record[i][t] = net.spikes(c.state, i);
  }
  void credit(std::size_t i, Chunk& c, Credit& credit) const {
    net.layer(i).credit(weights[i], c.state[i], c.target, credit[i], share(c), S(0));
  }
  void update(std::size_t i, auto& learner) {
    const auto& projection = net.layer(i).projection;
    const auto each_credit = [&](auto&& use) {
      for (Credit& credit : learner.credits) use(credit[i].projection);
    };
    if (chunks.size() == 1) {
      net.layer(i).update(weights[i], chunks[0].state[i], learner.credits[0][i], learner.rules[i]);
      return;
    }
    each_credit([&](auto& credit) { projection.prepare_update(credit); });
    for (Index part = 0; part < projection.parts(); ++part)
      projection.update_part(weights[i].projection, each_credit, learner.rules[i], part);
    projection.finish_update(weights[i].projection, each_credit);
  }
  void report_rates(benchmark::State& bench) {
    Vector<double> fired = Vector<double>::Zero(layers);
    for (Index k = 0; k < sequences; ++k) {
      infer();
      for (const Chunk& c : chunks)
        for (std::size_t i = 0; i < layers; ++i)
          for (const auto& spikes : c.record[i])
            fired(static_cast<Index>(i)) += static_cast<double>(spikes.count());
    }
    count_rates(bench, fired / static_cast<double>(sequence * sequences * setting.hidden * setting.batch));
  }
};

}  // namespace decolle
